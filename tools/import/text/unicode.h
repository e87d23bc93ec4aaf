// What characters become, as tables for the runtime.

#ifndef FOVEA_TOOLS_IMPORT_TEXT_UNICODE_H_
#define FOVEA_TOOLS_IMPORT_TEXT_UNICODE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "runtime/schema.h"

namespace fovea::tools {

std::string utf8_of(uint32_t point);

// A code point's full decomposition, canonical or compatible.
std::u32string decomposed(uint32_t point, bool compatible);
// Lower case without regard to what stands around.
std::u32string lower_case(uint32_t point);
bool is_nonspacing_mark(uint32_t point);
bool is_any_mark(uint32_t point);

using Mapping = std::function<std::u32string(uint32_t point)>;

// Replaces each code point by what `mapping` says. `hangul`: syllables by their jamo, which it is
// not asked for.
std::unique_ptr<schema::NormalizationT> replacement(const Mapping& mapping, bool hangul);

// Marks in canonical order, of those code points that `stays` takes; with `composes`, composition.
std::unique_ptr<schema::NormalizationT> canonical_order(bool composes,
                                                        const std::function<bool(uint32_t)>& stays);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_IMPORT_TEXT_UNICODE_H_
