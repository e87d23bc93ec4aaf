#include "runtime/operators/patches.h"

namespace fovea {
namespace {

fovea_code check(const Frame& f, fovea_error* error) {
  const auto* a = f.op->attributes_as_PixelPatches();
  FOVEA_TRY(check_patches(f, a, error));
  FOVEA_TRY(check_weight(f, 0, schema::Layout::Plain, {a->channels()}, error));
  return check_weight(f, 1, schema::Layout::Plain, {a->channels()}, error);
}

void execute(const Run& run, uint32_t task, uint32_t) {
  const auto* a = run.frame.op->attributes_as_PixelPatches();
  const float *scales = run.frame.weight_data(0), *offsets = run.frame.weight_data(1);
  const uint32_t channels = a->channels();
  cut_patches<uint8_t>(run, task, a, [=](const uint8_t* from, float* to, size_t count) {
    for (size_t i = 0, c = 0; i < count; ++i) {
      to[i] = static_cast<float>(from[i]) * scales[c] + offsets[c];
      c = c + 1 == channels ? 0 : c + 1;
    }
  });
}

constexpr Definition define() {
  Definition d;
  d.inputs = {{"image", kU8}};
  d.outputs = {{"y"}};
  d.weights = {{"scales"}, {"offsets"}};
  d.check = check;
  d.prepare = divide_rows;
  d.run = execute;
  return d;
}

}  // namespace
}  // namespace fovea

FOVEA_DEFINE_OPERATOR(PixelPatches, pixel_patches, define())
