// What a run has to do at least: multiply-adds, and bytes of weights and caches to read.

#ifndef FOVEA_TOOLS_COMMON_COST_H_
#define FOVEA_TOOLS_COMMON_COST_H_

#include <cstdint>
#include <vector>

#include "tools/common/session.h"

namespace fovea::tools {

struct Cost {
  double flops = 0;  // two for each multiply-add of matrices and attention; the rest is small
  double bytes = 0;

  Cost& operator+=(const Cost& other) {
    flops += other.flops;
    bytes += other.bytes;
    return *this;
  }
};

// The cost of each operator of a method at the session's present dims and cache lengths.
std::vector<Cost> operator_costs(const ModelFile& file, const Session& session, uint32_t method);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_COMMON_COST_H_
