// Elements of .npy files as the types that models have.

#ifndef FOVEA_TOOLS_COMMON_NPY_ELEMENTS_H_
#define FOVEA_TOOLS_COMMON_NPY_ELEMENTS_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "fovea/fovea.h"

namespace fovea::tools {

// What "<f4" says.
struct ElementType {
  char kind = 'f';  // b, i, u or f
  size_t bytes = 4;
  bool swapped = false;  // in the other order than this machine's

  std::string name() const;  // "float32"
};

// Nothing for what is no number of 8 to 64 bits.
std::optional<ElementType> element_type(const std::string& descr);

struct ConvertedElements {
  std::vector<uint8_t> data;  // in C order
  // The first element that has no exact value in the wanted type, and its value.
  std::optional<uint64_t> inexact;
  std::string value;
};

// Where element i of an array in C order lies among those stored in Fortran order.
class FortranOrder {
 public:
  explicit FortranOrder(std::span<const uint64_t> shape);
  uint64_t next();  // for i = 0, 1, ...

 private:
  std::vector<uint64_t> shape_, strides_, index_;
  uint64_t at_ = 0;
};

ConvertedElements convert_elements(const ElementType& type, std::span<const uint8_t> data,
                                   std::span<const uint64_t> shape, bool fortran_order,
                                   fovea_type wanted);

// All elements in C order, each as the nearest double.
std::vector<double> nearest_numbers(const ElementType& type, std::span<const uint8_t> data,
                                    std::span<const uint64_t> shape, bool fortran_order);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_COMMON_NPY_ELEMENTS_H_
