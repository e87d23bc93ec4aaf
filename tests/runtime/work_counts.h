// What fovea_work says, and what it ought to count of attention.

#ifndef FOVEA_TESTS_RUNTIME_WORK_COUNTS_H_
#define FOVEA_TESTS_RUNTIME_WORK_COUNTS_H_

#include <doctest/doctest.h>

#include <cstdint>
#include <vector>

#include "fovea/fovea.h"
#include "runtime/schema.h"
#include "tests/support/tiny_session.h"

namespace fovea::test {

struct Sequence {
  uint32_t cached, tokens;
};

// Every pair of a query and a key that it sees.
inline uint64_t count_pairs(const std::vector<Sequence>& sequences, bool causal,
                            const schema::ScoringT& scoring = {}) {
  uint64_t pairs = 0;
  for (const Sequence& s : sequences) {
    for (uint64_t query = s.cached; query < s.cached + s.tokens; ++query) {
      for (uint64_t key = 0; key < s.cached + s.tokens; ++key) {
        const bool near = key + scoring.before >= query || key < scoring.kept;
        if (near && key <= query + (causal ? 0 : scoring.after)) ++pairs;
      }
    }
  }
  return pairs;
}

inline fovea_cost work(fovea_session* session, uint32_t method = 0) {
  fovea_cost cost = {1, 1};
  fovea_error error;
  REQUIRE_MESSAGE(fovea_work(session, method, &cost, &error) == FOVEA_OK, sentence(error));
  return cost;
}

}  // namespace fovea::test

#endif  // FOVEA_TESTS_RUNTIME_WORK_COUNTS_H_
