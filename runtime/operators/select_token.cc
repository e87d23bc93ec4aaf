#include <cstring>

#include "runtime/operators/check.h"

namespace fovea {
namespace {

fovea_code check(const Frame& f, fovea_error* error) {
  const auto* attributes = f.op->attributes_as_SelectToken();
  const Rows x = f.input_rows(0), y = f.output_rows(0);
  FOVEA_TRY(check_sequences(f, f.input(0), FOVEA_FIELD_INPUT, 0, error));
  const Sequences rows = sequences_of(f, f.input(0));
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_OUTPUT, 0, y.rows, rows.count, error));
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_OUTPUT, 0, y.width, x.width, error));
  constexpr uint32_t kChoice = attribute<schema::SelectToken>(schema::SelectToken::VT_CHOICE);
  constexpr uint32_t kIndex = attribute<schema::SelectToken>(schema::SelectToken::VT_INDEX);
  FOVEA_TRY(check_attribute(f, kChoice, static_cast<uint32_t>(attributes->choice()), 0,
                            static_cast<uint32_t>(schema::TokenChoice::MAX), error));
  if (attributes->choice() == schema::TokenChoice::Last || rows.packed) return FOVEA_OK;
  return check_attribute(f, kIndex, attributes->index(), 0, x.tokens - 1, error);
}

void execute(const Run& run, uint32_t task, uint32_t) {
  const Frame& f = run.frame;
  const auto* attributes = f.op->attributes_as_SelectToken();
  const Rows x = f.input_rows(0), y = f.output_rows(0);
  const Sequences rows = sequences_of(f, f.input(0));
  const bool last = attributes->choice() == schema::TokenChoice::Last;
  const Part part = run.part(task);
  for (uint32_t b = part.first; b < part.first + part.count; ++b) {
    const uint32_t length = rows.length(b), token = last ? length - 1 : attributes->index();
    float* to = y.f32() + b * y.stride;
    if (token < length) {
      std::memcpy(to, x.f32() + (rows.first(b) + token) * x.stride, y.width * sizeof(float));
    } else {
      std::memset(to, 0, y.width * sizeof(float));
    }
  }
}

constexpr Definition define() {
  Definition d;
  d.inputs = {{"x"}};
  d.outputs = {{"y"}};
  d.check = check;
  d.prepare = divide_rows;
  d.run = execute;
  return d;
}

}  // namespace
}  // namespace fovea

FOVEA_DEFINE_OPERATOR(SelectToken, select_token, define())
