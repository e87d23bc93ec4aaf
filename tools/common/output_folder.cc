#include "tools/common/output_folder.h"

#include <algorithm>
#include <system_error>

#include "tools/common/error.h"

namespace fovea::tools {

namespace fs = std::filesystem;

OutputFolder::OutputFolder(const std::string& path) : path_(path) {
  if (path == "-") fail("-: is standard output, a folder is needed here");
  make(path_);
}

void OutputFolder::make(const fs::path& folder) {
  std::error_code error;
  const auto outer = static_cast<std::ptrdiff_t>(made_.size());
  for (fs::path at = folder; !at.empty() && !fs::exists(at, error); at = at.parent_path()) {
    if (!at.filename().empty()) made_.insert(made_.begin() + outer, at);
  }
  fs::create_directories(folder, error);
  if (error) fail("{}: cannot be made a folder: {}", folder.string(), error.message());
}

OutputFolder::~OutputFolder() {
  files_.clear();
  std::error_code ignored;
  std::for_each(made_.rbegin(), made_.rend(), [&](const fs::path& at) { fs::remove(at, ignored); });
}

OutputFile& OutputFolder::add(const std::string& name) {
  const fs::path path = path_ / name;
  if (path.parent_path() != path_) make(path.parent_path());
  files_.push_back(std::make_unique<OutputFile>(path.string()));
  return *files_.back();
}

void OutputFolder::commit() {
  commit_all(files_);
  made_.clear();
}

}  // namespace fovea::tools
