#include "tools/import/limits.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <memory>

#include "runtime/checked.h"
#include "tools/common/error.h"

namespace fovea::tools {

uint32_t Limits::take(const std::string& name, uint32_t otherwise, uint32_t most) {
  taken_.insert(name);
  graph_.limits[name] = most;
  const auto found = wanted_.find(name);
  if (found == wanted_.end()) return otherwise;
  check_maximum(name, found->second, most);
  return found->second;
}

void Limits::expect_all_taken() const {
  for (const auto& [name, value] : wanted_) {
    if (taken_.contains(name)) continue;
    throw UsageError(fmt::format("--max {}: this model has no such dim; it has {}", name,
                                 fmt::join(taken_, ", ")));
  }
}

int32_t add_dim(Graph& graph, const std::string& name, uint32_t max) {
  auto dim = std::make_unique<schema::DimT>();
  dim->name = name;
  dim->max = max;
  graph.model.dims.push_back(std::move(dim));
  return static_cast<int32_t>(graph.model.dims.size()) - 1;
}

int32_t add_batch(Graph& graph, Limits& limits) {
  const uint32_t batch = limits.take("batch", 1, kMostSequences);
  graph.model.sequences = batch;
  return batch == 1 ? -1 : add_dim(graph, "batch", batch);
}

uint32_t add_cache(Graph& graph, const std::string& name, uint32_t context) {
  auto cache = std::make_unique<schema::CacheT>();
  cache->name = name;
  cache->context = context;
  cache->capacity = static_cast<uint32_t>(round_up(context, 16));
  graph.model.caches.push_back(std::move(cache));
  return static_cast<uint32_t>(graph.model.caches.size()) - 1;
}

}  // namespace fovea::tools
