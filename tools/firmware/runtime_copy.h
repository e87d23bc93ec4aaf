// The runtime as a flat folder that compiles as it is: what `fovea firmware --sources` writes
// beside the models.

#ifndef FOVEA_TOOLS_FIRMWARE_RUNTIME_COPY_H_
#define FOVEA_TOOLS_FIRMWARE_RUNTIME_COPY_H_

#include <set>
#include <string>
#include <vector>

namespace fovea::tools {

struct TextFile {
  std::string name;
  std::string text;
};

// Every source file and header that firmware with these symbols (fovea_operator_linear,
// fovea_feature_caches) takes, and no other: operators, features, kernels and formats are those
// that somebody asks for. Any C++17 compiler takes each .cc file without flags or definitions.
std::vector<TextFile> runtime_copy(const std::set<std::string>& symbols);

// The names of all files that runtime_copy() may give.
std::vector<std::string> runtime_copy_names();

// A text whose includes of these sources name the files of the flat folder.
std::string flattened(const std::string& text);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_FIRMWARE_RUNTIME_COPY_H_
