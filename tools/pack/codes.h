// Weights become codes: whole multiples of one number for each output, or for each group of one.

#ifndef FOVEA_TOOLS_PACK_CODES_H_
#define FOVEA_TOOLS_PACK_CODES_H_

#include "tools/graph/graph.h"
#include "tools/pack/sink.h"
#include "tools/pack/source_reader.h"

namespace fovea::tools {

// Packs a weight of Int8 or Int4 as kernels/layout.h says.
void pack_codes(SourceReader& reader, const Matrices& matrices, schema::DType type,
                const ByteSink& sink);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_PACK_CODES_H_
