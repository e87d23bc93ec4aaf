// What a model makes of samples, beside what the exact one makes of them.

#ifndef FOVEA_TOOLS_MEASURE_QUALITY_H_
#define FOVEA_TOOLS_MEASURE_QUALITY_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "tools/measure/input_watch.h"
#include "tools/measure/samples.h"
#include "tools/measure/signal.h"

namespace fovea::tools {

// An operator of the exact model and the one that stands for it in the other.
struct Layer {
  Place exact, other;
  Signal signal = {};  // what they made
};

struct Quality {
  std::vector<std::pair<std::string, Signal>> outputs;  // METHOD.NAME, in the file's order
  Signal all;                                           // of them together
  // Rows of outputs `logits`, and those whose largest numbers are the same one's.
  uint64_t rows = 0, agreeing = 0;
  // Tokens of language models that have one before them, and the sums of minus the logarithms of
  // their probabilities.
  uint64_t tokens = 0;
  double exact_loss = 0, loss = 0;

  // What is to be small: the mean loss of a token above the exact one's, or else the outputs' noise
  // as a share of their energy.
  double cost() const;
};

// A file and a session of it.
struct Side {
  const ModelFile& file;
  const Session& session;
};

// Both have the same methods, inputs and outputs.
Quality quality_of(const Side& exact, const Side& other, const Samples& samples,
                   std::vector<Layer>* layers = nullptr);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_MEASURE_QUALITY_H_
