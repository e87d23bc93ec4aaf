#include "tests/examples/keyword/converted.h"

#include <doctest/doctest.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "tools/commands/commands.h"

namespace keyword::test {

namespace {

// What examples/keyword/README.md says to do: the checkpoint and the front end in one folder.
void copy_checkpoint(const std::filesystem::path& to) {
  std::filesystem::create_directory(to);
  for (const char* name : {"config.json", "kwt1.safetensors"}) {
    std::filesystem::copy(std::filesystem::path("../shared/data/kwt1") / name, to / name);
  }
  const char* front = "preprocessor_config.json";
  std::filesystem::copy(std::filesystem::path("examples/keyword") / front, to / front);
}

}  // namespace

Converted::Converted(const std::string& format, const std::string& options) {
  std::string name = (std::filesystem::temp_directory_path() / "fovea_keyword_XXXXXX").string();
  REQUIRE(mkdtemp(name.data()) != nullptr);
  folder_ = name;
  path_ = (folder_ / "kwt1.fovea").string();
  CLI::App app;
  fovea::tools::add_convert(app);
  copy_checkpoint(checkpoint());
  app.parse("convert " + checkpoint() + " --weights " + format + " " + options + " -o " + path_);
}

Converted::~Converted() {
  std::filesystem::remove_all(folder_);
}

std::string Converted::bytes() const {
  std::ifstream file(path_, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string Converted::put(const char* name, const std::string& bytes) const {
  const std::string path = (folder_ / name).string();
  std::ofstream(path, std::ios::binary) << bytes;
  return path;
}

}  // namespace keyword::test
