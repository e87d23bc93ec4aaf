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

// Sequences of a batch at most.
inline constexpr uint32_t kMostSequences = 1u << 16;

// Throws UsageError where a maximum is 0 or more than `most`.
void check_maximum(const std::string& name, uint32_t value, uint32_t most);

// The largest value that a dim's maximum or the context may be set to, 0 for a name that the model
// does not have.
uint32_t most_of(const schema::ModelT& model, const std::string& name);

// Changes the maxima of a model that may have been planned before. A run's tokens follow a context
// that is smaller. Throws UsageError on what converting with these maxima would refuse.
void set_maxima(schema::ModelT& model, const Maxima& maxima);

// Whether a method adds to what a cache holds.
bool appends_to(const schema::ModelT& model, size_t cache);

// Makes caches rings where all that reads them has windows and a ring takes fewer slots; what
// plan() begins with.
void place_rings(schema::ModelT& model);

// Which bytes of the state memory each state has.
void place_states(schema::ModelT& model);

// Which operators own each tensor's memory.
void find_lifetimes(schema::MethodT& method);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_PLAN_PLAN_H_
