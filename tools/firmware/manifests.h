// What build systems and people find beside the sources that `fovea firmware --sources` writes.

#ifndef FOVEA_TOOLS_FIRMWARE_MANIFESTS_H_
#define FOVEA_TOOLS_FIRMWARE_MANIFESTS_H_

#include <string>
#include <vector>

#include "tools/firmware/runtime_copy.h"

namespace fovea::tools {

// For PlatformIO, Arduino, ESP-IDF, Zephyr, CMake and make. `sources`: the .cc files of the folder.
std::vector<TextFile> manifests(const std::vector<std::string>& sources);

// A program for each of them that opens every model and checks its fingerprint. `headers` declare
// the models.
std::vector<TextFile> examples(const std::vector<std::string>& models,
                               const std::vector<std::string>& headers);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_FIRMWARE_MANIFESTS_H_
