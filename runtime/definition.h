// How an operator's file says what the operator is: one Definition, of which every part of the
// runtime, the tools and the tests reads what it needs. README.md walks through adding one.

#ifndef FOVEA_RUNTIME_DEFINITION_H_
#define FOVEA_RUNTIME_DEFINITION_H_

#include <initializer_list>

#include "runtime/operator.h"

namespace fovea {

// What an operand is, any of these together.
enum : uint8_t {
  kF32 = 0,
  kI32 = 1,
  kOptional = 2,  // all from here on may be absent
  kInPlace = 4,   // output 0 may be the same tensor as this input
  kU8 = 8,        // an input of the method
};

// What the values of an operand mean, where that is not only the operator's own concern.
enum class Role : uint8_t {
  kData,
  kIds,     // numbers of rows of the first weight
  kBoxes,   // places and sizes in the four weights: (left, top, right, bottom)
  kStored,  // slots, some of which nobody wrote: keys and values, states that the operator writes
};

struct Operand {
  const char* name = "";
  uint8_t is = kF32;
  Role role = Role::kData;
};

class Operands {
 public:
  constexpr Operands() = default;
  constexpr Operands(std::initializer_list<Operand> list) {
    for (const Operand& operand : list) items_[size_++] = operand;
  }
  constexpr uint32_t size() const { return size_; }
  constexpr const Operand& operator[](uint32_t i) const { return items_[i]; }
  constexpr const Operand* begin() const { return items_; }
  constexpr const Operand* end() const { return items_ + size_; }

 private:
  Operand items_[12];
  uint32_t size_ = 0;
};

// What an operator takes and makes, by name.
struct Signature {
  Operands inputs, outputs, weights, states;
};

// Work of the frame's operator; runtime/work.h counts it.
using Cost = fovea_cost(const Frame& frame);

struct Definition : Signature {
  decltype(fovea_operator::check) check = nullptr;
  decltype(fovea_operator::scratch) scratch = nullptr;  // none
  decltype(fovea_operator::shared) shared = nullptr;    // none
  decltype(fovea_operator::prepare) prepare = nullptr;  // one task
  decltype(fovea_operator::run) run = nullptr;
  Cost* cost = nullptr;  // one multiply-add for each element made
};

constexpr Arity arity_of(const Operands& operands) {
  uint8_t least = 0;
  for (const Operand& operand : operands) least += (operand.is & kOptional) == 0 ? 1 : 0;
  return {least, static_cast<uint8_t>(operands.size())};
}

// Bit i: operand i is all of `bits`.
constexpr uint8_t those(const Operands& operands, uint8_t bits) {
  uint8_t mask = 0;
  for (uint32_t i = 0; i < operands.size(); ++i) {
    if ((operands[i].is & bits) == bits) mask = static_cast<uint8_t>(mask | 1u << i);
  }
  return mask;
}

// Bit i: operand i has this role.
constexpr uint8_t those(const Operands& operands, Role role) {
  uint8_t mask = 0;
  for (uint32_t i = 0; i < operands.size(); ++i) {
    if (operands[i].role == role) mask = static_cast<uint8_t>(mask | 1u << i);
  }
  return mask;
}

// What a run and the checks of a file need of it: the rest takes no room in firmware.
constexpr fovea_operator operator_of(schema::Attributes kind, const char* name,
                                     const Definition& d) {
  fovea_operator op = {};
  op.kind = kind;
  op.name = name;
  op.inputs = arity_of(d.inputs);
  op.outputs = arity_of(d.outputs);
  op.weights = arity_of(d.weights);
  op.states = arity_of(d.states);
  op.integer_inputs = those(d.inputs, kI32);
  op.byte_inputs = those(d.inputs, kU8);
  op.integer_outputs = those(d.outputs, kI32);
  op.in_place = those(d.inputs, kInPlace);
  op.ids = those(d.inputs, Role::kIds);
  op.boxes = those(d.inputs, Role::kBoxes);
  op.stored_inputs = those(d.inputs, Role::kStored);
  op.stores = those(d.outputs, Role::kStored) != 0;
  op.fills_states = those(d.states, Role::kStored) != 0;
  op.check = d.check;
  op.scratch = d.scratch;
  op.shared = d.shared;
  op.prepare = d.prepare;
  op.run = d.run;
  return op;
}

#define FOVEA_OPERATOR(Kind, name)         \
  extern const Signature signature_##name; \
  extern Cost* const cost_##name;
#include "runtime/operators.inc"
#undef FOVEA_OPERATOR

// Empty for no operator.
const Signature& signature_of(schema::Attributes kind);

// What an operator calls the operand of an error's field and slot; "" where it has none there.
const char* operand_name(schema::Attributes kind, uint32_t field, uint32_t slot);

// At the end of an operator's file. Objects of their own, for a linker keeps those that are asked
// for: the name is no literal, which would lie with those of the operands.
#define FOVEA_DEFINE_OPERATOR(Kind, name, definition)                                             \
  namespace fovea {                                                                               \
  constexpr char name_##name[] = #Kind;                                                           \
  constexpr Signature signature_##name = definition;                                              \
  constexpr Cost* const cost_##name = definition.cost;                                            \
  }                                                                                               \
  extern "C" constexpr fovea_operator fovea_operator_##name =                                     \
      fovea::operator_of(fovea::schema::Attributes::Kind, fovea::name_##name, fovea::definition); \
  FOVEA_TRUSTED_OPERATOR(name, fovea_operator_##name)

}  // namespace fovea

#endif  // FOVEA_RUNTIME_DEFINITION_H_
