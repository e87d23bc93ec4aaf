// What a tokenizer may have at most, in a checkpoint and in a model file.

#ifndef FOVEA_TOOLS_IMPORT_TEXT_LIMITS_H_
#define FOVEA_TOOLS_IMPORT_TEXT_LIMITS_H_

#include <cstddef>

namespace fovea::tools {

inline constexpr size_t kMostPieces = size_t{1} << 22;

// Bytes, as schema/model.fbs says: of a text that a rule of normalisation replaces, or that it
// becomes, and of an added token.
inline constexpr size_t kLongestEntry = 64, kLongestText = 256;

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_IMPORT_TEXT_LIMITS_H_
