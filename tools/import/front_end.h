// What a model makes of samples before anything that is trained, as operators.

#ifndef FOVEA_TOOLS_IMPORT_FRONT_END_H_
#define FOVEA_TOOLS_IMPORT_FRONT_END_H_

#include "tools/graph/builder.h"
#include "tools/import/transformer.h"
#include "tools/import/weights.h"

namespace fovea::tools {

// Of samples [tokens, 1], or of what somebody made of them, which stays. Returns the features.
int32_t add_front_end(int32_t x, const FrontEndSpec& front, Weights& weights,
                      MethodBuilder& method);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_IMPORT_FRONT_END_H_
