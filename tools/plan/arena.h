// Finds places in one piece of memory for tensors that live at different times.

#ifndef FOVEA_TOOLS_PLAN_ARENA_H_
#define FOVEA_TOOLS_PLAN_ARENA_H_

#include <cstdint>
#include <vector>

namespace fovea::tools {

// Something that needs `bytes` from step `first` to step `last`, both included.
struct Lifetime {
  uint64_t bytes = 0;
  uint32_t first = 0;
  uint32_t last = 0;

  bool overlaps(const Lifetime& other) const { return first <= other.last && other.first <= last; }
};

struct Arena {
  std::vector<uint64_t> offsets;  // by lifetime
  uint64_t bytes = 0;
  uint64_t lower_bound = 0;  // what is alive at the fullest step: no arena can be smaller
};

// Offsets are multiples of `alignment`; bytes are rounded up to it. The same input gives the same
// arena on every machine.
Arena arrange(std::vector<Lifetime> lifetimes, uint64_t alignment);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_PLAN_ARENA_H_
