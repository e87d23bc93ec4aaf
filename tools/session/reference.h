// Arrays that a model's are compared with.

#ifndef FOVEA_TOOLS_SESSION_REFERENCE_H_
#define FOVEA_TOOLS_SESSION_REFERENCE_H_

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "tools/common/mapped_file.h"
#include "tools/common/npy.h"
#include "tools/common/npy_numbers.h"
#include "tools/common/npz.h"

namespace fovea::tools {

// A .npz file.
class Reference {
 public:
  explicit Reference(const std::string& path);

  const std::string& path() const { return file_.path(); }
  const std::vector<std::string>& keys() const { return archive_.keys(); }
  // "METHOD.NAME" or else "NAME", whichever the archive has; "" where it has neither.
  std::string key(const std::string& method, const std::string& name) const;
  // As an input at its maxima takes it.
  Npy input(const std::string& key, const fovea_tensor& tensor) const;
  Numbers numbers(const std::string& key) const;

 private:
  MappedFile file_;
  Npz archive_;
};

// How far numbers are from what they should be.
struct Difference {
  double error = 0;  // the largest; infinite where only one of two is a number
  double share = 0;  // of the largest number of the reference
  uint64_t at = 0;   // where it is
};

Difference difference(std::span<const float> found, std::span<const double> wanted);

// Shapes that are the same but for extents of 1.
bool same_shape(std::span<const uint64_t> a, std::span<const uint64_t> b);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_SESSION_REFERENCE_H_
