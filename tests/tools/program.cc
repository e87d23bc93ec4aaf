#include "tests/tools/program.h"

#include <doctest/doctest.h>
#include <sys/wait.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>

namespace fovea::test {

Folder::Folder() {
  std::string name = (std::filesystem::temp_directory_path() / "fovea_cli_XXXXXX").string();
  REQUIRE(mkdtemp(name.data()) != nullptr);
  path_ = name;
}

Folder::~Folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

size_t Folder::count() const {
  const std::filesystem::recursive_directory_iterator files(path_);
  return static_cast<size_t>(std::distance(begin(files), end(files)));
}

std::string read_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void write_text(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

Outcome fovea(const std::string& arguments, const std::string& environment) {
  const Folder folder;
  const std::string command = "env -u FOVEA_ISA " + environment + " " FOVEA_RUN_PROGRAM " " +
                              arguments + " >" + folder.file("out") + " 2>" + folder.file("err") +
                              " </dev/null";
  const int status = std::system(command.c_str());
  Outcome outcome;
  outcome.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  outcome.out = read_text(folder.file("out"));
  outcome.err = read_text(folder.file("err"));
  return outcome;
}

void check_refused(const Outcome& outcome, int code, const std::string& part) {
  INFO("standard error: ", outcome.err);
  CHECK(outcome.code == code);
  CHECK(outcome.out.empty());
  CHECK(std::count(outcome.err.begin(), outcome.err.end(), '\n') == 1);
  CHECK(outcome.err.rfind("fovea: ", 0) == 0);
  CHECK(outcome.err.find(part) != std::string::npos);
}

}  // namespace fovea::test
