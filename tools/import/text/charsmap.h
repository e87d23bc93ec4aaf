// What SentencePiece has compiled its rules of normalisation to.

#ifndef FOVEA_TOOLS_IMPORT_TEXT_CHARSMAP_H_
#define FOVEA_TOOLS_IMPORT_TEXT_CHARSMAP_H_

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>

#include "runtime/schema.h"

namespace fovea::tools {

using Charsmap = std::map<std::string, std::string>;

// A precompiled_charsmap: the bytes of a trie, then what its texts become. Throws InputError,
// beginning with `where`, for one that is damaged.
Charsmap read_charsmap(std::span<const uint8_t> bytes, const std::string& where);

// Replaces the longest key that a text goes on with, as SentencePiece does. Throws InputError for
// keys or values that are too long.
std::unique_ptr<schema::NormalizationT> replace_longest(const Charsmap& map,
                                                        const std::string& where);

// Replaces clusters of characters as Precompiled of the `tokenizers` library does.
std::unique_ptr<schema::NormalizationT> replace_clusters(const Charsmap& map,
                                                         const std::string& where);

// Bytes that a text of base64 stands for. Throws InputError, beginning with `where`.
std::string base64_bytes(const std::string& text, const std::string& where);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_IMPORT_TEXT_CHARSMAP_H_
