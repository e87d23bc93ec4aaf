// What runs have to do, as the runtime counts it (runtime/work.h).

#ifndef FOVEA_TOOLS_SESSION_COST_H_
#define FOVEA_TOOLS_SESSION_COST_H_

#include <cstdint>
#include <vector>

#include "tools/session/session.h"

namespace fovea::tools {

// The cost of each operator of a method at the session's present dims and cache lengths.
std::vector<fovea_cost> operator_costs(const Session& session, uint32_t method);

enum class Caches {
  kEmpty,
  kFull,  // as full as they may be before a run of the method
};

// The cost of a method with all dims at their maxima. Needs no session.
fovea_cost cost_at_maxima(const ModelFile& file, uint32_t method, Caches caches);

// One operator of a method with all dims at their maxima.
struct OperatorSize {
  const schema::Operator* op;
  fovea_cost cost;
  // Of its first output, or of its first input where it has none; `elements` of attention are its
  // scores.
  uint64_t elements, results;
  // Multiply-adds that one task of fovea_run_for has at most.
  uint64_t longest_task;
};

std::vector<OperatorSize> operator_sizes(const ModelFile& file, uint32_t method, Caches caches);

// The longest task of any operator of the method.
uint64_t longest_task(const ModelFile& file, uint32_t method);

inline double flops(const fovea_cost& cost) {
  return 2.0 * static_cast<double>(cost.multiply_adds);
}
inline double bytes(const fovea_cost& cost) {
  return static_cast<double>(cost.bytes);
}

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_SESSION_COST_H_
