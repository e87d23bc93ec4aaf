// Files from outside: every damage is refused, or does no harm.

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "runtime/preamble.h"
#include "tests/support/tiny_session.h"

namespace fovea::test {
namespace {

fovea_code open(const Image& image, fovea_error* error = nullptr) {
  fovea_model model;
  return fovea_open(image.span(), {}, &model, error);
}

Image copy(const Image& from, size_t size) {
  Image result(size);
  std::memcpy(result.data(), from.data(), std::min(size, from.size()));
  return result;
}

// Runs every method of a model that was accepted, at the maxima, with tokens that fit.
void run_all(const Image& image) {
  fovea_model model;
  fovea_error error;
  if (fovea_open(image.span(), {}, &model, &error) != FOVEA_OK) return;
  const fovea_memory memory = fovea_arena(&model, 1);
  if (memory.total > (1u << 26)) return;
  Image arena(memory.total);
  fovea_session* session;
  REQUIRE(fovea_bind(&model, {{arena.data(), arena.size()}, {}, {}}, nullptr, &session, &error) ==
          FOVEA_OK);
  for (uint32_t m = 0; m < fovea_method_count(&model); ++m) {
    for (int repeat = 0; repeat < 2; ++repeat) {
      clear_inputs(model, session);
      const fovea_code code = fovea_run(session, m, &error);
      CHECK((code == FOVEA_OK || error.code == static_cast<uint32_t>(code)));
    }
  }
}

size_t header_end(const Image& image) {
  return reinterpret_cast<const Preamble*>(image.data())->weights_offset;
}

TEST_CASE("the tiny model opens, and its weights have their checksum") {
  const Image image = tiny_model();
  fovea_model model;
  fovea_error error;
  REQUIRE_MESSAGE(fovea_open(image.span(), {}, &model, &error) == FOVEA_OK, sentence(error));
  CHECK(fovea_check_weights(&model, &error) == FOVEA_OK);
  run_all(image);
}

TEST_CASE("header and weights may lie apart") {
  const Image image = tiny_model();
  const size_t split = header_end(image);
  const Image header = copy(image, split);
  Image weights(image.size() - split);
  std::memcpy(weights.data(), image.data() + split, weights.size());
  fovea_model model;
  CHECK(fovea_open(header.span(), weights.span(), &model, nullptr) == FOVEA_OK);
  CHECK(fovea_check_weights(&model, nullptr) == FOVEA_OK);
}

TEST_CASE("weights that lie apart must be aligned, too, and all there") {
  const Image image = tiny_model();
  const size_t split = header_end(image);
  const Image header = copy(image, split);
  Image weights(image.size() - split + 8);
  std::memcpy(weights.data() + 8, image.data() + split, image.size() - split);
  fovea_model model;
  fovea_error error;
  const fovea_span shifted = {weights.data() + 8, image.size() - split};
  CHECK(fovea_open(header.span(), shifted, &model, &error) == FOVEA_MISALIGNED);
  CHECK(error.field == FOVEA_FIELD_WEIGHTS);
  CHECK(error.a == 8);
  CHECK(fovea_open(header.span(), {image.data() + split, image.size() - split - 1}, &model,
                   &error) == FOVEA_TRUNCATED);
}

TEST_CASE("a checksum is the CRC-32 of IEEE 802.3") {
  CHECK(fovea_crc32(0, "123456789", 9) == 0xCBF43926u);
  CHECK(fovea_crc32(fovea_crc32(0, "1234", 4), "56789", 5) == 0xCBF43926u);
  CHECK(fovea_crc32(0, "The quick brown fox jumps over the lazy dog", 43) == 0x414FA339u);
}

TEST_CASE("a preamble out of bounds is refused with what is allowed") {
  const auto refuse = [](uint64_t Preamble::*field, uint64_t value, uint64_t found,
                         uint64_t allowed) {
    Image image = tiny_model();
    reinterpret_cast<Preamble*>(image.data())->*field = value;
    fovea_error error;
    CHECK(open(image, &error) == FOVEA_BAD_VALUE);
    CHECK(error.a == found);
    CHECK(error.b == allowed);
  };
  const uint64_t end = header_end(tiny_model()), most = 2 * kMaxHeader;
  refuse(&Preamble::header_size, kMaxHeader, kMaxHeader, kMaxHeader - 1);
  refuse(&Preamble::weights_offset, most + 64, most + 64, most);
  refuse(&Preamble::weights_offset, end + 8, end + 8, most);
  refuse(&Preamble::weights_offset, 64, 64, most);
  refuse(&Preamble::header_offset, 128, end, most);
}

TEST_CASE("every truncation is refused") {
  const Image image = tiny_model();
  fovea_error error;
  for (size_t size = 0; size < image.size(); size += size < header_end(image) ? 1 : 37) {
    CHECK(open(copy(image, size), &error) == FOVEA_TRUNCATED);
  }
  CHECK(open(copy(image, image.size() + 1), &error) == FOVEA_TRUNCATED);
}

TEST_CASE("every flipped bit of preamble and header is noticed") {
  Image image = tiny_model();
  const size_t weights_crc = offsetof(Preamble, weights_crc);
  for (size_t bit = 0; bit < header_end(image) * 8; ++bit) {
    image.data()[bit / 8] ^= static_cast<unsigned char>(1 << bit % 8);
    CHECK_MESSAGE(open(image) != FOVEA_OK, bit);
    image.data()[bit / 8] ^= static_cast<unsigned char>(1 << bit % 8);
  }
  CHECK(weights_crc < header_end(image));
  CHECK(open(image) == FOVEA_OK);
}

TEST_CASE("every flipped bit under a right checksum is refused or harmless") {
  const Image good = tiny_model();
  size_t accepted = 0, refused = 0;
  for (size_t bit = 0; bit < header_end(good) * 8; ++bit) {
    Image image = copy(good, good.size());
    image.data()[bit / 8] ^= static_cast<unsigned char>(1 << bit % 8);
    if (header_end(image) == header_end(good)) fix_header_crc(image);
    if (open(image) == FOVEA_OK) {
      ++accepted;
      run_all(image);
    } else {
      ++refused;
    }
  }
  MESSAGE(refused, " flips refused, ", accepted, " accepted and run");
  CHECK(refused > accepted);
}

TEST_CASE("a flipped weight bit fails the weights' checksum only") {
  Image image = tiny_model();
  image.data()[image.size() - 9] ^= 4;
  fovea_model model;
  fovea_error error;
  CHECK(fovea_open(image.span(), {}, &model, &error) == FOVEA_OK);
  CHECK(fovea_check_weights(&model, &error) == FOVEA_BAD_CHECKSUM);
}

TEST_CASE("memory must be aligned") {
  const Image image = tiny_model();
  Image shifted(image.size() + 64);
  std::memcpy(shifted.data() + 4, image.data(), image.size());
  fovea_model model;
  fovea_error error;
  CHECK(fovea_open({shifted.data() + 4, image.size()}, {}, &model, &error) == FOVEA_MISALIGNED);
  CHECK(error.a == 4);
}

TEST_CASE("a newer format and another kind of file are told apart") {
  Image image = tiny_model();
  reinterpret_cast<Preamble*>(image.data())->version = 2;
  CHECK(open(image) == FOVEA_UNKNOWN_VERSION);
  image.data()[0] = 'G';
  CHECK(open(image) == FOVEA_NOT_A_MODEL);
}

}  // namespace
}  // namespace fovea::test
