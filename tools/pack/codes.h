// Weights become codes: for each output one f32 and whole multiples of it.

#ifndef FOVEA_TOOLS_PACK_CODES_H_
#define FOVEA_TOOLS_PACK_CODES_H_

#include <cstdint>
#include <span>

#include "tools/graph/graph.h"
#include "tools/pack/sink.h"
#include "tools/pack/source_reader.h"

namespace fovea::tools {

// The codes of an output's numbers, which are finite, and the f32 that they are multiples of. The
// same on every host: no step but divisions and roundings of IEEE 754.
float quantize(std::span<const float> numbers, std::span<int8_t> codes);

// Packs a weight as kernels/layout.h says.
void pack_codes(SourceReader& reader, const Matrices& matrices, const ByteSink& sink);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_PACK_CODES_H_
