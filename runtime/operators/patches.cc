#include "runtime/operators/patches.h"

#include <cstring>

namespace fovea {
namespace {

fovea_code check(const Frame& f, fovea_error* error) {
  return check_patches(f, f.op->attributes_as_Patches(), error);
}

void execute(const Run& run, uint32_t task, uint32_t) {
  cut_patches<float>(run, task, run.frame.op->attributes_as_Patches(),
                     [](const float* from, float* to, size_t count) {
                       std::memcpy(to, from, count * sizeof(float));
                     });
}

constexpr Definition define() {
  Definition d;
  d.inputs = {{"image"}};
  d.outputs = {{"y"}};
  d.check = check;
  d.prepare = divide_rows;
  d.run = execute;
  return d;
}

}  // namespace
}  // namespace fovea

FOVEA_DEFINE_OPERATOR(Patches, patches, define())
