#include <cmath>

#include "runtime/operators/check.h"

namespace fovea {
namespace {

fovea_code check(const Frame& f, fovea_error* error) {
  const Rows x = f.input_rows(0), ids = f.input_rows(1);
  FOVEA_TRY(check_sequences(f, f.input(0), FOVEA_FIELD_INPUT, 0, error));
  FOVEA_TRY(check_same_shape(f, f.output_rows(0), x, FOVEA_FIELD_OUTPUT, 0, error));
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_INPUT, 1, uint64_t{ids.rows} * ids.width, x.rows, error));
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_INPUT, 1, ids.stride, ids.width, error));
  if (std::isfinite(f.op->attributes_as_HideToken()->factor())) return FOVEA_OK;
  constexpr uint32_t kFactor = attribute<schema::HideToken>(schema::HideToken::VT_FACTOR);
  return fail(error, FOVEA_BAD_VALUE, where_attribute(f, kFactor), 0, 0);
}

// What a sequence's rows are multiplied by.
float factor_of(const schema::HideToken& a, const int32_t* ids, uint32_t count) {
  uint32_t hidden = 0;
  for (uint32_t t = 0; t < count; ++t) hidden += ids[t] == a.token() ? 1 : 0;
  return a.factor() / (1.0f - static_cast<float>(hidden) / static_cast<float>(count));
}

void execute(const Run& run, uint32_t task, uint32_t) {
  const Frame& f = run.frame;
  const Rows x = f.input_rows(0), y = f.output_rows(0);
  const schema::HideToken& a = *f.op->attributes_as_HideToken();
  const int32_t* ids = f.input_rows(1).i32();
  const Sequences rows = sequences_of(f, f.input(0));
  const Part part = run.part(task);
  const uint32_t end = part.first + part.count;
  for (uint32_t r = part.first; r < end;) {
    const Piece piece = rows.piece(r, end);
    const uint32_t first = r - piece.token;
    const float factor = factor_of(a, ids + first, rows.length(piece.sequence));
    for (const uint32_t last = r + piece.count; r < last; ++r) {
      const float* from = x.f32() + r * x.stride;
      float* to = y.f32() + r * y.stride;
      const bool hides = ids[r] == a.token();
      for (uint32_t i = 0; i < x.width; ++i) to[i] = hides ? 0.0f : from[i] * factor;
    }
  }
}

constexpr Definition define() {
  Definition d;
  d.inputs = {{"x", kInPlace}, {"ids", kI32}};
  d.outputs = {{"y"}};
  d.check = check;
  d.prepare = divide_rows;
  d.run = execute;
  return d;
}

}  // namespace
}  // namespace fovea

FOVEA_DEFINE_OPERATOR(HideToken, hide_token, define())
