// A folder of results that appear together.

#ifndef FOVEA_TOOLS_COMMON_OUTPUT_FOLDER_H_
#define FOVEA_TOOLS_COMMON_OUTPUT_FOLDER_H_

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "tools/common/output_file.h"

namespace fovea::tools {

class OutputFolder {
 public:
  // Makes the folder where it is not there. Throws InputError where that fails.
  explicit OutputFolder(const std::string& path);
  // Without commit(), folders that were made are removed again.
  ~OutputFolder();
  OutputFolder(const OutputFolder&) = delete;
  OutputFolder& operator=(const OutputFolder&) = delete;

  // A file in it or, made as needed, in a folder of it, to be written to. Throws InputError where
  // it could not be put there.
  OutputFile& add(const std::string& name);
  std::string path_of(const std::string& name) const { return (path_ / name).string(); }
  // All files appear, or none does.
  void commit();

 private:
  void make(const std::filesystem::path& folder);

  std::filesystem::path path_;
  std::vector<std::filesystem::path> made_;  // the outermost first
  std::vector<std::unique_ptr<OutputFile>> files_;
};

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_COMMON_OUTPUT_FOLDER_H_
