// Values of a model's dims: from the command line, and from the shapes of input files.

#ifndef FOVEA_TOOLS_SESSION_DIMS_H_
#define FOVEA_TOOLS_SESSION_DIMS_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tools/common/npy.h"
#include "tools/session/session.h"

namespace fovea::tools {

// "NAME=VALUE" as written on the command line. Throws UsageError.
struct Assignment {
  std::string name;
  std::string value;
};
Assignment parse_assignment(const std::string& text, const char* option);

// What the dims are to be, and why.
class DimValues {
 public:
  explicit DimValues(const ModelFile& file) : file_(file) {}

  // From "NAME=N". Throws UsageError or InputError.
  void set(const std::string& assignment);
  // From the shape of an input. `tensor` is at its maxima. Throws InputError where the type or
  // the shape is not what the input can have, or does not fit what was said before.
  void infer(const fovea_tensor& tensor, const Npy& npy, const std::string& path);

  bool has(uint32_t dim) const { return values_.count(dim) != 0; }
  // The rest keep their maxima.
  void apply(const Session& session) const;

 private:
  struct Value {
    uint32_t value;
    std::string origin;
  };

  void put(uint32_t dim, uint64_t value, const std::string& origin);
  [[noreturn]] void misshapen(const fovea_tensor& tensor, const Npy& npy,
                              const std::string& path) const;

  const ModelFile& file_;
  std::map<uint32_t, Value> values_;
};

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_SESSION_DIMS_H_
