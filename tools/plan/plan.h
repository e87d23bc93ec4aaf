// Decides where activations lie, at the maxima of a model's dims.

#ifndef FOVEA_TOOLS_PLAN_PLAN_H_
#define FOVEA_TOOLS_PLAN_PLAN_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "runtime/schema.h"

namespace fovea::tools {

// Maxima by the name of a dim; "context" stands for the caches that a method appends to.
using Maxima = std::map<std::string, uint32_t>;

struct MethodPlan {
  std::string method;
  uint64_t bytes = 0;
  uint64_t lower_bound = 0;
};

// Fills in lifetimes and offsets of all tensors, and offsets of all states.
std::vector<MethodPlan> plan(schema::ModelT& model);

// Changes the maxima of a model that may have been planned before. Throws UsageError on a name
// that the model does not have.
void set_maxima(schema::ModelT& model, const Maxima& maxima);

// Which bytes of the state memory each state has.
void place_states(schema::ModelT& model);

// Which operators own each tensor's memory.
void find_lifetimes(schema::MethodT& method);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_PLAN_PLAN_H_
