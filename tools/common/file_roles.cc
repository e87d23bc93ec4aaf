#include "tools/common/file_roles.h"

#include <map>
#include <utility>

#include "tools/common/error.h"

namespace fovea::tools {
namespace {

using Files = std::map<std::pair<dev_t, ino_t>, std::string>;  // with the names they were given

bool remembering = false;

Files& inputs() {
  static Files files;
  return files;
}

Files& outputs() {
  static Files files;
  return files;
}

}  // namespace

void remember_files() {
  remembering = true;
}

void note_input(const struct stat& status, const std::string& path) {
  if (!remembering) return;
  const auto written = outputs().find({status.st_dev, status.st_ino});
  if (written != outputs().end()) {
    fail("{}: is the output {}, too: write to another file", path, written->second);
  }
  inputs().try_emplace({status.st_dev, status.st_ino}, path);
}

void note_output(const struct stat& status, const std::string& path) {
  if (!remembering) return;
  const auto read = inputs().find({status.st_dev, status.st_ino});
  if (read != inputs().end()) {
    fail("{}: is the input {}, too: write to another file", path, read->second);
  }
  const auto [other, added] = outputs().try_emplace({status.st_dev, status.st_ino}, path);
  if (!added) fail("{}: is the same file as the output {}", path, other->second);
}

void forget_output(const struct stat& status) {
  outputs().erase({status.st_dev, status.st_ino});
}

}  // namespace fovea::tools
