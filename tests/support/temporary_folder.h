// A folder that is gone after the test.

#ifndef FOVEA_TESTS_SUPPORT_TEMPORARY_FOLDER_H_
#define FOVEA_TESTS_SUPPORT_TEMPORARY_FOLDER_H_

#include <string>

namespace fovea::test {

class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::string& path() const { return path_; }
  std::string file(const std::string& name) const { return path_ + "/" + name; }
  // How many files and folders are in it, at any depth.
  size_t count() const;

 private:
  std::string path_;
};

// A whole file as bytes, and back.
std::string read_bytes(const std::string& path);
void write_bytes(const std::string& path, const std::string& bytes);

}  // namespace fovea::test

#endif  // FOVEA_TESTS_SUPPORT_TEMPORARY_FOLDER_H_
