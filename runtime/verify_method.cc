#include "runtime/verify_method.h"
#include "runtime/features.h"
#include "runtime/layout.h"

namespace fovea {
namespace {

constexpr auto kUInt8 = static_cast<uint32_t>(schema::DType::UInt8);

// Operands up to the last one that is not absent, or as many as there may be.
uint32_t operands_of(const flatbuffers::Vector<int32_t>* list, uint32_t most) {
  uint32_t count = size_of(list);
  while (count > most && list->Get(count - 1) < 0) --count;
  return count;
}

fovea_code verify_arity(const MethodCheck& c, uint32_t i, const fovea_operator& op) {
  const schema::Operator* o = &c.op(i);
  const struct {
    Arity arity;
    uint32_t count;
    fovea_field field;
  } lists[] = {{op.inputs, operands_of(o->inputs(), op.inputs.most), FOVEA_FIELD_INPUT},
               {op.outputs, size_of(o->outputs()), FOVEA_FIELD_OUTPUT},
               {op.weights, size_of(o->weights()), FOVEA_FIELD_WEIGHT},
               {op.states, size_of(o->states()), FOVEA_FIELD_STATE}};
  for (const auto& list : lists) {
    // An operator has all of its states or none.
    const bool half = list.field == FOVEA_FIELD_STATE && list.count > list.arity.least &&
                      list.count < list.arity.most;
    if (!list.arity.takes(list.count) || half) {
      return fail(c.error, FOVEA_BAD_VALUE, c.at_op(i).at(list.field), list.count, list.arity.most);
    }
  }
  return FOVEA_OK;
}

// An index is within its table; the first `required` are not absent.
fovea_code verify_indices(const MethodCheck& c, uint32_t op,
                          const flatbuffers::Vector<int32_t>* list, uint32_t required,
                          uint32_t limit, fovea_field field) {
  for (uint32_t slot = 0; slot < size_of(list); ++slot) {
    const int32_t value = list->Get(slot);
    if (value < 0 && slot >= required) continue;
    FOVEA_TRY(
        check_below(static_cast<uint32_t>(value), limit, c.at_op(op).at(field, slot), c.error));
  }
  return FOVEA_OK;
}

// The operator owns the memory of what it reads and writes, and reads what was written before;
// verify_stored() looks at what StoreKeyValue writes, which has slots that stay as they were.
fovea_code verify_operand(const MethodCheck& c, uint32_t op, uint32_t tensor, bool reads,
                          const Where& where) {
  const uint32_t base = c.owner(tensor);
  const schema::Tensor& t = c.tensor(base);
  const bool before = reads && !c.is_input(base);
  if (t.first() + (before ? 1 : 0) > op || op > t.last()) {
    return fail(c.error, FOVEA_BAD_PLAN, where, tensor, base);
  }
  return FOVEA_OK;
}

// An element type is 0 (f32), 1 (int32) or that of pixels.
fovea_code verify_type(const MethodCheck& c, uint32_t tensor, uint32_t needed, const Where& where) {
  const uint32_t found = static_cast<uint32_t>(c.tensor(tensor).dtype());
  return found == needed ? FOVEA_OK : fail(c.error, FOVEA_BAD_VALUE, where, found, needed);
}

fovea_code verify_inputs(const MethodCheck& c, uint32_t i, const fovea_operator& op) {
  const auto* inputs = c.op(i).inputs();
  for (uint32_t slot = 0; slot < size_of(inputs); ++slot) {
    if (inputs->Get(slot) < 0) continue;
    const uint32_t tensor = static_cast<uint32_t>(inputs->Get(slot));
    const Where where = c.at_op(i).at(FOVEA_FIELD_INPUT, slot);
    const bool bytes = (op.byte_inputs >> slot & 1) != 0;
    FOVEA_TRY(verify_type(c, tensor, bytes ? kUInt8 : op.integer_inputs >> slot & 1u, where));
    FOVEA_TRY(verify_operand(c, i, tensor, true, where));
  }
  return FOVEA_OK;
}

// An output shares its memory with no input, except where the operator may work in place.
fovea_code verify_aliases(const MethodCheck& c, uint32_t i, const fovea_operator& op, uint32_t slot,
                          uint32_t tensor) {
  const auto* inputs = c.op(i).inputs();
  for (uint32_t s = 0; s < size_of(inputs); ++s) {
    if (inputs->Get(s) < 0) continue;
    const uint32_t input = static_cast<uint32_t>(inputs->Get(s));
    if (c.owner(input) != c.owner(tensor)) continue;
    if (input == tensor && slot == 0 && (op.in_place >> s & 1) != 0) continue;
    return fail(c.error, FOVEA_BAD_PLAN, c.at_op(i).at(FOVEA_FIELD_OUTPUT, slot), tensor, input);
  }
  return FOVEA_OK;
}

fovea_code verify_outputs(const MethodCheck& c, uint32_t i, const fovea_operator& op) {
  const auto* outputs = c.op(i).outputs();
  for (uint32_t slot = 0; slot < size_of(outputs); ++slot) {
    const uint32_t tensor = static_cast<uint32_t>(outputs->Get(slot));
    const Where where = c.at_op(i).at(FOVEA_FIELD_OUTPUT, slot);
    FOVEA_TRY(verify_type(c, tensor, op.integer_outputs >> slot & 1, where));
    FOVEA_TRY(verify_operand(c, i, tensor, false, where));
    FOVEA_TRY(verify_aliases(c, i, op, slot, tensor));
    for (uint32_t other = 0; other < slot; ++other) {
      if (c.owner(tensor) == c.owner(static_cast<uint32_t>(outputs->Get(other)))) {
        return fail(c.error, FOVEA_BAD_PLAN, where, tensor, tensor);
      }
    }
  }
  return FOVEA_OK;
}

fovea_code verify_operator(const MethodCheck& c, uint32_t i) {
  const schema::Operator* o = &c.op(i);
  const fovea_operator* op = find_operator(c.linked, c.model, *o);
  if (op == nullptr || o->attributes() == nullptr) {
    return fail(c.error, FOVEA_UNKNOWN_OPERATOR, c.at_op(i),
                static_cast<uint32_t>(o->attributes_type()),
                static_cast<uint32_t>(format_of(c.model, *o)));
  }
  FOVEA_TRY(verify_arity(c, i, *op));
  FOVEA_TRY(verify_indices(c, i, o->inputs(), op->inputs.least, c.tensors(), FOVEA_FIELD_INPUT));
  FOVEA_TRY(verify_indices(c, i, o->outputs(), UINT32_MAX, c.tensors(), FOVEA_FIELD_OUTPUT));
  FOVEA_TRY(verify_indices(c, i, o->weights(), op->weights.least, size_of(c.model.weights()),
                           FOVEA_FIELD_WEIGHT));
  FOVEA_TRY(verify_indices(c, i, o->states(), 2, size_of(c.model.states()), FOVEA_FIELD_STATE));
  FOVEA_TRY(verify_inputs(c, i, *op));
  return verify_outputs(c, i, *op);
}

// Bit i: dim i is in an extent of an operand, so that the operator's checks depend on it.
uint32_t dims_of(const MethodCheck& c, const flatbuffers::Vector<int32_t>* operands) {
  uint32_t mask = 0;
  for (uint32_t slot = 0; slot < size_of(operands); ++slot) {
    if (operands->Get(slot) < 0) continue;
    const auto* dims = c.tensor(static_cast<uint32_t>(operands->Get(slot))).dims();
    for (uint32_t e = 0; e < size_of(dims); ++e) {
      if (dims->Get(e) >= 0) mask |= 1u << dims->Get(e);
    }
  }
  return mask;
}

// An operator's own checks. An extent is a constant times powers of dims, so two extents that are
// equal with all dims 1, and with each dim at its maximum and the others 1, are made of the same: a
// derived dim counts as if it were set, whatever it is derived from, and so they are equal always.
// One that is a constant is that. Limits are reached with all dims at their maxima, derived ones,
// too, since these never fall where others rise. Dims that the operator does not see are left out.
class ShapeCheck {
 public:
  explicit ShapeCheck(const MethodCheck& c) : c_(c) {
    frame_.set_method(&c.model, c.index);
    frame_.features = &c.linked.features;
    for (uint32_t i = 0; i < kMaxDims; ++i) ones_[i] = maxima_[i] = 1;
    for (uint32_t i = 0; i < size_of(c.model.dims()); ++i) maxima_[i] = c.dim(i).max();
    const fovea_derived_dims* derived = c.linked.features.derived_dims;
    if (derived != nullptr) derived->set_constants(c.model, ones_);
    for (uint32_t i = 0; i < size_of(c.method.updates()); ++i) {
      update_dims_ |= 1u << c.method.updates()->Get(i)->dim();
    }
  }

