// Weights become codes: whole multiples of one number for each output, or for each group of one.

#ifndef FOVEA_TOOLS_PACK_CODES_H_
#define FOVEA_TOOLS_PACK_CODES_H_

#include <cstdint>
#include <map>
#include <vector>

#include "tools/graph/graph.h"
#include "tools/pack/sink.h"
#include "tools/pack/source_reader.h"

namespace fovea::tools {

// What was chosen for a weight, row by row as its sources are read.
struct Codes {
  std::vector<int8_t> codes;  // [rows][columns]
  std::vector<float> units;   // [rows], or [rows][groups]
};

// By weight.
using ChosenCodes = std::map<size_t, Codes>;

// Packs a weight of Int8 or Int4 as kernels/layout.h says: what was chosen, else the nearest codes
// to the numbers.
void pack_codes(SourceReader& reader, const Matrices& matrices, schema::DType type,
                const Codes* chosen, const ByteSink& sink);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_PACK_CODES_H_
