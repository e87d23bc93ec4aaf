#include "runtime/dims.h"

#include "runtime/checked.h"
#include "runtime/verify.h"

namespace fovea {
fovea_code derive_dims(const schema::Model& model, uint32_t* dims, fovea_error* error) {
  for (uint32_t i = 0; i < size_of(model.dims()); ++i) {
    const schema::Dim& dim = *model.dims()->Get(i);
    if (!is_derived(dim)) continue;
    const uint32_t y = dim.y() < 0 ? 0 : dims[dim.y()];
    dims[i] = Derivation{dim.a(), dim.b(), dim.c(), dim.d()}.of(dims[dim.x()], y);
    if (dims[i] == 0) return fail(error, FOVEA_BAD_ARGUMENT, {FOVEA_TABLE_DIM, i}, 0, dim.max());
  }
  return FOVEA_OK;
}

fovea_code verify_derived(const schema::Model& model, uint32_t index, fovea_error* error) {
  const schema::Dim& dim = *model.dims()->Get(index);
  const Where where = {FOVEA_TABLE_DIM, index, 0, FOVEA_FIELD_EXTENTS};
  const bool two = dim.y() >= 0;
  FOVEA_TRY(check_below(static_cast<uint32_t>(dim.x()), index, where, error));
  if (two) FOVEA_TRY(check_below(static_cast<uint32_t>(dim.y()), index, where, error));
  if (dim.d() == 0) return fail(error, FOVEA_BAD_VALUE, where, 0, UINT32_MAX);
  if (!two && dim.b() != 0) return fail(error, FOVEA_BAD_VALUE, where, dim.b(), 0);
  const auto max = [&](int32_t i) { return model.dims()->Get(static_cast<uint32_t>(i))->max(); };
  const Checked sum = Checked(dim.a()) * max(dim.x()) + Checked(dim.b()) * (two ? max(dim.y()) : 0);
  if (!sum.within(uint64_t{UINT32_MAX} + INT32_MAX)) {
    return fail(error, FOVEA_BAD_VALUE, where, sum.value(), UINT32_MAX);
  }
  const int64_t all = static_cast<int64_t>(sum.value()) + dim.c();
  if (all < 1 || all > int64_t{UINT32_MAX}) {
    return fail(error, FOVEA_BAD_VALUE, where, static_cast<uint64_t>(all), UINT32_MAX);
  }
  const uint32_t needed = static_cast<uint32_t>(all) / dim.d();
  return dim.max() == needed ? FOVEA_OK : fail(error, FOVEA_BAD_VALUE, where, dim.max(), needed);
}

}  // namespace fovea
