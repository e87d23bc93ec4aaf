#include "tools/common/output_file.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <memory>
#include <vector>

#include "tests/support/temporary_folder.h"
#include "tests/tools/refused.h"

namespace fovea::test {
namespace {

void put(tools::OutputFile& file, const std::string& text) {
  file.write(std::span(reinterpret_cast<const uint8_t*>(text.data()), text.size()));
}

}  // namespace

TEST_CASE("a file that is not committed leaves no trace") {
  const TemporaryFolder folder;
  write_bytes(folder.file("a"), "old");
  {
    tools::OutputFile file(folder.file("a"));
    put(file, "new");
    CHECK(folder.count() == 2);
  }
  CHECK(read_bytes(folder.file("a")) == "old");
  CHECK(folder.count() == 1);
}

TEST_CASE("when the last of several files cannot appear, none does") {
  const TemporaryFolder folder;
  write_bytes(folder.file("a"), "old");
  std::vector<std::unique_ptr<tools::OutputFile>> files;
  for (const char* name : {"a", "b", "c"}) {
    files.push_back(std::make_unique<tools::OutputFile>(folder.file(name)));
    put(*files.back(), name);
  }
  std::filesystem::create_directories(folder.file("c/in the way"));
  check_refusal([&] { commit_all(files); }, "c: cannot be written");
  files.clear();
  CHECK(read_bytes(folder.file("a")) == "old");
  CHECK(!std::filesystem::exists(folder.file("b")));
  CHECK(folder.count() == 3);  // a, c and what is in c
}

TEST_CASE("several files appear together") {
  const TemporaryFolder folder;
  write_bytes(folder.file("a"), "old");
  std::vector<std::unique_ptr<tools::OutputFile>> files;
  for (const char* name : {"a", "b"}) {
    files.push_back(std::make_unique<tools::OutputFile>(folder.file(name)));
    put(*files.back(), name);
  }
  commit_all(files);
  files.clear();
  CHECK(read_bytes(folder.file("a")) == "a");
  CHECK(read_bytes(folder.file("b")) == "b");
  CHECK(folder.count() == 2);
}

}  // namespace fovea::test
