// Rows of codes for the matrices that read these.

#ifndef FOVEA_TOOLS_GRAPH_QUANTIZE_H_
#define FOVEA_TOOLS_GRAPH_QUANTIZE_H_

#include "runtime/schema.h"

namespace fovea::tools {

// Where a matrix is codes, its operator's input becomes the output of a Quantize or a
// QuantizeGroups: one for all that read the same rows so.
void quantize_inputs(const schema::ModelT& model, schema::MethodT& method);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_GRAPH_QUANTIZE_H_
