// Saved states: they go on elsewhere, and damage is noticed.

#include "runtime/saved.h"

#include <doctest/doctest.h>

#include <cstddef>

#include "tests/runtime/feed.h"

namespace fovea::test {
namespace {

// visit(a function that makes a model whose caches are of a format) for each format.
template <class Visit>
void for_formats(Visit visit) {
#define FOVEA_CACHE(name, Element, type) \
  visit([](schema::ModelT& m) { keep_caches(m, schema::DType::type); });
#include "kernels/caches.inc"
#undef FOVEA_CACHE
}

TEST_CASE("a saved sequence goes on in another session, as another sequence") {
  for_formats([](const auto& in_format) {
    const auto ids = tokens(13, 8);
    TinySession s(nullptr, 1, in_format);
    feed(s, ids, 5);
    const auto bytes = save(s, 0);
    const auto expected = s.forward({{3, 4}})[0];
    TinySession other(nullptr, 1, in_format);
    other.forward({{1, 2}, {3}});
    fovea_error error;
    REQUIRE(fovea_restore(other.get(), 1, bytes.data(), bytes.size(), &error) == FOVEA_OK);
    CHECK(fovea_position(other.get(), 0, 1) == 13);
    CHECK(same_bits(other.forward({{9}, {3, 4}})[1], expected));
  });
}

TEST_CASE("saved bytes do not depend on what the arena held before") {
  for_formats([](const auto& in_format) {
    const auto ids = tokens(13, 9);
    TinySession a(nullptr, 1, in_format), b(nullptr, 1, in_format);
    feed(b, tokens(kTinyContext, 10), 8);
    REQUIRE(fovea_reset(b.get(), 0, nullptr) == FOVEA_OK);
    feed(a, ids, 1);
    feed(b, ids, 7);
    CHECK(save(a, 0) == save(b, 0));
  });
}

fovea_code restore(const TinySession& s, const std::vector<unsigned char>& bytes,
                   fovea_error* error) {
  return fovea_restore(s.get(), 0, bytes.data(), bytes.size(), error);
}

// Puts the right checksum into a saved state that was altered.
void fix_crc(std::vector<unsigned char>& bytes) {
  uint32_t crc = 0;
  std::memcpy(bytes.data() + offsetof(SavedHead, crc), &crc, sizeof crc);
  crc = fovea_crc32(0, bytes.data(), bytes.size());
  std::memcpy(bytes.data() + offsetof(SavedHead, crc), &crc, sizeof crc);
}

TEST_CASE("every flipped bit of a saved state is noticed, and changes nothing") {
  TinySession s;
  feed(s, tokens(3, 11), 3);
  auto bytes = save(s, 0);
  const auto before = bytes;
  fovea_error error;
  for (size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    bytes[bit / 8] ^= static_cast<unsigned char>(1 << bit % 8);
    CHECK_MESSAGE(restore(s, bytes, &error) == FOVEA_BAD_SAVED_STATE, bit);
    if (bit / 8 >= sizeof(kSavedMagic)) CHECK(sentence(error).find("damaged") != std::string::npos);
    bytes[bit / 8] ^= static_cast<unsigned char>(1 << bit % 8);
  }
  CHECK(save(s, 0) == before);
  CHECK(restore(s, bytes, &error) == FOVEA_OK);
}

TEST_CASE("a saved state of another length is refused") {
  TinySession s;
  feed(s, tokens(13, 11), 5);
  auto bytes = save(s, 0);
  fovea_error error;
  CHECK(fovea_save(s.get(), 0, bytes.data(), bytes.size() - 1, &error) == FOVEA_ARENA_TOO_SMALL);
  for (size_t size = 0; size < bytes.size(); ++size) {
    CHECK(fovea_restore(s.get(), 0, bytes.data(), size, &error) == FOVEA_BAD_SAVED_STATE);
  }
  bytes.push_back(0);
  CHECK(restore(s, bytes, &error) == FOVEA_BAD_SAVED_STATE);
  fix_crc(bytes);
  CHECK(restore(s, bytes, &error) == FOVEA_BAD_SAVED_STATE);
  CHECK(fovea_position(s.get(), 0, 0) == 13);
}

TEST_CASE("lengths that a right checksum covers are still checked") {
  TinySession s;
  feed(s, tokens(3, 11), 3);
  const auto good = save(s, 0);
  fovea_error error;
  for (const uint32_t length : {0u, 2u, 4u, kTinyContext, kTinyContext + 1, 0x80000000u}) {
    auto bytes = good;
    std::memcpy(bytes.data() + sizeof(SavedHead), &length, sizeof length);
    fix_crc(bytes);
    CHECK(restore(s, bytes, &error) == FOVEA_BAD_SAVED_STATE);
  }
  CHECK(fovea_position(s.get(), 0, 0) == 3);
}

TEST_CASE("a saved state of another model is refused as that") {
  TinySession s;
  TinySession other(nullptr, 1, [](schema::ModelT& m) { m.source = "another"; });
  feed(s, tokens(3, 11), 3);
  fovea_error error;
  CHECK(restore(other, save(s, 0), &error) == FOVEA_BAD_SAVED_STATE);
  CHECK(sentence(error) == "these bytes are not a saved state of this model");
}

}  // namespace
}  // namespace fovea::test
