// Several files that take the places of others together, or none does.

#include <unistd.h>

#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "tools/common/error.h"
#include "tools/common/file_roles.h"
#include "tools/common/output_file.h"

namespace fovea::tools {

// A file system without hard links has no backup; then this file stays replaced in any case.
void OutputFile::keep_backup() {
  if (!target_.replaced) return;
  const std::string name = temporary_ + ".old";
  if (link(target_.path.c_str(), name.c_str()) == 0) backup_ = name;
}

void OutputFile::roll_back() {
  if (!renamed_) return;
  if (!backup_.empty()) {
    if (std::rename(backup_.c_str(), target_.path.c_str()) == 0) backup_.clear();
  } else if (!target_.replaced) {
    unlink(target_.path.c_str());
  }
}

void OutputFile::drop_backup() {
  if (!backup_.empty()) unlink(backup_.c_str());
}

void commit_all(const std::vector<std::unique_ptr<OutputFile>>& files) {
  std::vector<OutputFile*> renamed;
  for (const auto& file : files) {
    if (!file->in_place()) {
      file->flush();
      renamed.push_back(file.get());
    }
  }
  for (const auto& file : files) {
    if (file->in_place()) file->copy_to_stream();
  }
  const SignalHold hold;
  try {
    for (OutputFile* file : renamed) {
      file->keep_backup();
      file->rename();
    }
  } catch (const InputError&) {
    for (OutputFile* file : renamed) file->roll_back();
    for (OutputFile* file : renamed) file->drop_backup();
    throw;
  }
  for (OutputFile* file : renamed) file->drop_backup();
}

}  // namespace fovea::tools
