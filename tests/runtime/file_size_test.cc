// A file's length from its first bytes.

#include <doctest/doctest.h>

#include <cstddef>

#include "runtime/preamble.h"
#include "tests/support/tiny_session.h"

namespace fovea::test {
namespace {

TEST_CASE("a file in a longer partition is found by its first 64 bytes and opened") {
  const Image file = tiny_model();
  Image partition(file.size() + 4096);
  std::memset(partition.data(), 0xFF, partition.size());
  std::memcpy(partition.data(), file.data(), file.size());
  fovea_model model;
  fovea_error error;
  CHECK(fovea_open(partition.span(), {}, &model, &error) == FOVEA_TRUNCATED);
  CHECK(sentence(error).find("extra bytes") != std::string::npos);
  const uint64_t size = fovea_file_size(partition.data(), partition.size());
  CHECK(size == file.size());
  CHECK(fovea_file_size(partition.data(), 64) == size);
  CHECK(fovea_open({partition.data(), static_cast<size_t>(size)}, {}, &model, &error) == FOVEA_OK);
  CHECK(fovea_check_weights(&model, &error) == FOVEA_OK);
}

TEST_CASE("the bytes may lie anywhere") {
  const Image file = tiny_model();
  unsigned char bytes[65 + 64];
  for (size_t shift = 0; shift < 8; ++shift) {
    std::memcpy(bytes + shift, file.data(), 64);
    CHECK(fovea_file_size(bytes + shift, 64) == file.size());
  }
}

TEST_CASE("what begins no file that this library reads has no length") {
  const Image file = tiny_model();
  CHECK(fovea_file_size(nullptr, 64) == 0);
  for (size_t size = 0; size < 64; ++size) CHECK(fovea_file_size(file.data(), size) == 0);
  const std::vector<unsigned char> erased(64, 0xFF), zeros(64, 0);
  CHECK(fovea_file_size(erased.data(), 64) == 0);
  CHECK(fovea_file_size(zeros.data(), 64) == 0);
  const auto altered = [&](size_t field, uint64_t value) {
    unsigned char bytes[64];
    std::memcpy(bytes, file.data(), 64);
    std::memcpy(bytes + field, &value, sizeof value);
    return fovea_file_size(bytes, 64);
  };
  CHECK(altered(offsetof(Preamble, magic), kMagic + 1) == 0);
  CHECK(altered(offsetof(Preamble, version), kFormatVersion + 1) == 0);
  CHECK(altered(offsetof(Preamble, header_offset), 0) == 0);
  CHECK(altered(offsetof(Preamble, header_size), UINT64_MAX) == 0);
  CHECK(altered(offsetof(Preamble, weights_offset), 64) == 0);
  CHECK(altered(offsetof(Preamble, weights_offset), UINT64_MAX - 63) == 0);
  CHECK(altered(offsetof(Preamble, weights_size), UINT64_MAX) == 0);
  CHECK(altered(offsetof(Preamble, weights_size), 0) != 0);
}

}  // namespace
}  // namespace fovea::test
