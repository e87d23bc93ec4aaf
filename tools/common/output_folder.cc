#include "tools/common/output_folder.h"

#include <algorithm>
#include <system_error>

#include "tools/common/error.h"

namespace fovea::tools {

namespace fs = std::filesystem;

OutputFolder::OutputFolder(const std::string& path) : path_(path) {
  if (path == "-") fail("-: is standard output, a folder is needed here");
  std::error_code error;
  for (fs::path at = path_; !at.empty() && !fs::exists(at, error); at = at.parent_path()) {
    if (!at.filename().empty()) made_.insert(made_.begin(), at);
  }
  fs::create_directories(path_, error);
  if (error) fail("{}: cannot be made a folder: {}", path, error.message());
}

OutputFolder::~OutputFolder() {
  files_.clear();
  std::error_code ignored;
  std::for_each(made_.rbegin(), made_.rend(), [&](const fs::path& at) { fs::remove(at, ignored); });
}

OutputFile& OutputFolder::add(const std::string& name) {
  files_.push_back(std::make_unique<OutputFile>(path_of(name)));
  return *files_.back();
}

void OutputFolder::commit() {
  commit_all(files_);
  made_.clear();
}

}  // namespace fovea::tools
