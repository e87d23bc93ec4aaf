// Passes of Monte-Carlo dropout, as methods' input `dropout` tells them apart.

#ifndef FOVEA_TOOLS_SESSION_DROPOUT_H_
#define FOVEA_TOOLS_SESSION_DROPOUT_H_

#include <cstdint>

#include "tools/session/session.h"

namespace fovea::tools {

struct Pass {
  int32_t seed = 0;
  int32_t number = -1;  // below 0: nothing is dropped
};

// Whether an input is int32 [2] of that name.
bool is_dropout(const fovea_tensor& input);
bool drops(const ModelFile& file, uint32_t method);

// Before a run of the method; nothing where it drops no weights.
void set_pass(const ModelFile& file, const Session& session, uint32_t method, const Pass& pass);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_SESSION_DROPOUT_H_
