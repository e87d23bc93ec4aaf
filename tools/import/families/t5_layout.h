// The towers that T5's configs and tensors tell of, for all that is made of them.

#ifndef FOVEA_TOOLS_IMPORT_FAMILIES_T5_LAYOUT_H_
#define FOVEA_TOOLS_IMPORT_FAMILIES_T5_LAYOUT_H_

#include <string>

#include "tools/import/config.h"
#include "tools/import/transformer.h"

namespace fovea::tools {

// No tensor bounds how long a text may be.
inline constexpr uint32_t kMostT5Tokens = 1u << 20;

// The layers and the last norm of `encoder` or of `decoder`, which looks at the encoder besides.
// `feed_forward` is what a config means that does not say feed_forward_proj.
TowerSpec read_t5_tower(const Config& config, const std::string& side, const char* feed_forward);
// The norms of both.
NormSpec read_t5_norm(const Config& config);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_IMPORT_FAMILIES_T5_LAYOUT_H_
