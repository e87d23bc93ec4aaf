// The same bits everywhere: a checksum of all logits that a language model gives for some tokens,
// fed in pieces of one size. Used by programs on a host, under an emulator and on bare metal, so
// it has no heap, files or threads.

#ifndef FOVEA_TESTS_BITS_BITS_H_
#define FOVEA_TESTS_BITS_BITS_H_

#include <cstddef>
#include <cstdint>

#include "fovea/fovea.hpp"
#include "stories.h"
#include "stories_tokens.h"  // made by the build

namespace fovea::test {

// How many tokens are fed, and in which pieces; 0: all at once.
inline constexpr uint32_t kBitsTokens = 200;
static_assert(sizeof kStoriesTokens >= kBitsTokens * sizeof kStoriesTokens[0]);
struct Chunking {
  const char* name;
  uint32_t tokens;
};
inline constexpr Chunking kChunkings[] = {{"whole", 0}, {"16", 16}, {"7", 7}, {"1", 1}};

// Runs a method on one piece.
inline Status feed(const Session& session, const Method& method, const int32_t* ids,
                   uint32_t count) {
  const Status sized = session.set_dim("tokens", count);
  if (!sized) return sized;
  const Status set = method.set_input<int32_t>("tokens", {count}, ids);
  if (!set) return set;
  return method.run();
}

// CRC-32 of the logits' bytes of all positions in order, from an empty cache.
inline Result<uint32_t> logits_crc(const Session& session, uint32_t chunk) {
  const auto forward = session.method("forward");
  if (!forward) return forward.error();
  const Status empty = session.reset(0);
  if (!empty) return empty.error();
  uint32_t crc = 0;
  for (uint32_t done = 0; done < kBitsTokens;) {
    const uint32_t left = kBitsTokens - done;
    const uint32_t piece = chunk == 0 || chunk > left ? left : chunk;
    const Status fed = feed(session, *forward, kStoriesTokens + done, piece);
    if (!fed) return fed.error();
    const auto logits = forward->output<float>("logits");
    if (!logits) return logits.error();
    crc = fovea_crc32(crc, logits->data(), logits->size() * sizeof(float));
    done += piece;
  }
  return crc;
}

}  // namespace fovea::test

#endif  // FOVEA_TESTS_BITS_BITS_H_
