#include "tests/tools/reports/reports.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <vector>

#include "tests/support/skip.h"

namespace fovea::test {
namespace {

std::string existing(const std::string& folder) {
  if (std::filesystem::exists(folder)) return folder;
  skip((folder + " is absent").c_str());
  return {};
}

// The elements of a .npy file of version 1: magic and version (8 bytes), the header's size (2).
template <typename T>
std::vector<T> elements(const std::string& path, const char* type) {
  const std::string bytes = read_bytes(path);
  REQUIRE(bytes.size() > 10);
  uint16_t header;
  std::memcpy(&header, bytes.data() + 8, sizeof header);
  REQUIRE(bytes.find(type) < 10u + header);
  std::vector<T> values((bytes.size() - 10 - header) / sizeof(T));
  std::memcpy(values.data(), bytes.data() + 10 + header, values.size() * sizeof(T));
  return values;
}

}  // namespace

std::string report(const char* name) {
  return existing(std::string(FOVEA_DATA "/reports/") + name);
}

std::string hostile(const char* name) {
  return existing(std::string(FOVEA_DATA "/hostile/") + name);
}

std::string check_report(const std::string& folder) {
  const TemporaryFolder work;
  const std::string model = work.file("m.fovea"), out = work.file("out");
  const Outcome converted = fovea("convert " + folder + " -o " + model);
  REQUIRE_MESSAGE(converted.code == 0, converted.err);
  const Outcome run = fovea("run " + model + " --method forward --input tokens=" + folder +
                            "/tokens.npy --output-dir " + out);
  REQUIRE_MESSAGE(run.code == 0, run.err);
  const auto found = elements<float>(out + "/logits.npy", "<f4");
  const auto expected = elements<double>(folder + "/expected.npy", "<f8");
  REQUIRE(found.size() == expected.size());
  double error = 0, largest = 0;
  for (size_t i = 0; i < found.size(); ++i) {
    error = std::max(error, std::fabs(static_cast<double>(found[i]) - expected[i]));
    largest = std::max(largest, std::fabs(expected[i]));
  }
  CHECK(error < 2e-6 * largest);
  return converted.err;
}

}  // namespace fovea::test
