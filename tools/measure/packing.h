// What formats of weights cost a model.

#ifndef FOVEA_TOOLS_MEASURE_PACKING_H_
#define FOVEA_TOOLS_MEASURE_PACKING_H_

#include <cstdint>
#include <string>
#include <vector>

#include "tools/measure/exact_model.h"
#include "tools/measure/quality.h"
#include "tools/pack/codes.h"

namespace fovea::tools {

// A weight that is not in f32.
struct PackedWeight {
  size_t index;
  std::string name;    // its own
  std::string tensor;  // of the checkpoint, one of those that it is made of
  std::string format;
  uint64_t exact_bytes, bytes;
  Signal signal;  // what the operators made that read it
  double cost;    // Quality::cost() where it alone is so, and activations are f32
};

struct Packing {
  Quality quality;
  uint64_t exact_bytes, bytes;  // of the files
  size_t samples;
  std::vector<PackedWeight> weights;
};

// `packed` is the file of `graph`, the exact model's with other formats; `chosen`: its codes.
Packing measure_packing(const ExactModel& exact, const Graph& graph, const ModelFile& packed,
                        const ChosenCodes& chosen, const Samples& samples);

// Bytes of a weight in a format.
uint64_t bytes_in(const schema::WeightT& weight, schema::DType type);

// The weights whose cost is the greatest for each byte that the next better format would add, the
// greatest first, as arguments: NAME=TYPE.
std::vector<std::string> worth_keeping(const Packing& packing, size_t most);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_MEASURE_PACKING_H_
