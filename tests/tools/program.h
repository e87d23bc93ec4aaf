// Runs the built `fovea` as a user does.

#ifndef FOVEA_TESTS_TOOLS_PROGRAM_H_
#define FOVEA_TESTS_TOOLS_PROGRAM_H_

#include <filesystem>
#include <string>

namespace fovea::test {

// A folder that is gone after the test.
class Folder {
 public:
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::string file(const std::string& name) const { return (path_ / name).string(); }
  // How many files and folders are in it.
  size_t count() const;

 private:
  std::filesystem::path path_;
};

struct Outcome {
  int code = -1;
  std::string out, err;
};

// Runs a shell command line in which `fovea` stands for the program.
Outcome fovea(const std::string& arguments, const std::string& environment = "");

std::string read_text(const std::string& path);
void write_text(const std::string& path, const std::string& text);

// Whether the program said no as it should: this exit code, one line on standard error that
// contains `part`, nothing on standard output. Complains through doctest.
void check_refused(const Outcome& outcome, int code, const std::string& part);

}  // namespace fovea::test

#endif  // FOVEA_TESTS_TOOLS_PROGRAM_H_
