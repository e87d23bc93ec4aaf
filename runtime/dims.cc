#include "runtime/dims.h"

#include "runtime/checked.h"
#include "runtime/features.h"
#include "runtime/operators/sequences.h"
#include "runtime/verify.h"

namespace fovea {
namespace {

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

// How often a derived dim's sum has another dim.
uint64_t factor_of(const schema::Dim& derived, int32_t dim) {
  return (derived.x() == dim ? derived.a() : 0) + (derived.y() == dim ? uint64_t{derived.b()} : 0);
}

// A number of rows or sequences: a constant, or a multiple of a dim.
struct Multiple {
  uint64_t factor;
  int32_t dim;
};

Multiple multiple_of(const schema::Tensor& t, uint32_t i) {
  return {t.extents()->Get(i), t.dims() == nullptr ? -1 : t.dims()->Get(i)};
}

Multiple rows_of(const schema::Tensor& t) {
  return multiple_of(t, t.extents()->size() - 2);
}

// Blocks of a derived dim do if its sum has at least the factors of rows + 15 * batch.
bool suffices(const Frame& f, int32_t x, int32_t keys, uint32_t axis) {
  const schema::Tensor& tensor = *f.tensor(x);
  const Multiple rows = rows_of(tensor);
  Multiple last = is_packed(*f.method, tensor) ? multiple_of(*f.tensor(f.method->lengths()), 0)
                                               : Multiple{1, -1};
  last.factor *= kernels::kPanel - 1;
  const int32_t blocks = multiple_of(*f.tensor(keys), axis).dim;
  const schema::Dim& dim = *f.model->dims()->Get(static_cast<uint32_t>(blocks));
  if (dim.x() < 0 || dim.d() > kernels::kPanel) return false;
  int64_t rest = dim.c();
  for (const Multiple& part : {rows, last}) {
    if (part.dim < 0) rest -= static_cast<int64_t>(part.factor);
    const uint64_t both = rows.dim == last.dim ? rows.factor + last.factor : part.factor;
    if (part.dim >= 0 && factor_of(dim, part.dim) < both) return false;
  }
  return rest >= 0;
}

// Whether floor((those of a dim that is a * z + b, and c) / d) are a / d * z.
bool is_multiple(const Frame& f, const Multiple& all, const Multiple& rows, int64_t c, uint32_t d) {
  const schema::Dim& dim = *f.model->dims()->Get(static_cast<uint32_t>(rows.dim));
  const int64_t rest = dim.c() + c;
  return rows.factor == 1 && dim.x() == all.dim && dim.y() < 0 && dim.d() == 1 &&
         dim.a() == all.factor * d && rest >= 0 && rest < int64_t{d};
}

bool follows(const Frame& f, int32_t y, int32_t x, int64_t c, uint32_t d) {
  const Multiple all = rows_of(*f.tensor(y)), rows = rows_of(*f.tensor(x));
  if (all.dim < 0 || rows.dim < 0) return false;
  if (is_multiple(f, all, rows, c, d)) return true;
  const schema::Dim& dim = *f.model->dims()->Get(static_cast<uint32_t>(all.dim));
  return all.factor == 1 && dim.x() == rows.dim && dim.a() == rows.factor && dim.y() < 0 &&
         dim.c() == c && dim.d() == d;
}

void set_constants(const schema::Model& model, uint32_t* dims) {
  for (uint32_t i = 0; i < size_of(model.dims()); ++i) {
    const schema::Dim& dim = *model.dims()->Get(i);
    if (is_derived(dim) && dim.a() == 0 && dim.b() == 0) dims[i] = dim.max();
  }
}

}  // namespace
}  // namespace fovea

extern "C" constexpr fovea_derived_dims fovea_feature_derived_dims = {
    fovea::verify_derived, fovea::derive_dims, fovea::suffices, fovea::follows,
    fovea::set_constants};
extern "C" constexpr fovea_derived_dims fovea_trusted_derived_dims = {nullptr, fovea::derive_dims,
                                                                      nullptr, nullptr, nullptr};
