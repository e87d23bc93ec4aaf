// Biases that make up for what codes leave on average.

#ifndef FOVEA_TOOLS_MEASURE_CORRECT_BIASES_H_
#define FOVEA_TOOLS_MEASURE_CORRECT_BIASES_H_

#include <cstddef>
#include <map>
#include <vector>

#include "tools/graph/graph.h"
#include "tools/measure/exact_model.h"
#include "tools/measure/samples.h"
#include "tools/pack/codes.h"

namespace fovea::tools {

// A model with the weights of an exact one, some of which are these codes.
struct CodedModel {
  const Graph& graph;
  const ModelFile& file;
  const ChosenCodes& codes;
};

// Whether matrices that are these codes have biases that nothing else adds.
bool has_biases(const Graph& graph, const ChosenCodes& codes);

// Numbers for these biases, by weight. To what the exact model has there comes
// what its matrix makes of the rows it reads, without what the codes make of the rows that they are
// given in the coded model, on average over all rows of the samples: in the order of their use,
// each with the biases before it. Sums are in double precision and in one written order: the same
// on every host and for any number of threads. Throws InputError.
std::map<size_t, std::vector<float>> correct_biases(const ExactModel& exact,
                                                    const CodedModel& coded,
                                                    const Samples& samples);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_MEASURE_CORRECT_BIASES_H_
