#include "runtime/layout.h"
#include "runtime/operators/sequences.h"
#include "runtime/verify_method.h"

namespace fovea {

fovea_code verify_updates(const MethodCheck& c) {
  for (uint32_t i = 0; i < size_of(c.method.updates()); ++i) {
    const schema::CacheUpdate* update = c.method.updates()->Get(i);
    const Where where = {FOVEA_TABLE_UPDATE, i, c.index};
    FOVEA_TRY(
        check_below(update->cache(), size_of(c.model.caches()), where, FOVEA_FIELD_STATE, c.error));
    for (uint32_t j = 0; j < i; ++j) {
      if (c.method.updates()->Get(j)->cache() == update->cache()) {
        return fail_at(c.error, FOVEA_BAD_VALUE, where, FOVEA_FIELD_STATE, update->cache(), j);
      }
    }
    FOVEA_TRY(check_at_most(static_cast<uint32_t>(update->mode()),
                            static_cast<uint32_t>(schema::UpdateMode::MAX), where,
                            FOVEA_FIELD_ATTRIBUTE, c.error));
    FOVEA_TRY(
        check_below(update->dim(), size_of(c.model.dims()), where, FOVEA_FIELD_EXTENTS, c.error));
    const uint32_t most = c.dim(update->dim()).max();
    const uint32_t context = c.model.caches()->Get(update->cache())->context();
    // Packed rows are those of several sequences, whose lengths a run looks at.
    if (most > context && !is_packed(c.method, *update)) {
      return fail(c.error, FOVEA_CONTEXT_TOO_SMALL,
                  {FOVEA_TABLE_CACHE, update->cache(), c.index, FOVEA_FIELD_SIZE}, most, context);
    }
  }
  return FOVEA_OK;
}

fovea_code verify_packed(const MethodCheck& c) {
  if (c.method.lengths() < 0) return FOVEA_OK;
  const auto lengths = static_cast<uint32_t>(c.method.lengths());
  const Where where = {FOVEA_TABLE_METHOD, c.index, c.index};
  if (lengths >= c.tensors() || !c.is_input(lengths)) {
    return fail_at(c.error, FOVEA_BAD_VALUE, where, FOVEA_FIELD_SEQUENCE, lengths, 0);
  }
  const schema::Tensor& tensor = c.tensor(lengths);
  if (tensor.dtype() != schema::DType::Int32 || tensor.extents()->size() != 1) {
    return fail_at(c.error, FOVEA_BAD_SHAPE, where, FOVEA_FIELD_SEQUENCE, lengths, 1);
  }
  const auto count = static_cast<uint32_t>(tensor_bytes(c.model, tensor) / kElementBytes);
  FOVEA_TRY(check_at_most(count, c.model.sequences(), where, FOVEA_FIELD_SEQUENCE, c.error));
  return check_below(c.method.packed(), size_of(c.model.dims()), where, FOVEA_FIELD_EXTENTS,
                     c.error);
}

}  // namespace fovea
