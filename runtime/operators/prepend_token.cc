#include <cstring>

#include "runtime/operators/check.h"

namespace fovea {
namespace {

fovea_code check(const Frame& f, fovea_error* error) {
  const Rows x = f.input_rows(0), y = f.output_rows(0);
  FOVEA_TRY(check_sequences(f, f.input(0), FOVEA_FIELD_INPUT, 0, error));
  FOVEA_TRY(check_sequences(f, f.output(0), FOVEA_FIELD_OUTPUT, 0, error));
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_OUTPUT, 0, y.batch, x.batch, error));
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_OUTPUT, 0, y.tokens, uint64_t{x.tokens} + 1, error));
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_OUTPUT, 0, y.width, x.width, error));
  return check_weight(f, 0, schema::Layout::Row16, {x.width}, error);
}

void execute(const Run& run, uint32_t, uint32_t) {
  const Frame& f = run.frame;
  const Rows x = f.input_rows(0), y = f.output_rows(0);
  const size_t bytes = x.width * sizeof(float);
  for (uint32_t b = 0; b < x.batch; ++b) {
    float* to = y.f32() + uint64_t{b} * y.tokens * y.stride;
    const float* from = x.f32() + uint64_t{b} * x.tokens * x.stride;
    std::memcpy(to, f.weight_data(0), bytes);
    for (uint32_t t = 0; t < x.tokens; ++t) {
      std::memcpy(to + (t + 1) * y.stride, from + t * x.stride, bytes);
    }
  }
}

}  // namespace
}  // namespace fovea

extern "C" const fovea_operator fovea_operator_prepend_token = {
    fovea::schema::Attributes::PrependToken,
    {1, 1},
    {1, 1},
    {1, 1},
    {0, 0},
    0,
    0,
    fovea::check,
    nullptr,
    nullptr,
    fovea::execute};
