#include "runtime/verify.h"

namespace fovea {

static bool collide(const schema::Model& model, const schema::Tensor& a, const schema::Tensor& b) {
  if (a.last() < b.first() || b.last() < a.first()) return false;
  return a.offset() < b.offset() + tensor_bytes(model, b) &&
         b.offset() < a.offset() + tensor_bytes(model, a);
}

fovea_code verify_plan(const schema::Model& model, uint32_t index, fovea_error* error) {
  const auto* tensors = model.methods()->Get(index)->tensors();
  for (uint32_t i = 0; i < size_of(tensors); ++i) {
    const schema::Tensor& a = *tensors->Get(i);
    if (a.storage() != schema::Storage::Planned) continue;
    for (uint32_t j = 0; j < i; ++j) {
      const schema::Tensor& b = *tensors->Get(j);
      if (b.storage() == schema::Storage::Planned && collide(model, a, b)) {
        return fail(error, FOVEA_BAD_PLAN, {FOVEA_TABLE_TENSOR, i, index, FOVEA_FIELD_OFFSET}, i,
                    j);
      }
    }
  }
  return FOVEA_OK;
}

}  // namespace fovea
