#include "runtime/layout.h"
#include "runtime/verify.h"

namespace fovea {
namespace {

constexpr uint32_t kMaxRank = FOVEA_MAX_RANK;

// What the checks of one method pass around.
struct Context {
  const schema::Model& model;
  const schema::Method& method;
  uint32_t index;
  fovea_error* error;

  uint32_t tensors() const { return size_of(method.tensors()); }
  uint32_t operators() const { return size_of(method.operators()); }
  Where tensor(uint32_t i) const { return {FOVEA_TABLE_TENSOR, i, index}; }
  Where op(uint32_t i) const { return {FOVEA_TABLE_OPERATOR, i, index}; }
};

fovea_code verify_extents(const Context& c, uint32_t i) {
  const schema::Tensor* tensor = c.method.tensors()->Get(i);
  const uint32_t rank = size_of(tensor->extents());
  const Where where = c.tensor(i).at(FOVEA_FIELD_EXTENTS);
  if (rank == 0) return fail(c.error, FOVEA_BAD_SHAPE, where, 0, kMaxRank);
  FOVEA_TRY(check_at_most(rank, kMaxRank, where, c.error));
  if (tensor->dims() != nullptr && tensor->dims()->size() != rank) {
    return fail(c.error, FOVEA_BAD_SHAPE, where, tensor->dims()->size(), rank);
  }
  Checked rows = 1;
  for (uint32_t e = 0; e < rank; ++e) {
    const uint32_t constant = tensor->extents()->Get(e);
    const int32_t dim = tensor->dims() == nullptr ? -1 : tensor->dims()->Get(e);
    Checked extent = constant;
    if (dim >= 0) {
      FOVEA_TRY(check_below(static_cast<uint64_t>(dim), size_of(c.model.dims()), where, c.error));
      extent = extent * c.model.dims()->Get(static_cast<uint32_t>(dim))->max();
    }
    if (constant == 0) return fail(c.error, FOVEA_BAD_SHAPE, where, 0, 1);
    if (!extent.within(kMaxExtent)) {
      return fail(c.error, FOVEA_BAD_SHAPE, where, extent.value(), kMaxExtent);
    }
    rows = rows * extent;
  }
  return rows.within(kMaxExtent) ? FOVEA_OK
                                 : fail(c.error, FOVEA_BAD_SHAPE, where, rows.value(), kMaxExtent);
}

fovea_code verify_view(const Context& c, uint32_t i) {
  const schema::Tensor* tensor = c.method.tensors()->Get(i);
  const Where where = c.tensor(i).at(FOVEA_FIELD_OFFSET);
  FOVEA_TRY(check_below(static_cast<uint32_t>(tensor->base()), c.tensors(), where, c.error));
  const schema::Tensor* base = c.method.tensors()->Get(static_cast<uint32_t>(tensor->base()));
  const uint32_t rank = tensor->extents()->size();
  if (base->storage() != schema::Storage::Planned || base->dtype() != tensor->dtype() ||
      size_of(base->extents()) != rank) {
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
  const Checked end = Checked(tensor->column()) + tensor->extents()->Get(rank - 1);
  const uint32_t width = base->extents()->Get(rank - 1);
  return end.within(width) ? FOVEA_OK : fail(c.error, FOVEA_BAD_SHAPE, where, end.value(), width);
}

fovea_code verify_tensor(const Context& c, uint32_t i) {
  const schema::Tensor* tensor = c.method.tensors()->Get(i);
  const Where where = c.tensor(i);
  FOVEA_TRY(check_at_most(static_cast<uint64_t>(tensor->dtype()),
                          static_cast<uint64_t>(schema::DType::MAX), where.at(FOVEA_FIELD_TYPE),
                          c.error));
  FOVEA_TRY(check_at_most(static_cast<uint64_t>(tensor->storage()),
                          static_cast<uint64_t>(schema::Storage::MAX), where.at(FOVEA_FIELD_LAYOUT),
                          c.error));
  FOVEA_TRY(check_below(tensor->last(), c.operators(), where.at(FOVEA_FIELD_LIFETIME), c.error));
  FOVEA_TRY(
      check_at_most(tensor->first(), tensor->last(), where.at(FOVEA_FIELD_LIFETIME), c.error));
  if (tensor->storage() == schema::Storage::View) return FOVEA_OK;
  if (tensor->column() != 0) return fail(c.error, FOVEA_BAD_VALUE, where, tensor->column(), 0);
  if (tensor->offset() % FOVEA_ALIGNMENT != 0) {
    return fail(c.error, FOVEA_MISALIGNED, where.at(FOVEA_FIELD_OFFSET),
                tensor->offset() % FOVEA_ALIGNMENT, FOVEA_ALIGNMENT);
  }
  const Checked end = Checked(tensor->offset()) + tensor_bytes(c.model, *tensor);
  return end.within(kMaxBytes) ? FOVEA_OK
                               : fail(c.error, FOVEA_BAD_VALUE, where.at(FOVEA_FIELD_OFFSET),
                                      tensor->offset(), kMaxBytes);
}

// The tensor that owns the memory: itself, or the base of a view.
uint32_t owner(const Context& c, uint32_t tensor) {
  const schema::Tensor* t = c.method.tensors()->Get(tensor);
  return t->storage() == schema::Storage::View ? static_cast<uint32_t>(t->base()) : tensor;
}

bool lists(const flatbuffers::Vector<uint32_t>* list, uint32_t value) {
  for (uint32_t i = 0; i < size_of(list); ++i) {
    if (list->Get(i) == value) return true;
  }
  return false;
}

// Method inputs and outputs are planned tensors that own their memory for the whole run, or up to
// its end.
fovea_code verify_interface(const Context& c) {
  const Where where = {FOVEA_TABLE_METHOD, c.index};
  if (c.operators() == 0) return fail(c.error, FOVEA_BAD_VALUE, where.at(FOVEA_FIELD_COUNT), 0, 1);
  for (uint32_t i = 0; i < size_of(c.method.inputs()); ++i) {
    const uint32_t t = c.method.inputs()->Get(i);
    FOVEA_TRY(check_below(t, c.tensors(), where.at(FOVEA_FIELD_INPUT, i), c.error));
    const schema::Tensor* tensor = c.method.tensors()->Get(t);
    if (tensor->storage() != schema::Storage::Planned || tensor->first() != 0 ||
        tensor->last() != c.operators() - 1) {
      return fail(c.error, FOVEA_BAD_PLAN, where.at(FOVEA_FIELD_INPUT, i), t, t);
    }
  }
  for (uint32_t i = 0; i < size_of(c.method.outputs()); ++i) {
    const uint32_t t = c.method.outputs()->Get(i);
    FOVEA_TRY(check_below(t, c.tensors(), where.at(FOVEA_FIELD_OUTPUT, i), c.error));
    const schema::Tensor* tensor = c.method.tensors()->Get(t);
    if (tensor->storage() != schema::Storage::Planned || tensor->last() != c.operators() - 1) {
      return fail(c.error, FOVEA_BAD_PLAN, where.at(FOVEA_FIELD_OUTPUT, i), t, t);
    }
  }
  return FOVEA_OK;
}

// Every tensor is written by its first operator, unless it is an input of the method.
fovea_code verify_written(const Context& c, uint32_t tensor) {
  const schema::Tensor* t = c.method.tensors()->Get(tensor);
  if (t->storage() == schema::Storage::View || lists(c.method.inputs(), tensor)) return FOVEA_OK;
  const auto* outputs = c.method.operators()->Get(t->first())->outputs();
  for (uint32_t i = 0; i < size_of(outputs); ++i) {
    if (outputs->Get(i) >= 0 && static_cast<uint32_t>(outputs->Get(i)) == tensor) return FOVEA_OK;
  }
  return fail(c.error, FOVEA_BAD_PLAN, c.tensor(tensor).at(FOVEA_FIELD_LIFETIME), tensor, tensor);
}

fovea_code verify_updates(const Context& c) {
  for (uint32_t i = 0; i < size_of(c.method.updates()); ++i) {
    const schema::CacheUpdate* update = c.method.updates()->Get(i);
    const Where where = {FOVEA_TABLE_UPDATE, i, c.index};
    FOVEA_TRY(check_below(update->cache(), size_of(c.model.caches()), where.at(FOVEA_FIELD_STATE),
                          c.error));
    for (uint32_t j = 0; j < i; ++j) {
      if (c.method.updates()->Get(j)->cache() == update->cache()) {
        return fail(c.error, FOVEA_BAD_VALUE, where.at(FOVEA_FIELD_STATE), update->cache(), j);
      }
    }
    FOVEA_TRY(check_at_most(static_cast<uint64_t>(update->mode()),
                            static_cast<uint64_t>(schema::UpdateMode::MAX),
                            where.at(FOVEA_FIELD_ATTRIBUTE), c.error));
    FOVEA_TRY(check_below(update->dim(), size_of(c.model.dims()), where.at(FOVEA_FIELD_EXTENTS),
                          c.error));
    if (update->lengths() < 0) continue;
    const uint32_t lengths = static_cast<uint32_t>(update->lengths());
    if (!lists(c.method.inputs(), lengths)) {
      return fail(c.error, FOVEA_BAD_VALUE, where.at(FOVEA_FIELD_INPUT), lengths, 0);
    }
    const schema::Tensor* tensor = c.method.tensors()->Get(lengths);
    if (tensor->dtype() != schema::DType::Int32 || tensor->extents()->size() != 1) {
      return fail(c.error, FOVEA_BAD_SHAPE, where.at(FOVEA_FIELD_INPUT), lengths, 1);
    }
    FOVEA_TRY(check_at_most(tensor_bytes(c.model, *tensor) / kElementBytes, c.model.sequences(),
                            where.at(FOVEA_FIELD_SEQUENCE), c.error));
  }
  return FOVEA_OK;
}

fovea_code verify_arity(const Context& c, uint32_t i, const fovea_operator& op) {
  const schema::Operator* o = c.method.operators()->Get(i);
  const struct {
    Arity arity;
    uint32_t count;
    fovea_field field;
  } lists[] = {{op.inputs, size_of(o->inputs()), FOVEA_FIELD_INPUT},
               {op.outputs, size_of(o->outputs()), FOVEA_FIELD_OUTPUT},
               {op.weights, size_of(o->weights()), FOVEA_FIELD_WEIGHT},
               {op.states, size_of(o->states()), FOVEA_FIELD_STATE}};
  for (const auto& list : lists) {
    // An operator has both of its two states or none.
    const bool half = list.field == FOVEA_FIELD_STATE && list.count == 1;
    if (!list.arity.takes(list.count) || half) {
      return fail(c.error, FOVEA_BAD_VALUE, c.op(i).at(list.field), list.count, list.arity.most);
    }
  }
  return FOVEA_OK;
}

// An index is within its table; the first `required` are not absent.
fovea_code verify_indices(const Context& c, uint32_t op, const flatbuffers::Vector<int32_t>* list,
                          uint32_t required, uint32_t limit, fovea_field field) {
  for (uint32_t slot = 0; slot < size_of(list); ++slot) {
    const int32_t value = list->Get(slot);
    if (value < 0 && slot >= required) continue;
    FOVEA_TRY(check_below(static_cast<uint32_t>(value), limit, c.op(op).at(field, slot), c.error));
  }
  return FOVEA_OK;
}

// The operator owns the memory of what it reads and writes, and reads what was written before.
fovea_code verify_operand(const Context& c, uint32_t op, uint32_t tensor, bool reads,
                          const Where& where) {
  const uint32_t base = owner(c, tensor);
  const schema::Tensor* t = c.method.tensors()->Get(base);
  const bool before = reads && !lists(c.method.inputs(), base);
  if (t->first() + (before ? 1 : 0) > op || op > t->last()) {
    return fail(c.error, FOVEA_BAD_PLAN, where, tensor, base);
  }
  return FOVEA_OK;
}

fovea_code verify_inputs(const Context& c, uint32_t i, const fovea_operator& op) {
  const auto* inputs = c.method.operators()->Get(i)->inputs();
  for (uint32_t slot = 0; slot < size_of(inputs); ++slot) {
    if (inputs->Get(slot) < 0) continue;
    const uint32_t tensor = static_cast<uint32_t>(inputs->Get(slot));
    const Where where = c.op(i).at(FOVEA_FIELD_INPUT, slot);
    const auto needed =
        (op.integer_inputs >> slot & 1) != 0 ? schema::DType::Int32 : schema::DType::Float32;
    const auto found = c.method.tensors()->Get(tensor)->dtype();
    if (found != needed) {
      return fail(c.error, FOVEA_BAD_VALUE, where, static_cast<uint64_t>(found),
                  static_cast<uint64_t>(needed));
    }
    FOVEA_TRY(verify_operand(c, i, tensor, true, where));
  }
  return FOVEA_OK;
}

// An output shares its memory with no input, except where the operator may work in place.
fovea_code verify_aliases(const Context& c, uint32_t i, const fovea_operator& op, uint32_t slot,
                          uint32_t tensor) {
  const auto* inputs = c.method.operators()->Get(i)->inputs();
  for (uint32_t s = 0; s < size_of(inputs); ++s) {
    if (inputs->Get(s) < 0) continue;
    const uint32_t input = static_cast<uint32_t>(inputs->Get(s));
    if (owner(c, input) != owner(c, tensor)) continue;
    if (input == tensor && slot == 0 && (op.in_place >> s & 1) != 0) continue;
    return fail(c.error, FOVEA_BAD_PLAN, c.op(i).at(FOVEA_FIELD_OUTPUT, slot), tensor, input);
  }
  return FOVEA_OK;
}

fovea_code verify_outputs(const Context& c, uint32_t i, const fovea_operator& op) {
  const auto* outputs = c.method.operators()->Get(i)->outputs();
  for (uint32_t slot = 0; slot < size_of(outputs); ++slot) {
    const uint32_t tensor = static_cast<uint32_t>(outputs->Get(slot));
    const Where where = c.op(i).at(FOVEA_FIELD_OUTPUT, slot);
    const auto found = c.method.tensors()->Get(tensor)->dtype();
    FOVEA_TRY(check_at_most(static_cast<uint64_t>(found), 0, where, c.error));
    FOVEA_TRY(verify_operand(c, i, tensor, false, where));
    FOVEA_TRY(verify_aliases(c, i, op, slot, tensor));
    for (uint32_t other = 0; other < slot; ++other) {
      if (owner(c, tensor) == owner(c, static_cast<uint32_t>(outputs->Get(other)))) {
        return fail(c.error, FOVEA_BAD_PLAN, where, tensor, tensor);
      }
    }
  }
  return FOVEA_OK;
}

fovea_code verify_operator(const Context& c, uint32_t i, const fovea_operators& operators) {
  const schema::Operator* o = c.method.operators()->Get(i);
  const fovea_operator* op = find_operator(operators, o->attributes_type());
  if (op == nullptr || o->attributes() == nullptr) {
    return fail(c.error, FOVEA_UNKNOWN_OPERATOR, c.op(i),
                static_cast<uint64_t>(o->attributes_type()));
  }
  FOVEA_TRY(verify_arity(c, i, *op));
  FOVEA_TRY(verify_indices(c, i, o->inputs(), op->inputs.least, c.tensors(), FOVEA_FIELD_INPUT));
  FOVEA_TRY(verify_indices(c, i, o->outputs(), 2, c.tensors(), FOVEA_FIELD_OUTPUT));
  FOVEA_TRY(verify_indices(c, i, o->weights(), op->weights.least, size_of(c.model.weights()),
                           FOVEA_FIELD_WEIGHT));
  FOVEA_TRY(verify_indices(c, i, o->states(), 2, size_of(c.model.states()), FOVEA_FIELD_STATE));
  FOVEA_TRY(verify_inputs(c, i, *op));
  return verify_outputs(c, i, *op);
}

// The operators' own checks at one choice of dims.
fovea_code check_operators(const Context& c, const fovea_operators& operators,
                           const uint32_t* dims) {
  Frame frame;
  frame.set_method(&c.model, c.index);
  frame.dims = dims;
  for (uint32_t i = 0; i < c.operators(); ++i) {
    frame.op = c.method.operators()->Get(i);
    frame.op_index = i;
    FOVEA_TRY(find_operator(operators, frame.op->attributes_type())->check(frame, c.error));
  }
  return FOVEA_OK;
}

// An extent is a constant times powers of dims, so two extents that are equal with all dims 1, and
// with each dim at its maximum and the others 1, are equal always. Limits are reached with all
// dims at their maxima.
fovea_code check_at_all_dims(const Context& c, const fovea_operators& operators) {
  uint32_t dims[kMaxDims];
  const uint32_t count = size_of(c.model.dims());
  for (uint32_t i = 0; i < count; ++i) dims[i] = c.model.dims()->Get(i)->max();
  FOVEA_TRY(check_operators(c, operators, dims));
  for (uint32_t i = 0; i < count; ++i) dims[i] = 1;
  FOVEA_TRY(check_operators(c, operators, dims));
  for (uint32_t i = 0; i < count; ++i) {
    dims[i] = c.model.dims()->Get(i)->max();
    FOVEA_TRY(check_operators(c, operators, dims));
    dims[i] = 1;
  }
  return FOVEA_OK;
}

}  // namespace

uint64_t tensor_bytes(const schema::Model& model, const schema::Tensor& tensor) {
  uint64_t elements = 1;
  for (uint32_t i = 0; i < size_of(tensor.extents()); ++i) {
    const int32_t dim = tensor.dims() == nullptr ? -1 : tensor.dims()->Get(i);
    elements *= tensor.extents()->Get(i);
    if (dim >= 0) elements *= model.dims()->Get(static_cast<uint32_t>(dim))->max();
  }
  return elements * kElementBytes;
}

fovea_code verify_method(const schema::Model& model, uint32_t index,
                         const fovea_operators& operators, fovea_error* error) {
  const Context c = {model, *model.methods()->Get(index), index, error};
  FOVEA_TRY(verify_interface(c));
  for (uint32_t i = 0; i < c.tensors(); ++i) FOVEA_TRY(verify_extents(c, i));
  for (uint32_t i = 0; i < c.tensors(); ++i) {
    FOVEA_TRY(verify_tensor(c, i));
    if (c.method.tensors()->Get(i)->storage() == schema::Storage::View) {
      FOVEA_TRY(verify_view(c, i));
    }
    FOVEA_TRY(verify_written(c, i));
  }
  FOVEA_TRY(verify_updates(c));
  for (uint32_t i = 0; i < c.operators(); ++i) FOVEA_TRY(verify_operator(c, i, operators));
  return check_at_all_dims(c, operators);
}

}  // namespace fovea
