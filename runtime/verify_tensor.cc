#include "runtime/layout.h"
#include "runtime/verify_method.h"

namespace fovea {
namespace {

constexpr uint32_t kMaxRank = FOVEA_MAX_RANK;
constexpr uint32_t kMaxOutputs = 12;  // of an operator

fovea_code verify_extents(const MethodCheck& c, uint32_t i) {
  const schema::Tensor* tensor = &c.tensor(i);
  const uint32_t rank = size_of(tensor->extents());
  const Where where = c.at_tensor(i).at(FOVEA_FIELD_EXTENTS);
  if (rank == 0) return fail(c.error, FOVEA_BAD_SHAPE, where, 0, kMaxRank);
  FOVEA_TRY(check_at_most(rank, kMaxRank, where, c.error));
  if (tensor->dims() != nullptr && tensor->dims()->size() != rank) {
    return fail(c.error, FOVEA_BAD_SHAPE, where, tensor->dims()->size(), rank);
  }
  uint64_t rows = 1;  // every product is of two numbers below 2^32
  for (uint32_t e = 0; e < rank; ++e) {
    const int32_t dim = tensor->dims() == nullptr ? -1 : tensor->dims()->Get(e);
    uint64_t extent = tensor->extents()->Get(e);
    if (dim >= 0) {
      FOVEA_TRY(check_below(dim, size_of(c.model.dims()), where, c.error));
      extent *= c.dim(static_cast<uint32_t>(dim)).max();
    }
    if (extent == 0) return fail(c.error, FOVEA_BAD_SHAPE, where, 0, 1);
    if (extent <= kMaxExtent) rows *= extent;
    if (extent > kMaxExtent || rows > kMaxExtent) {
      return fail(c.error, FOVEA_BAD_SHAPE, where, extent > kMaxExtent ? extent : rows, kMaxExtent);
    }
  }
  return FOVEA_OK;
}

fovea_code verify_view(const MethodCheck& c, uint32_t i) {
  const schema::Tensor* tensor = &c.tensor(i);
  const Where where = c.at_tensor(i).at(FOVEA_FIELD_OFFSET);
  FOVEA_TRY(check_below(static_cast<uint32_t>(tensor->base()), c.tensors(), where, c.error));
  const schema::Tensor* base = c.method.tensors()->Get(static_cast<uint32_t>(tensor->base()));
  const uint32_t rank = tensor->extents()->size();
  if (base->storage() != schema::Storage::Planned || base->dtype() != tensor->dtype() ||
      base->dtype() == schema::DType::UInt8 || size_of(base->extents()) != rank) {
    return fail(c.error, FOVEA_BAD_SHAPE, where, size_of(base->extents()), rank);
  }
  // The same rows of a constant width.
  for (uint32_t e = 0; e < rank; ++e) {
    const int32_t dim = tensor->dims() == nullptr ? -1 : tensor->dims()->Get(e);
    const int32_t base_dim = base->dims() == nullptr ? -1 : base->dims()->Get(e);
    const bool width = e + 1 == rank;
    if (base_dim != dim || (width && dim >= 0) ||
        (!width && base->extents()->Get(e) != tensor->extents()->Get(e))) {
      return fail(c.error, FOVEA_BAD_SHAPE, where, tensor->extents()->Get(e),
                  base->extents()->Get(e));
    }
  }
  const uint64_t end = uint64_t{tensor->column()} + tensor->extents()->Get(rank - 1);
  const uint32_t width = base->extents()->Get(rank - 1);
  return end <= width ? FOVEA_OK : fail(c.error, FOVEA_BAD_SHAPE, where, end, width);
}

fovea_code verify_place(const MethodCheck& c, uint32_t i) {
  const schema::Tensor* tensor = &c.tensor(i);
  const Where where = c.at_tensor(i);
  if (tensor->dtype() != schema::DType::UInt8) {
    FOVEA_TRY(check_at_most(static_cast<uint32_t>(tensor->dtype()),
                            static_cast<uint32_t>(kLastTensorType), where, FOVEA_FIELD_TYPE,
                            c.error));
  }
  FOVEA_TRY(check_at_most(static_cast<uint32_t>(tensor->storage()),
                          static_cast<uint32_t>(schema::Storage::MAX), where, FOVEA_FIELD_LAYOUT,
                          c.error));
  FOVEA_TRY(check_below(tensor->last(), c.operators(), where, FOVEA_FIELD_LIFETIME, c.error));
  FOVEA_TRY(check_at_most(tensor->first(), tensor->last(), where, FOVEA_FIELD_LIFETIME, c.error));
  if (tensor->storage() == schema::Storage::View) return FOVEA_OK;
  if (tensor->column() != 0) return fail(c.error, FOVEA_BAD_VALUE, where, tensor->column(), 0);
  if (tensor->offset() % FOVEA_ALIGNMENT != 0) {
    return fail_at(c.error, FOVEA_MISALIGNED, where, FOVEA_FIELD_OFFSET,
                   tensor->offset() % FOVEA_ALIGNMENT, FOVEA_ALIGNMENT);
  }
  const Checked end = Checked(tensor->offset()) + tensor_bytes(c.model, *tensor);
  return end.within(kMaxBytes) ? FOVEA_OK
                               : fail_at(c.error, FOVEA_BAD_VALUE, where, FOVEA_FIELD_OFFSET,
                                         tensor->offset(), kMaxBytes);
}

// Inputs or outputs of the method are planned tensors that own their memory for the whole run, or
// up to its end. No output has one byte for an element.
fovea_code verify_ends(const MethodCheck& c, const flatbuffers::Vector<uint32_t>* list,
                       fovea_field field) {
  for (uint32_t i = 0; i < size_of(list); ++i) {
    const Where where = {FOVEA_TABLE_METHOD, c.index, 0, field, i};
    const uint32_t t = list->Get(i);
    FOVEA_TRY(check_below(t, c.tensors(), where, c.error));
    const schema::Tensor& tensor = c.tensor(t);
    const bool right =
        field == FOVEA_FIELD_INPUT ? tensor.first() == 0 : tensor.dtype() != schema::DType::UInt8;
    if (tensor.storage() != schema::Storage::Planned || tensor.last() != c.operators() - 1 ||
        !right) {
      return fail(c.error, FOVEA_BAD_PLAN, where, t, t);
    }
  }
  return FOVEA_OK;
}

fovea_code verify_interface(const MethodCheck& c) {
  const Where where = {FOVEA_TABLE_METHOD, c.index, 0, FOVEA_FIELD_COUNT};
  if (c.operators() == 0) return fail(c.error, FOVEA_BAD_VALUE, where, 0, 1);
  FOVEA_TRY(check_at_most(size_of(c.method.inputs()), kMaxInputs, where, c.error));
  FOVEA_TRY(c.spend(4 * size_of(c.method.outputs())));  // they are looked at twice, closely
  FOVEA_TRY(verify_ends(c, c.method.inputs(), FOVEA_FIELD_INPUT));
  return verify_ends(c, c.method.outputs(), FOVEA_FIELD_OUTPUT);
}

// Every tensor is written by its first operator, unless it is an input of the method.
fovea_code verify_written(const MethodCheck& c, uint32_t t) {
  const schema::Tensor& tensor = c.tensor(t);
  if (tensor.storage() == schema::Storage::View || c.is_input(t)) return FOVEA_OK;
  const auto* outputs = c.op(tensor.first()).outputs();
  for (uint32_t i = 0; i < size_of(outputs) && i < kMaxOutputs; ++i) {
    if (outputs->Get(i) >= 0 && static_cast<uint32_t>(outputs->Get(i)) == t) return FOVEA_OK;
  }
  return fail(c.error, FOVEA_BAD_PLAN, c.at_tensor(t).at(FOVEA_FIELD_LIFETIME), t, t);
}

}  // namespace

const schema::Tensor& MethodCheck::tensor(uint32_t i) const {
  return *method.tensors()->Get(i);
}

const schema::Operator& MethodCheck::op(uint32_t i) const {
  return *method.operators()->Get(i);
}

const fovea_operator& MethodCheck::definition(uint32_t i) const {
  return *find_operator(linked, op(i).attributes_type());
}

uint32_t MethodCheck::owner(uint32_t t) const {
  return tensor(t).storage() == schema::Storage::View ? static_cast<uint32_t>(tensor(t).base()) : t;
}

// Inputs live throughout, so that most tensors are told apart without looking at the list.
bool MethodCheck::is_input(uint32_t t) const {
  if (tensor(t).first() != 0 || tensor(t).last() != operators() - 1) return false;
  for (uint32_t i = 0; i < size_of(method.inputs()); ++i) {
    if (method.inputs()->Get(i) == t) return true;
  }
  return false;
}

fovea_code MethodCheck::spend(uint32_t count) const {
  return steps->take(count) ? FOVEA_OK
                            : fail(error, FOVEA_TOO_COMPLEX, {FOVEA_TABLE_METHOD, index});
}

uint64_t tensor_bytes(const schema::Model& model, const schema::Tensor& tensor) {
  uint64_t elements = 1;
  for (uint32_t i = 0; i < size_of(tensor.extents()); ++i) {
    const int32_t dim = tensor.dims() == nullptr ? -1 : tensor.dims()->Get(i);
    elements *= tensor.extents()->Get(i);
    if (dim >= 0) elements *= model.dims()->Get(static_cast<uint32_t>(dim))->max();
  }
  return elements * tensor_element_bytes(tensor.dtype());
}

fovea_code verify_tensors(const MethodCheck& c) {
  FOVEA_TRY(verify_interface(c));
  for (uint32_t i = 0; i < c.tensors(); ++i) FOVEA_TRY(verify_extents(c, i));
  for (uint32_t i = 0; i < c.tensors(); ++i) {
    FOVEA_TRY(verify_place(c, i));
    if (c.tensor(i).storage() == schema::Storage::View) FOVEA_TRY(verify_view(c, i));
    FOVEA_TRY(verify_written(c, i));
  }
  return FOVEA_OK;
}

}  // namespace fovea
