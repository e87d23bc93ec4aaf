#include <cstring>

#include "runtime/operators/check.h"

namespace fovea {
namespace {

// Pixels of all images of a batch lie one after the other, whatever the tensor's rank.
fovea_code check(const Frame& f, fovea_error* error) {
  const auto* a = f.op->attributes_as_Patches();
  const Rows x = f.input_rows(0), y = f.output_rows(0);
  const uint32_t limit = 1u << 12;
  uint32_t slot = attribute<schema::Patches>(schema::Patches::VT_HEIGHT);
  for (uint32_t extent : {a->height(), a->width(), a->channels(), a->patch()}) {
    FOVEA_TRY(check_attribute(f, slot++, extent, 1, limit, error));
  }
  constexpr uint32_t kPatch = attribute<schema::Patches>(schema::Patches::VT_PATCH);
  FOVEA_TRY(check_attribute(f, kPatch, a->height() % a->patch(), 0, 0, error));
  FOVEA_TRY(check_attribute(f, kPatch, a->width() % a->patch(), 0, 0, error));
  FOVEA_TRY(check_sequences(f, f.output(0), FOVEA_FIELD_OUTPUT, 0, error));
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_INPUT, 0, x.stride, x.width, error));
  const uint64_t pixels = uint64_t{a->height()} * a->width() * a->channels();
  FOVEA_TRY(
      check_equal(f, FOVEA_FIELD_INPUT, 0, uint64_t{x.rows} * x.width, pixels * y.batch, error));
  const uint64_t patches = uint64_t{a->height() / a->patch()} * (a->width() / a->patch());
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_OUTPUT, 0, y.tokens, patches, error));
  return check_equal(f, FOVEA_FIELD_OUTPUT, 0, y.width,
                     uint64_t{a->patch()} * a->patch() * a->channels(), error);
}

void execute(const Run& run, uint32_t task, uint32_t) {
  const Frame& f = run.frame;
  const auto* a = f.op->attributes_as_Patches();
  const Rows x = f.input_rows(0), y = f.output_rows(0);
  const uint32_t across = a->width() / a->patch();
  const size_t line = size_t{a->width()} * a->channels();
  const size_t piece = size_t{a->patch()} * a->channels();
  const uint32_t patches = y.tokens;
  const Part part = run.part(task);
  for (uint32_t r = part.first; r < part.first + part.count; ++r) {
    const uint32_t image = r / patches, patch = r % patches;
    const float* from = x.f32() + image * line * a->height() + patch / across * a->patch() * line +
                        patch % across * piece;
    for (uint32_t i = 0; i < a->patch(); ++i) {
      std::memcpy(y.f32() + r * y.stride + i * piece, from + i * line, piece * sizeof(float));
    }
  }
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
