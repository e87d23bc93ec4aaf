// What an operator has to compute, in double precision.

#ifndef FOVEA_TESTS_RUNTIME_OPERATORS_ORACLE_H_
#define FOVEA_TESTS_RUNTIME_OPERATORS_ORACLE_H_

#include <algorithm>
#include <cstdint>
#include <functional>
#include <vector>

#include "tests/reference/ops.h"

namespace fovea::test {

// Where the rows of a sequence lie.
struct Sequence {
  size_t first, rows;
};

// What a case's method is given in one run.
struct Given {
  size_t batch, tokens;  // the dims
  std::vector<Sequence> sequences;
  std::vector<Doubles> inputs;   // of the method but for lengths, as the case made them
  std::vector<Doubles> weights;  // in the order in which the case made them, row after row

  // For each row of the batch its position, which no cache moves.
  std::vector<size_t> positions() const {
    std::vector<size_t> all;
    for (const Sequence& s : sequences) {
      for (size_t t = 0; t < s.rows; ++t) all.push_back(t);
    }
    return all;
  }
};

// All outputs of the method, one after the other.
using Oracle = std::function<Doubles(const Given&)>;

// Each element by itself.
template <class F>
Doubles map(Doubles x, const F& f) {
  std::transform(x.begin(), x.end(), x.begin(), f);
  return x;
}

}  // namespace fovea::test

#endif  // FOVEA_TESTS_RUNTIME_OPERATORS_ORACLE_H_
