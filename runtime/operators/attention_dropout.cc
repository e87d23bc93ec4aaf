// Weights that attention drops in a pass of Monte-Carlo dropout.

#include "runtime/operators/attention.h"

namespace fovea {
namespace {

// The layer of the nearest attention before this one that drops weights: one scan for each gap.
uint32_t least_layer(const Frame& f) {
  for (uint32_t i = f.op_index; i-- > 0;) {
    const auto* before = f.method->operators()->Get(i)->attributes_as_Attention();
    if (before != nullptr && before->dropout() != nullptr) return before->dropout()->layer() + 1;
  }
  return 0;
}

}  // namespace

fovea_code check_dropout(const Frame& f, fovea_error* error) {
  using schema::Attention;
  using schema::Dropout;
  const Dropout* d = f.op->attributes_as_Attention()->dropout();
  const bool has_input = f.input(kDropoutInput) >= 0;
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_INPUT, kDropoutInput, has_input, d != nullptr, error));
  if (d == nullptr) return FOVEA_OK;
  constexpr uint32_t kProbability =
      attribute<Attention>(Attention::VT_DROPOUT, Dropout::VT_PROBABILITY);
  const bool chance = d->probability() > 0.0f && d->probability() < 1.0f;
  FOVEA_TRY(check_attribute(f, kProbability, chance, 1, 1, error));
  constexpr uint32_t kLayer = attribute<Attention>(Attention::VT_DROPOUT, Dropout::VT_LAYER);
  FOVEA_TRY(check_attribute(f, kLayer, d->layer(), least_layer(f), UINT32_MAX - 1, error));
  const schema::Tensor* t = f.tensor(f.input(kDropoutInput));
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_INPUT, kDropoutInput, t->extents()->size(), 1, error));
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_INPUT, kDropoutInput, f.extent(t, 0), 2, error));
  // Where keys are another method's, positions of queries count from the present run on.
  const bool own = f.state(0) == nullptr || f.update_of(f.state(0)->cache()) != nullptr;
  return check_attribute(f, attribute<Attention>(Attention::VT_DROPOUT), own, 1, 1, error);
}

bool find_dropout(const Run& run, kernels::Dropout& dropout) {
  const Frame& f = run.frame;
  const schema::Dropout* d = f.op->attributes_as_Attention()->dropout();
  if (d == nullptr) return false;
  const int32_t* input = f.input_rows(kDropoutInput).i32();
  if (input[1] < 0) return false;
  const auto numbers = static_cast<uint32_t>(d->probability() * 0x1p32f);  // of 2^32 that drop
  dropout.seed = static_cast<uint32_t>(input[0]);
  dropout.pass = static_cast<uint32_t>(input[1]);
  dropout.layer = d->layer();
  dropout.cut = static_cast<int32_t>(numbers ^ 0x80000000u);
  dropout.factor = 1.0f / (1.0f - d->probability());
  return true;
}

}  // namespace fovea
