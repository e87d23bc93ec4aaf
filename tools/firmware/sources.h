// The files that `fovea firmware` writes, as text. The same model file and name give the same
// bytes everywhere: no dates, no folders.

#ifndef FOVEA_TOOLS_FIRMWARE_SOURCES_H_
#define FOVEA_TOOLS_FIRMWARE_SOURCES_H_

#include <cstdint>
#include <set>
#include <span>
#include <string>

#include "tools/session/session.h"

namespace fovea::tools {

// How NAME_open() checks the header: all of it, or by the checksum of what this program checked.
enum class Opening { kChecked, kTrusted };

// NAME.h: sizes, indices and names of the model, NAME_open().
std::string firmware_header(const ModelFile& file, const std::string& name, Opening opening);

inline constexpr const char* kOperatorsTitle =
    "/* What the model needs. Made by `fovea firmware`; not to be edited. */";

// Of those the symbols: fovea_operator_linear, fovea_feature_caches.
std::set<std::string> firmware_symbols(const ModelFile& file);

// NAME_operators.c, whose first line is kOperatorsTitle: the operators and features that the model
// uses and no other, so that a linker takes the code of these only.
std::string firmware_operators(const ModelFile& file, const std::string& name, Opening opening);

// NAME_model.c: the file's bytes as an array of 64-bit words, which a compiler reads eight times
// as fast as one of bytes. `header` declares it.
std::string firmware_array(std::span<const uint8_t> bytes, const std::string& name,
                           const std::string& header);

// NAME_model.S: the same symbol by the assembler's .incbin of NAME_model.bin.
std::string firmware_assembly(uint64_t size, const std::string& name);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_FIRMWARE_SOURCES_H_
