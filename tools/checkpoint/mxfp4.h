// Tensors that are stored in MXFP4, as OpenAI's: NAME_blocks [..., n / 32, 16] and NAME_scales
// [..., n / 32], both bytes.

#ifndef FOVEA_TOOLS_CHECKPOINT_MXFP4_H_
#define FOVEA_TOOLS_CHECKPOINT_MXFP4_H_

#include "tools/checkpoint/checkpoint.h"

namespace fovea::tools {

// Where the config says that the checkpoint has such tensors: NAME_blocks becomes [..., n] of
// numbers, and NAME_scales is no tensor of its own. Throws InputError where they do not fit.
void join_mxfp4(Checkpoint& checkpoint);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_CHECKPOINT_MXFP4_H_
