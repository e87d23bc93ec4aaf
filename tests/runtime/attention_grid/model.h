// The file of a use of attention, and its runs through the public functions.

#ifndef FOVEA_TESTS_RUNTIME_ATTENTION_GRID_MODEL_H_
#define FOVEA_TESTS_RUNTIME_ATTENTION_GRID_MODEL_H_

#include <string>
#include <vector>

#include "tests/runtime/attention_grid/use.h"
#include "tests/support/tiny_model.h"

namespace fovea::test {

Image image_of(const Use& use);

struct How {
  const char* row = nullptr;          // of kernels; null: the best
  uint32_t workers = 0;               // 0: no executor; with one, the last task first
  bool sliced = false;                // through fovea_run_for
  std::vector<uint32_t> pieces = {};  // tokens of each sequence in each run; none: all in one
  int sequence = -1;                  // this one alone, or all of them
};

// Of one sequence.
struct Result {
  std::vector<float> y;  // [tokens][heads * value_width]
  // Where they are asked for.
  std::vector<float> first;      // [tokens][heads * value_width], of the layer before
  std::vector<float> weights;    // [tokens][told heads][context]
  std::vector<float> summaries;  // [tokens][4][told heads]: entropy, effective, maximum, position
  std::vector<float> average;    // [tokens][context]
  std::vector<float> average_summaries;       // [tokens][2]: entropy, effective
  std::vector<float> scaled, capped, scores;  // [tokens][told heads][context]
};

// Of each sequence that runs.
std::vector<Result> run(const Use& use, const Image& image, const How& how);

}  // namespace fovea::test

#endif  // FOVEA_TESTS_RUNTIME_ATTENTION_GRID_MODEL_H_
