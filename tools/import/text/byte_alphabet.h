// The characters that byte-level tokenizers write bytes with.

#ifndef FOVEA_TOOLS_IMPORT_TEXT_BYTE_ALPHABET_H_
#define FOVEA_TOOLS_IMPORT_TEXT_BYTE_ALPHABET_H_

#include <cstdint>
#include <optional>
#include <string>

namespace fovea::tools {

// The character that stands for a byte, in UTF-8: itself where it is a printable one of Latin-1,
// the others from U+0100 on.
std::string byte_character(uint8_t byte);

// The bytes that a piece stands for; nothing where one of its characters stands for none.
std::optional<std::string> piece_bytes(const std::string& piece);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_IMPORT_TEXT_BYTE_ALPHABET_H_
