// Which of the embedded files firmware takes.

#ifndef FOVEA_TOOLS_FIRMWARE_NEEDED_FILES_H_
#define FOVEA_TOOLS_FIRMWARE_NEEDED_FILES_H_

#include <map>
#include <set>
#include <string>
#include <string_view>

#include "tools/firmware/embedded.h"

namespace fovea::tools {

struct NeededFiles {
  std::map<std::string_view, const EmbeddedFile*> files;  // by name
  std::set<std::string_view> operators;                   // of operators.inc: "rms_norm"
};

// The functions of fovea.h, the files that define `symbols`, and all that these ask for.
// fovea_open() is not among them: it takes every operator.
NeededFiles needed_files(const std::set<std::string>& symbols);

// The file that a line includes in quotes; empty for other lines.
std::string_view included_file(std::string_view line);

// Calls visit(part) for every part that is not empty.
template <class Visit>
void for_each_part(std::string_view text, char separator, Visit visit) {
  while (!text.empty()) {
    const size_t end = text.find(separator);
    if (end != 0) visit(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
}

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_FIRMWARE_NEEDED_FILES_H_
