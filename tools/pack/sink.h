// Where packed weights go.

#ifndef FOVEA_TOOLS_PACK_SINK_H_
#define FOVEA_TOOLS_PACK_SINK_H_

#include <cstdint>
#include <functional>
#include <span>

namespace fovea::tools {

// Takes consecutive bytes of the weight segment.
using ByteSink = std::function<void(std::span<const uint8_t>)>;

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_PACK_SINK_H_
