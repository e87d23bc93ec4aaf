// The files that `fovea firmware --sources` writes as one source file and one header.

#ifndef FOVEA_TOOLS_FIRMWARE_AMALGAMATION_H_
#define FOVEA_TOOLS_FIRMWARE_AMALGAMATION_H_

#include <string>
#include <vector>

#include "tools/firmware/runtime_copy.h"

namespace fovea::tools {

// fovea.cc and fovea.h of all sources and headers in `files`; `models` are the models' headers,
// which fovea.h then holds. What is neither stays as it is.
std::vector<TextFile> amalgamation(const std::vector<TextFile>& files,
                                   const std::vector<TextFile>& models);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_FIRMWARE_AMALGAMATION_H_
