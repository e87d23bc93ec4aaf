// Codes of a model's weights by what samples make of it.

#ifndef FOVEA_TOOLS_MEASURE_CALIBRATE_H_
#define FOVEA_TOOLS_MEASURE_CALIBRATE_H_

#include <cstddef>
#include <vector>

#include "tools/graph/graph.h"
#include "tools/measure/exact_model.h"
#include "tools/measure/samples.h"
#include "tools/pack/codes.h"

namespace fovea::tools {

// Codes of those weights that are codes in `wanted`, a graph with the same weights. Matrices take
// turns in the order in which they are used, tables of embeddings before all: each one's codes see
// what the codes before it do to its inputs. The same for any number of threads. Throws
// InputError, and UsageError where no weight is codes.
ChosenCodes calibrate(const ExactModel& exact, const Graph& wanted, const Samples& samples);

// The weights of which it chooses codes, in their order.
std::vector<size_t> chosen_weights(const ExactModel& exact, const Graph& wanted);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_MEASURE_CALIBRATE_H_
