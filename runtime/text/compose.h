// Canonical order and canonical composition.

#ifndef FOVEA_RUNTIME_TEXT_COMPOSE_H_
#define FOVEA_RUNTIME_TEXT_COMPOSE_H_

#include "runtime/schema.h"
#include "runtime/text/utf8.h"

namespace fovea {

// Writes a decomposed text with its marks in the order of their classes, and what composes
// composed. False where it does not fit: kComposeRoom bytes more than the text has do.
bool compose(const schema::Normalization& table, Text text, TextOutput* out);

inline constexpr size_t kComposeRoom = 4;

}  // namespace fovea

#endif  // FOVEA_RUNTIME_TEXT_COMPOSE_H_
