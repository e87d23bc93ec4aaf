// Layers of which each row takes only the experts that it chose. The rows of one expert are worked
// on together, so that its weights are read once for many of them.

#ifndef FOVEA_RUNTIME_OPERATORS_EXPERTS_H_
#define FOVEA_RUNTIME_OPERATORS_EXPERTS_H_

#include "runtime/operators/row_kernel.h"

namespace fovea {

// What such a layer is given: each row's experts, and for each of them k columns of x.
struct ExpertLayer {
  Rows x, ids;
  uint32_t ids_slot;  // which input
  uint32_t group;     // matrices side by side: 2 of a gated layer
  uint32_t k, outputs;
  size_t slot_stride;  // elements of x from one choice of a row to the next; 0: all take the same

  uint32_t panels() const { return kernels::panels_of(outputs); }
};

// Of any router and layer: what is prepared for a slice of a run goes through all of them.
inline constexpr uint32_t kMostExperts = 4096;

struct Choice {
  uint32_t pair;  // row * choices of a row + which of these: no tensor has more than 2^31 elements
  uint32_t expert;
};

struct ExpertPlan {
  kernels::Linear whole;  // of expert 0 and all of its panels, side by side
  const Choice* choices;  // by the rows of a task, then by expert, then by pair
  size_t slot_stride;
  uint32_t rows, chosen;
  uint32_t group, panels;
  uint32_t rows_per_task, panels_per_task, row_tasks;
  // What is made of the sums.
  float* y;
  size_t y_stride;
  uint32_t outputs;
  const float* weights;  // [rows, chosen], rows weights_stride apart
  size_t weights_stride;
  kernels::Function function;
  float limit, alpha;
};

// The number of experts, which the first weight has.
inline uint32_t expert_count(const Frame& f) {
  return f.weight(0)->shape()->Get(0);
}

// Ids for the rows of x, of experts that are not too many.
fovea_code check_ids(const Frame& f, const ExpertLayer& layer, fovea_error* error);

// Bytes of scratch, and of what threads share: the choices.
uint64_t expert_scratch(const ExpertLayer& layer);
uint64_t expert_choices(const Frame& f, const ExpertLayer& layer);

// Divides the work into tasks and sorts their choices. Fails where an id is out of range.
fovea_code plan_experts(Run& run, const ExpertLayer& layer, ExpertPlan* plan, fovea_error* error);

// Rows and panels of a task.
struct ExpertTask {
  Part rows, panels;
};
ExpertTask expert_task(const ExpertPlan& plan, uint32_t task);

// Takes the sums of outputs [first, first + count) of a choice, in panels of the layer's group.
using TakeSums = void(const Run& run, const ExpertPlan& plan, uint32_t pair, const float* sums,
                      uint32_t first, uint32_t count);

void run_experts(const Run& run, uint32_t task, uint32_t worker, const RowKernel& kernel,
                 TakeSums* take);

}  // namespace fovea

#endif  // FOVEA_RUNTIME_OPERATORS_EXPERTS_H_
