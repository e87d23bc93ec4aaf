#include <cstring>

#include "runtime/features.h"
#include "runtime/operators/check.h"

namespace fovea {
namespace {

fovea_code check(const Frame& f, fovea_error* error) {
  const Rows y = f.output_rows(0);
  FOVEA_TRY(check_sequences(f, f.output(0), FOVEA_FIELD_OUTPUT, 0, error));
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_OUTPUT, 0, is_packed(*f.method, *f.tensor(f.output(0))),
                        false, error));
  return check_weight(f, 0, schema::Layout::Plain, {y.tokens, y.width}, error);
}

void execute(const Run& run, uint32_t task, uint32_t) {
  const Rows y = run.frame.output_rows(0);
  const Part part = run.part(task);
  for (uint32_t r = part.first; r < part.first + part.count; ++r) {
    std::memcpy(y.f32() + r * y.stride, run.frame.weight_data(0) + size_t{r % y.tokens} * y.width,
                y.width * sizeof(float));
  }
}

constexpr Definition define() {
  Definition d;
  d.outputs = {{"y"}};
  d.weights = {{"rows"}};
  d.check = check;
  d.prepare = divide_rows;
  d.run = execute;
  return d;
}

}  // namespace
}  // namespace fovea

FOVEA_DEFINE_OPERATOR(Constant, constant, define())
