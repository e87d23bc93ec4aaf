// The sources of the runtime and of its kernels, which the program carries for `fovea firmware
// --sources`. embed.cmake writes what defines this function.

#ifndef FOVEA_TOOLS_FIRMWARE_EMBEDDED_H_
#define FOVEA_TOOLS_FIRMWARE_EMBEDDED_H_

#include <span>
#include <string_view>

namespace fovea::tools {

struct EmbeddedFile {
  std::string_view name;     // as others include it: "kernels/layout.h", "fovea/fovea.h"
  std::string_view defines;  // symbols of a source file of the runtime, separated by spaces
  std::string_view uses;     // symbols that it asks of others
  std::string_view text;
};

std::span<const EmbeddedFile> embedded_files();

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_FIRMWARE_EMBEDDED_H_
