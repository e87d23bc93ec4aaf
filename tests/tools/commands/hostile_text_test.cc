// Names in ../shared/data/hostile that hold escape sequences: no command passes them on.

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <string>

#include "tests/support/skip.h"
#include "tests/tools/program.h"

namespace fovea::test {
namespace {

const std::string kHostile = "../shared/data/hostile/";

bool absent() {
  if (std::filesystem::exists(kHostile + "esc.fovea")) return false;
  skip("shared/data/hostile is absent");
  return true;
}

// Nothing that steers a terminal: the files use ASCII controls and C1 controls in UTF-8.
void check_harmless(const std::string& text) {
  CHECK(std::count_if(text.begin(), text.end(), [](char c) {
          const auto byte = static_cast<unsigned char>(c);
          return (byte < 0x20 && c != '\n') || byte == 0x7F;
        }) == 0);
  for (char c = '\x80'; c < '\xA0'; ++c) {
    CHECK(text.find(std::string("\xC2") + c) == std::string::npos);
  }
}

void check_harmless(const Outcome& outcome) {
  check_harmless(outcome.out);
  check_harmless(outcome.err);
}

}  // namespace

TEST_CASE("esc.fovea") {
  if (absent()) return;
  const TemporaryFolder folder;
  const std::string file = kHostile + "esc.fovea";
  CHECK(read_bytes(file).find('\x1b') != std::string::npos);
  for (const std::string& arguments :
       {"inspect " + file, "inspect --json " + file, "inspect --fit ram=1K " + file,
        "verify " + file, "verify --json " + file, "verify --write-trace - " + file,
        "bench --seconds 0.01 --profile " + file, "bench --seconds 0.01 --profile --json " + file,
        "generate --prompt x " + file, "generate --json --prompt x " + file,
        "plan " + file + " -o " + folder.file("out.fovea"),
        "plan " + file + " --max x=1 -o " + folder.file("x.fovea"),
        "run " + file + " --output-dir " + folder.file("run"),
        "run " + file + " --set x=1 --output-dir " + folder.file("run"),
        "run " + file + " --method x --output-dir " + folder.file("run"),
        "firmware " + file + " -o " + folder.file("code")}) {
    CAPTURE(arguments);
    const Outcome outcome = fovea(arguments);
    check_harmless(outcome);
    CHECK(outcome.out.size() + outcome.err.size() > 0);
  }
  for (const auto& entry : std::filesystem::directory_iterator(folder.file("code"))) {
    if (entry.path().extension() == ".bin") continue;
    check_harmless(read_bytes(entry.path().string()));
  }
}

TEST_CASE("terminal: a checkpoint with such names") {
  if (absent()) return;
  const TemporaryFolder folder;
  const Outcome outcome = fovea("convert " + kHostile + "terminal -o " + folder.file("x.fovea"));
  check_harmless(outcome);
  CHECK(outcome.err.size() > 0);
  if (outcome.code == 0) check_harmless(fovea("inspect " + folder.file("x.fovea")));
}

}  // namespace fovea::test
