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
    case schema::Attributes::NONE:
      break;
  }
  static constexpr Signature kNone = {};
  return kNone;
}

}  // namespace fovea
