// Runs one script of calls on a model, in memory between guard pages, under different conditions.
// What comes out may not depend on them.

#ifndef FOVEA_TESTS_RUNTIME_RANDOM_MODELS_SCRIPT_H_
#define FOVEA_TESTS_RUNTIME_RANDOM_MODELS_SCRIPT_H_

#include <string>
#include <vector>

#include "fovea/fovea.h"
#include "tests/runtime/random_models/guarded.h"

namespace fovea::test {

// In which order an executor runs tasks, and on which workers.
enum class Order { kInOrder, kReversed, kShuffled, kOddFirst };

struct Conditions {
  const char* row = nullptr;
  uint32_t workers = 1;  // 1: no executor
  Order order = Order::kInOrder;
  uint32_t slice = 0;           // most tasks of a call of fovea_run_for; 0: fovea_run
  bool cancels = false;         // some runs are begun twice
  unsigned char poison = 0xFF;  // what memory holds before
  Side side = Side::kRight;
};

struct Outcome {
  std::vector<int> codes;
  std::vector<uint32_t> positions;             // of every cache and sequence after each run
  std::vector<std::vector<uint32_t>> outputs;  // bits; every NaN is one NaN
  bool operator==(const Outcome& o) const {
    return codes == o.codes && positions == o.positions && outputs == o.outputs;
  }
};

struct Script {
  uint64_t seed;
  uint32_t runs;
  bool special;  // inputs hold infinities and the like
};

// Empty codes where the model's memory is more than `most_bytes`.
Outcome play(const fovea_model& model, const Script& script, const Conditions& conditions,
             uint64_t most_bytes);

// What differs, in a line.
std::string difference(const Outcome& a, const Outcome& b);

}  // namespace fovea::test

#endif  // FOVEA_TESTS_RUNTIME_RANDOM_MODELS_SCRIPT_H_