  fovea_code check(uint32_t i) {
    frame_.op = &c_.op(i);
    frame_.op_index = i;
    op_ = find_operator(c_.linked, c_.model, *frame_.op);
    FOVEA_TRY(check_at(maxima_));
    uint32_t mask = dims_of(c_, frame_.op->inputs()) | dims_of(c_, frame_.op->outputs());
    if (size_of(frame_.op->states()) != 0) mask |= update_dims_;
    if (mask == 0) return FOVEA_OK;
    FOVEA_TRY(check_at(ones_));
    for (uint32_t d = 0; mask >> d != 0; ++d) {
      if ((mask >> d & 1) == 0) continue;
      const uint32_t least = ones_[d];
      ones_[d] = maxima_[d];
      FOVEA_TRY(check_at(ones_));
      ones_[d] = least;
    }
    return FOVEA_OK;
  }

 private:
  fovea_code check_at(const uint32_t* dims) {
    frame_.dims = dims;
    return op_->check(frame_, c_.error);
  }

  const MethodCheck& c_;
  Frame frame_;
  const fovea_operator* op_ = nullptr;
  uint32_t update_dims_ = 0;
  uint32_t maxima_[kMaxDims], ones_[kMaxDims];
};

}  // namespace

fovea_code verify_operators(const MethodCheck& c) {
  for (uint32_t i = 0; i < c.operators(); ++i) FOVEA_TRY(verify_operator(c, i));
  ShapeCheck shapes(c);
  for (uint32_t i = 0; i < c.operators(); ++i) FOVEA_TRY(shapes.check(i));
  return FOVEA_OK;
}

}  // namespace fovea
