// Files made to do harm, kept beside the checkout: each is refused for its own reason, in time.

#include <doctest/doctest.h>

#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>

#include "tests/runtime/open_seconds.h"
#include "tests/support/skip.h"
#include "tests/support/tiny_session.h"

namespace fovea::test {
namespace {

Image image_of(const std::string& bytes) {
  Image image(bytes.size());
  std::memcpy(image.data(), bytes.data(), bytes.size());
  return image;
}

std::string read(const std::string& name) {
  std::ifstream file(std::string(FOVEA_HOSTILE) + "/" + name, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// What `xz` unpacks; empty where there is no xz.
std::string unpack(const std::string& name) {
  const std::string command =
      "xz -dc '" + std::string(FOVEA_HOSTILE) + "/" + name + "' 2>/dev/null";
  std::FILE* pipe = popen(command.c_str(), "r");
  std::string bytes;
  char piece[4096];
  size_t size;
  while (pipe != nullptr && (size = std::fread(piece, 1, sizeof piece, pipe)) > 0) {
    bytes.append(piece, size);
  }
  if (pipe != nullptr) pclose(pipe);
  return bytes;
}

TEST_CASE("attention over slots that nobody stored is refused, and the sentence says so") {
  const std::string bytes = read("stale.fovea");
  if (bytes.empty()) return skip("no ../shared/data/hostile/stale.fovea");
  fovea_model model;
  fovea_error error;
  CHECK(fovea_open(image_of(bytes).span(), {}, &model, &error) == FOVEA_NOT_STORED);
  CHECK(sentence(error) ==
        "keys or values may be read that no run has stored (operator 1 of method 0, input 0)");
}

void check_fast(const std::string& bytes) {
  const Image image = image_of(bytes);
  CHECK(open_seconds(image) <= allowed_seconds(image.size()));
}

TEST_CASE("files that are slow to check are answered in time") {
  const std::string shared = read("slow_open_100k.fovea");
  if (shared.empty()) return skip("no ../shared/data/hostile/slow_open_100k.fovea");
  check_fast(shared);
  const std::string plan = unpack("amplify_plan.fovea.xz");
  if (plan.empty()) return skip("xz is missing; apt-get install xz-utils");
  check_fast(plan);
}

}  // namespace
}  // namespace fovea::test
