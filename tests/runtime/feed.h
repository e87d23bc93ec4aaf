// Tokens for the tiny model, and feeding them in pieces.

#ifndef FOVEA_TESTS_RUNTIME_FEED_H_
#define FOVEA_TESTS_RUNTIME_FEED_H_

#include <algorithm>
#include <vector>

#include "tests/support/tiny_session.h"

namespace fovea::test {

inline std::vector<int32_t> tokens(size_t count, uint32_t seed) {
  std::vector<int32_t> result;
  for (size_t i = 0; i < count; ++i) {
    seed = seed * 1664525u + 1013904223u;
    result.push_back(static_cast<int32_t>((seed >> 8) % kTinyVocabulary));
  }
  return result;
}

inline void append(std::vector<float>* to, const std::vector<float>& from) {
  to->insert(to->end(), from.begin(), from.end());
}

// The logits of all tokens, fed `chunk` at a time as sequence 0.
inline std::vector<float> feed(TinySession& s, const std::vector<int32_t>& ids, size_t chunk) {
  std::vector<float> logits;
  for (size_t i = 0; i < ids.size(); i += chunk) {
    const auto end = ids.begin() + static_cast<ptrdiff_t>(std::min(ids.size(), i + chunk));
    append(&logits, s.forward({{ids.begin() + static_cast<ptrdiff_t>(i), end}})[0]);
  }
  return logits;
}

inline std::vector<unsigned char> save(const TinySession& s, uint32_t sequence) {
  std::vector<unsigned char> bytes(fovea_saved_size(s.get(), sequence));
  fovea_error error;
  REQUIRE(fovea_save(s.get(), sequence, bytes.data(), bytes.size(), &error) == FOVEA_OK);
  return bytes;
}

}  // namespace fovea::test

#endif  // FOVEA_TESTS_RUNTIME_FEED_H_
