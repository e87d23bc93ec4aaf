#include <cstring>

#include "runtime/features.h"
#include "runtime/operators/check.h"

namespace fovea {
namespace {

fovea_code check(const Frame& f, fovea_error* error) {
  const Rows x = f.input_rows(0), y = f.output_rows(0);
  FOVEA_TRY(check_sequences(f, f.input(0), FOVEA_FIELD_INPUT, 0, error));
  FOVEA_TRY(check_sequences(f, f.output(0), FOVEA_FIELD_OUTPUT, 0, error));
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_INPUT, 0, is_packed(*f.method, *f.tensor(f.input(0))), false,
                        error));
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_OUTPUT, 0, is_packed(*f.method, *f.tensor(f.output(0))),
                        false, error));
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_OUTPUT, 0, y.batch, x.batch, error));
  const fovea_derived_dims* derived = f.features->derived_dims;
  if (derived == nullptr || !derived->follows(f, f.output(0), f.input(0), 1, 1)) {
    FOVEA_TRY(check_equal(f, FOVEA_FIELD_OUTPUT, 0, y.tokens, uint64_t{x.tokens} + 1, error));
  }
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_OUTPUT, 0, y.width, x.width, error));
  return check_weight(f, 0, schema::Layout::Row16, {x.width}, error);
}

void execute(const Run& run, uint32_t task, uint32_t) {
  const Frame& f = run.frame;
  const Rows x = f.input_rows(0), y = f.output_rows(0);
  const size_t bytes = x.width * sizeof(float);
  const bool last = f.op->attributes_as_PrependToken()->last();
  const uint32_t place = last ? x.tokens : 0;
  const Part part = run.part(task);
  for (uint32_t r = part.first; r < part.first + part.count; ++r) {
    const uint32_t before = r / y.tokens + (last ? 0 : 1);  // tokens that were put in up to here
    const bool is_put = r % y.tokens == place;
    std::memcpy(y.f32() + r * y.stride,
                is_put ? f.weight_data(0) : x.f32() + (r - before) * x.stride, bytes);
  }
}

constexpr Definition define() {
  Definition d;
  d.inputs = {{"x"}};
  d.outputs = {{"y"}};
  d.weights = {{"token"}};
  d.check = check;
  d.prepare = divide_rows;
  d.run = execute;
  return d;
}

}  // namespace
}  // namespace fovea

FOVEA_DEFINE_OPERATOR(PrependToken, prepend_token, define())
