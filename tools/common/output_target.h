// Where an output's bytes end up.

#ifndef FOVEA_TOOLS_COMMON_OUTPUT_TARGET_H_
#define FOVEA_TOOLS_COMMON_OUTPUT_TARGET_H_

#include <sys/stat.h>

#include <optional>
#include <string>

namespace fovea::tools {

struct OutputTarget {
  std::string name;  // for messages
  std::string path;  // links followed; of no meaning where `stream` is open
  // A device, a pipe or standard output, open for writing; else -1 and `path` is replaced.
  int stream = -1;
  std::optional<struct stat> replaced;  // the regular file that is there
};

// "-" is standard output. A link leads to its target, which need not exist. Throws InputError for
// a folder, a file that may not be written, one that is an input, too, and a pipe that nobody
// opens for reading within a few seconds.
OutputTarget find_target(const std::string& path);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_COMMON_OUTPUT_TARGET_H_
