// The maxima of a model's dims: what the user asked for, within what the model allows.

#ifndef FOVEA_TOOLS_IMPORT_LIMITS_H_
#define FOVEA_TOOLS_IMPORT_LIMITS_H_

#include <cstdint>
#include <set>
#include <string>

#include "tools/graph/graph.h"
#include "tools/plan/plan.h"

namespace fovea::tools {

class Limits {
 public:
  Limits(const Maxima& wanted, Graph& graph) : wanted_(wanted), graph_(graph) {}

  // What the user asked for under this name, `otherwise` where nothing. Throws UsageError where it
  // is 0 or more than `most`, which the graph remembers.
  uint32_t take(const std::string& name, uint32_t otherwise, uint32_t most);

  // Throws UsageError where the user named something that nobody took.
  void expect_all_taken() const;

 private:
  const Maxima& wanted_;
  Graph& graph_;
  std::set<std::string> taken_;
};

// Adds a dim and returns its index.
int32_t add_dim(Graph& graph, const std::string& name, uint32_t max);

// Adds the dim "batch" where the user asked for more than one sequence; -1 otherwise.
int32_t add_batch(Graph& graph, Limits& limits);

// Adds a cache for `context` tokens and returns its index.
uint32_t add_cache(Graph& graph, const std::string& name, uint32_t context);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_IMPORT_LIMITS_H_
