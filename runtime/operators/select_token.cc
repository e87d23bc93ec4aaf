#include <cstring>

#include "runtime/operators/check.h"

namespace fovea {
namespace {

// Inputs: x, [lengths].
fovea_code check(const Frame& f, fovea_error* error) {
  const auto* attributes = f.op->attributes_as_SelectToken();
  const Rows x = f.input_rows(0), y = f.output_rows(0);
  FOVEA_TRY(check_sequences(f, f.input(0), FOVEA_FIELD_INPUT, 0, error));
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_OUTPUT, 0, y.rows, x.batch, error));
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_OUTPUT, 0, y.width, x.width, error));
  FOVEA_TRY(check_lengths(f, 1, x.batch, error));
  FOVEA_TRY(check_attribute(f, static_cast<uint32_t>(attributes->choice()), 0,
                            static_cast<uint32_t>(schema::TokenChoice::MAX), error));
  if (attributes->choice() == schema::TokenChoice::Last) return FOVEA_OK;
  return check_attribute(f, attributes->index(), 0, x.tokens - 1, error);
}

fovea_code prepare(Run& run, fovea_error* error) {
  Lengths lengths;
  FOVEA_TRY(read_lengths(run.frame, 1, run.frame.input_rows(0), &lengths, error));
  run.keep(lengths);
  return divide_rows(run, error);
}

void execute(const Run& run, uint32_t task, uint32_t) {
  const Frame& f = run.frame;
  const auto* attributes = f.op->attributes_as_SelectToken();
  const Rows x = f.input_rows(0), y = f.output_rows(0);
  const auto& lengths = run.kept<Lengths>();
  const Part part = run.part(task);
  for (uint32_t b = part.first; b < part.first + part.count; ++b) {
    const uint32_t length = lengths.of(b);
    float* to = y.f32() + b * y.stride;
    if (length == 0) {
      std::memset(to, 0, y.width * sizeof(float));
      continue;
    }
    const bool last = attributes->choice() == schema::TokenChoice::Last;
    const uint64_t row = uint64_t{b} * x.tokens + (last ? length - 1 : attributes->index());
    std::memcpy(to, x.f32() + row * x.stride, y.width * sizeof(float));
  }
}

constexpr Definition define() {
  Definition d;
  d.inputs = {{"x"}, {"lengths", kI32 | kOptional, Role::kLengths}};
  d.outputs = {{"y"}};
  d.check = check;
  d.prepare = prepare;
  d.run = execute;
  return d;
}

}  // namespace
}  // namespace fovea

FOVEA_DEFINE_OPERATOR(SelectToken, select_token, define())
