// Caches that are rings: sequences without end in fixed memory.

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/runtime/random_models/random.h"
#include "tests/runtime/ring.h"

namespace fovea::test {
namespace {

std::vector<uint64_t> seen_of(uint64_t token) {
  std::vector<uint64_t> seen;
  const uint64_t begin = token > kBefore ? token - kBefore : 0;
  for (uint64_t t = 0; t < std::min<uint64_t>(kKept, begin); ++t) seen.push_back(t);
  for (uint64_t t = begin; t <= token; ++t) seen.push_back(t);
  return seen;
}

fovea_code opened(const LayerShape& shape, std::string& text) {
  const Image image = layer_image(shape);
  fovea_model model;
  fovea_error error = {};
  const fovea_code code = fovea_open(image.span(), {}, &model, &error);
  text = sentence(error);
  return code;
}

void check_refused(LayerShape shape, const char* field) {
  std::string text;
  CHECK(opened(shape, text) == FOVEA_BAD_VALUE);
  CHECK_MESSAGE(text.find(field) != std::string::npos, text);
}

}  // namespace

TEST_CASE("a ring with kept first keys runs a million tokens in fixed memory") {
  const LayerSession session(layer_image(ring_layer()));
  Random random(1);
  Chunk chunk = {0, 0};
  for (uint64_t run = 0; chunk.first < 1000000; ++run) {
    chunk = {chunk.first + chunk.count, 1 + random.below(kTokens)};
    session.set({chunk});
    const float* y = session.run();
    if (run >= 20 && run % 499 != 0) continue;
    for (uint32_t t = 0; t < chunk.count; ++t, y += kHeads * kValueWidth) {
      check_row(y, 0, chunk.first + t, seen_of(chunk.first + t));
    }
  }
  CHECK(fovea_position(session.session, 0, 0) == chunk.first + chunk.count);
}

TEST_CASE("a sequence on a ring is cut only while nothing was overwritten") {
  const LayerSession session(layer_image(ring_layer()));
  const auto truncate = [&](uint32_t length) {
    return fovea_truncate(session.session, 0, 0, length, nullptr);
  };
  const uint32_t whole = kFirst + kRing - kTokens;  // a run more has room
  Chunk chunk = {0, 0};
  while (chunk.first + chunk.count < whole) {
    const uint64_t end = chunk.first + chunk.count;
    chunk = {end, static_cast<uint32_t>(std::min<uint64_t>(kTokens, whole - end))};
    session.set({chunk});
    session.run();
  }
  REQUIRE(truncate(whole - 1) == FOVEA_OK);
  session.set({{whole - 1, 2}});
  check_row(session.run(), 0, whole - 1, seen_of(whole - 1));
  CHECK(truncate(whole) == FOVEA_BAD_ARGUMENT);
  CHECK(truncate(whole + 1) == FOVEA_OK);
  CHECK(truncate(0) == FOVEA_OK);
}

TEST_CASE("rings that do not hold what their attentions see are refused by name") {
  std::string text;
  REQUIRE_MESSAGE(opened(ring_layer(), text) == FOVEA_OK, text);
  LayerShape s = ring_layer();
  s.ring -= 16;
  check_refused(s, "ring");
  s = ring_layer();
  s.tokens += 16;
  check_refused(s, "ring");
  s = ring_layer();
  s.before += 16;
  check_refused(s, "ring");
  s.before = kRing;
  check_refused(s, "window");
  s.before = UINT32_MAX, s.kept = 0;
  check_refused(s, "window");
  s = ring_layer();
  s.kept = kFirst + 1;
  check_refused(s, "kept keys");
  s = ring_layer();
  s.first = 0, s.kept = 1;
  check_refused(s, "kept keys");
  s = ring_layer();
  s.ring += 8, s.first += 8;
  check_refused(s, "ring");
  s = ring_layer();
  s.context = 1u << 31;
  check_refused(s, "size");
  s = ring_layer();
  s.ring = 0, s.first = 0;  // a cache of as many slots
  s.context = 4096;
  CHECK(opened(s, text) == FOVEA_OK);
}

}  // namespace fovea::test
