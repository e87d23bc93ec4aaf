#include "runtime/features.h"
#include "runtime/operators/sequences.h"
#include "runtime/verify_method.h"

namespace fovea {
namespace {

// One extent of a tensor, which is a constant times a dim. A dim of at most 1 is no dim.
struct Extent {
  uint32_t constant = 1;
  int32_t dim = -1;
  bool operator==(const Extent& o) const { return constant == o.constant && dim == o.dim; }
};

Extent extent_of(const MethodCheck& c, const schema::Tensor& t, uint32_t i) {
  const int32_t dim = t.dims() == nullptr ? -1 : t.dims()->Get(i);
  const bool varies = dim >= 0 && c.dim(static_cast<uint32_t>(dim)).max() > 1;
  return {t.extents()->Get(i), varies ? dim : -1};
}

// Sequences and tokens of an operand [tokens, width] or [batch, tokens, width].
struct Rows {
  Extent batch, tokens;
  bool packed;
};

Rows rows_of(const MethodCheck& c, const schema::Operator& op) {
  const schema::Tensor& t = c.tensor(static_cast<uint32_t>(op.inputs()->Get(0)));
  const uint32_t rank = t.extents()->size();
  const Extent tokens = extent_of(c, t, rank - 2);
  if (is_packed(c.method, t)) {
    const schema::Tensor& lengths = c.tensor(static_cast<uint32_t>(c.method.lengths()));
    return {extent_of(c, lengths, 0), tokens, true};
  }
  return {rank == 3 ? extent_of(c, t, 0) : Extent(), tokens, false};
}

int32_t input_at(const schema::Operator& op, uint32_t slot) {
  const int32_t value = slot < size_of(op.inputs()) ? op.inputs()->Get(slot) : -1;
  return value < 0 ? -1 : value;
}

// The first operand of a mask.
uint32_t first_of(uint32_t mask) {
  return static_cast<uint32_t>(__builtin_ctz(mask));
}

// Whether a tensor is what an operator stores: it has slots that stay as they were.
bool is_stored(const MethodCheck& c, uint32_t tensor) {
  return !c.is_input(tensor) && c.definition(c.tensor(tensor).first()).stores;
}

fovea_code unstored(const MethodCheck& c, uint32_t i, fovea_field field, uint32_t slot) {
  return fail(c.error, FOVEA_NOT_STORED, c.at_op(i).at(field, slot));
}

// What an operator writes is no input of its method, and stored keys and values are written by
// the operator alone that stores them.
fovea_code verify_writes(const MethodCheck& c, uint32_t i) {
  const auto* outputs = c.op(i).outputs();
  for (uint32_t slot = 0; slot < size_of(outputs); ++slot) {
    const uint32_t t = static_cast<uint32_t>(outputs->Get(slot)), owner = c.owner(t);
    if (c.is_input(owner) || (is_stored(c, owner) && c.tensor(owner).first() != i)) {
      return fail(c.error, FOVEA_BAD_PLAN, c.at_op(i).at(FOVEA_FIELD_OUTPUT, slot), t, owner);
    }
  }
  return FOVEA_OK;
}

// Stored keys and values are read only by what knows the slots in use.
fovea_code verify_reads(const MethodCheck& c, uint32_t i) {
  const uint32_t attends = c.definition(i).stored_inputs;
  for (uint32_t slot = 0; slot < size_of(c.op(i).inputs()); ++slot) {
    const int32_t t = input_at(c.op(i), slot);
    if (t < 0 || (attends >> slot & 1) != 0) continue;
    if (is_stored(c, c.owner(static_cast<uint32_t>(t)))) {
      return unstored(c, i, FOVEA_FIELD_INPUT, slot);
    }
  }
  return FOVEA_OK;
}

// What attention takes for stored was stored: of these sequences, and as many tokens of each.
fovea_code verify_same(const MethodCheck& c, uint32_t i, uint32_t store) {
  Rows query = rows_of(c, c.op(i));
  const Rows keys = rows_of(c, c.op(store));
  const schema::Attention* attention = c.op(i).attributes_as_Attention();
  if (attention != nullptr && attention->key_tokens() > 0) {
    query.tokens = {attention->key_tokens(), -1};
  }
  if (query.batch == keys.batch && query.tokens == keys.tokens && query.packed == keys.packed) {
    return FOVEA_OK;
  }
  return unstored(c, i, FOVEA_FIELD_INPUT, 0);
}

// Shapes have told keys, which have an extent more, from values, which are the next input.
fovea_code verify_tensor_attention(const MethodCheck& c, uint32_t i) {
  const uint32_t slot = first_of(c.definition(i).stored_inputs);
  const uint32_t keys = static_cast<uint32_t>(input_at(c.op(i), slot));
  const uint32_t store = c.tensor(keys).first();
  if (!is_stored(c, keys) || c.op(store).outputs()->Get(1) != input_at(c.op(i), slot + 1)) {
    return unstored(c, i, FOVEA_FIELD_INPUT, slot);
  }
  return verify_same(c, i, store);
}

}  // namespace

fovea_code verify_stored(const MethodCheck& c) {
  for (uint32_t i = 0; i < c.operators(); ++i) {
    FOVEA_TRY(verify_writes(c, i));
    FOVEA_TRY(verify_reads(c, i));
    if (c.definition(i).stored_inputs == 0) continue;
    const bool states = size_of(c.op(i).states()) != 0;
    FOVEA_TRY(states ? c.linked.features.caches->verify_attention(c, i)
                     : verify_tensor_attention(c, i));
  }
  for (uint32_t i = 0; i < size_of(c.method.outputs()); ++i) {
    if (is_stored(c, c.method.outputs()->Get(i))) {
      return fail(c.error, FOVEA_NOT_STORED,
                  {FOVEA_TABLE_METHOD, c.index, 0, FOVEA_FIELD_OUTPUT, i});
    }
  }
  return size_of(c.method.updates()) != 0 ? c.linked.features.caches->verify_stored(c) : FOVEA_OK;
}

// The rest is linked only with models that have caches.

namespace {

// State `slot` that an operator stores to; -1 where it stores to none.
int32_t target_of(const MethodCheck& c, uint32_t i, uint32_t slot) {
  const auto* states = c.op(i).states();
  return slot < size_of(states) && c.definition(i).fills_states ? states->Get(slot) : -1;
}

}  // namespace

// Attention over states that this method stores to sees what the run stores, so that must be done
// before. Where the method does not update the cache, the slots in use are those of finished runs.
fovea_code verify_state_attention(const MethodCheck& c, uint32_t i) {
  const auto* states = c.op(i).states();
  const uint32_t cache = c.model.states()->Get(static_cast<uint32_t>(states->Get(0)))->cache();
  if (update_of(c.method, cache) == nullptr) return FOVEA_OK;
  for (uint32_t before = i; before-- > 0;) {
    FOVEA_TRY(c.spend(1));
    if (target_of(c, before, 0) == states->Get(0) && target_of(c, before, 1) == states->Get(1)) {
      return verify_same(c, i, before);
    }
  }
  return unstored(c, i, FOVEA_FIELD_STATE, 0);
}

namespace {

bool stores_to(const MethodCheck& c, uint32_t i, uint32_t state) {
  const int32_t wanted = static_cast<int32_t>(state);
  return target_of(c, i, 0) == wanted || target_of(c, i, 1) == wanted;
}

// An update makes slots count in every state of its cache, of as many sequences as the first store
// to the cache has: so all stores to it have that batch,
fovea_code verify_batch(const MethodCheck& c, uint32_t cache) {
  const schema::Operator* first = nullptr;
  FOVEA_TRY(c.spend(c.operators()));
  for (uint32_t i = 0; i < c.operators(); ++i) {
    const schema::Operator& op = c.op(i);
    const int32_t state = target_of(c, i, 0);
    if (state < 0) continue;
    if (c.model.states()->Get(static_cast<uint32_t>(state))->cache() != cache) continue;
    if (first == nullptr) first = &op;
    if (!(rows_of(c, *first).batch == rows_of(c, op).batch)) {
      return unstored(c, i, FOVEA_FIELD_INPUT, 0);
    }
  }
  return FOVEA_OK;
}

// and every state has a store. Operators are usually in the order of their states: each search goes
// on where the last one ended.
fovea_code verify_update(const MethodCheck& c, uint32_t cache) {
  FOVEA_TRY(verify_batch(c, cache));
  uint32_t at = 0;
  for (uint32_t s = 0; s < size_of(c.model.states()); ++s) {
    FOVEA_TRY(c.spend(1));
    if (c.model.states()->Get(s)->cache() != cache) continue;
    for (uint32_t looked = 0; !stores_to(c, at, s); at = (at + 1) % c.operators()) {
      FOVEA_TRY(c.spend(1));
      if (++looked > c.operators()) {
        return fail(c.error, FOVEA_NOT_STORED, {FOVEA_TABLE_STATE, s, c.index, FOVEA_FIELD_STATE});
      }
    }
  }
  return FOVEA_OK;
}

}  // namespace

fovea_code verify_updated(const MethodCheck& c) {
  for (uint32_t i = 0; i < size_of(c.method.updates()); ++i) {
    FOVEA_TRY(verify_update(c, c.method.updates()->Get(i)->cache()));
  }
  return FOVEA_OK;
}

}  // namespace fovea
