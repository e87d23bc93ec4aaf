#include "runtime/operator.h"

namespace fovea {

const fovea_operator* find_operator(const fovea_operators& operators, schema::Attributes kind) {
  // Where all are linked in they stand in the order of their kinds.
  const uint32_t first = static_cast<uint32_t>(kind) - 1;
  if (first < operators.count && operators.items[first]->kind == kind)
    return operators.items[first];
  for (uint32_t i = 0; i < operators.count; ++i) {
    if (operators.items[i]->kind == kind) return operators.items[i];
  }
  return nullptr;
}

}  // namespace fovea
