// Linked only into programs that ask for the names of operands.

#include "runtime/definition.h"

namespace fovea {

const Signature& signature_of(schema::Attributes kind) {
  switch (kind) {
#define FOVEA_OPERATOR(Kind, name) \
  case schema::Attributes::Kind:   \
    return signature_##name;
#include "runtime/operators.inc"
#undef FOVEA_OPERATOR
    default:  // none, or one that is not in this firmware's list
      break;
  }
  static constexpr Signature kNone = {};
  return kNone;
}

const char* operand_name(schema::Attributes kind, uint32_t field, uint32_t slot) {
  const Signature& signature = signature_of(kind);
  const Operands* operands = nullptr;
  if (field == FOVEA_FIELD_INPUT) operands = &signature.inputs;
  if (field == FOVEA_FIELD_OUTPUT) operands = &signature.outputs;
  if (field == FOVEA_FIELD_WEIGHT) operands = &signature.weights;
  if (field == FOVEA_FIELD_STATE) operands = &signature.states;
  return operands != nullptr && slot < operands->size() ? (*operands)[slot].name : "";
}

}  // namespace fovea
