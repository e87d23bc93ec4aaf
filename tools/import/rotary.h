// Inverse frequencies of rotary embeddings, so that their scaling variants cost no device code.

#ifndef FOVEA_TOOLS_IMPORT_ROTARY_H_
#define FOVEA_TOOLS_IMPORT_ROTARY_H_

#include <cstdint>
#include <vector>

#include "tools/import/config.h"

namespace fovea::tools {

// One for each pair of a head, from rope_theta, partial_rotary_factor and rope_scaling (or
// rope_parameters) of a Hugging Face config.
std::vector<float> inverse_frequencies(const Config& config, uint32_t head_width);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_IMPORT_ROTARY_H_
