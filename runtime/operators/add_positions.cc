#include "runtime/operators/check.h"

namespace fovea {
namespace {

fovea_code check(const Frame& f, fovea_error* error) {
  const Rows x = f.input_rows(0), y = f.output_rows(0);
  FOVEA_TRY(check_sequences(f, f.input(0), FOVEA_FIELD_INPUT, 0, error));
  FOVEA_TRY(check_same_shape(f, y, x, FOVEA_FIELD_OUTPUT, 0, error));
  const schema::Weight* table = f.weight(0);
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_WEIGHT, 0, table->shape()->size(), 2, error));
  const uint32_t positions = table->shape()->Get(0);
  FOVEA_TRY(check_weight(f, 0, schema::Layout::Plain, {positions, x.width}, error));
  const int32_t cache = f.op->attributes_as_AddPositions()->cache();
  if (cache < 0) return check_attribute(f, positions, x.tokens, positions, error);
  FOVEA_TRY(check_attribute(f, x.batch, 1, f.model->sequences(), error));
  FOVEA_TRY(
      check_attribute(f, static_cast<uint32_t>(cache) + 1, 1, size_of(f.model->caches()), error));
  const uint32_t context = f.model->caches()->Get(static_cast<uint32_t>(cache))->context();
  return check_attribute(f, positions, context, positions, error);
}

// The position of a token past its sequence's length may lie past the table; it takes the last.
void execute(const Run& run, uint32_t task, uint32_t) {
  const Frame& f = run.frame;
  const Rows x = f.input_rows(0), y = f.output_rows(0);
  const int32_t cache = f.op->attributes_as_AddPositions()->cache();
  const uint32_t last = f.weight(0)->shape()->Get(0) - 1;
  const Part part = run.part(task);
  for (uint32_t r = part.first; r < part.first + part.count; ++r) {
    const uint32_t sequence = r / x.tokens, token = r % x.tokens;
    const uint64_t base = cache < 0 ? 0 : f.cached(static_cast<uint32_t>(cache), sequence);
    const uint64_t position = base + token < last ? base + token : last;
    run.kernels->binary_f32({x.f32() + r * x.stride, x.stride,
                             f.weight_data(0) + position * x.width, x.width, y.f32() + r * y.stride,
                             y.stride, 1, x.width, kernels::BinaryKind::kAdd});
  }
}

constexpr Definition define() {
  Definition d;
  d.inputs = {{"x", kInPlace}};
  d.outputs = {{"y"}};
  d.weights = {{"table"}};
  d.check = check;
  d.prepare = divide_rows;
  d.run = execute;
  d.cost = lookup_cost;
  return d;
}

}  // namespace
}  // namespace fovea

FOVEA_DEFINE_OPERATOR(AddPositions, add_positions, define())
