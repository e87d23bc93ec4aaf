// Small folders (tests/families/make.py) of which a file says something else.

#ifndef FOVEA_TESTS_TOOLS_FAMILIES_CHANGED_FOLDER_H_
#define FOVEA_TESTS_TOOLS_FAMILIES_CHANGED_FOLDER_H_

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "tests/support/temporary_folder.h"
#include "tests/tools/refused.h"
#include "tools/commands/convert.h"

namespace fovea::test {

namespace fs = std::filesystem;

inline std::string text_of(const fs::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// A copy of a folder in a file of which `from` became `to`.
struct ChangedFolder : TemporaryFolder {
  ChangedFolder(const char* name, const char* file, const std::string& from,
                const std::string& to) {
    fs::copy(fs::path(FOVEA_FAMILIES) / name, path(),
             fs::copy_options::recursive | fs::copy_options::overwrite_existing);
    const fs::path changed = fs::path(path()) / file;
    std::string text = text_of(changed);
    REQUIRE(text.find(from) != std::string::npos);
    text.replace(text.find(from), from.size(), to);
    std::ofstream(changed) << text;
  }
};

template <typename... Parts>
void refuse(const char* name, const char* file, const std::string& from, const std::string& to,
            const Parts&... parts) {
  CAPTURE(to);
  const ChangedFolder folder(name, file, from, to);
  const TemporaryFolder out;
  check_refusal([&] { tools::convert({folder.path(), out.file("m.fovea"), {}, {}}); }, parts...);
}

}  // namespace fovea::test

#endif  // FOVEA_TESTS_TOOLS_FAMILIES_CHANGED_FOLDER_H_
