#include "tools/import/room.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <memory>
#include <utility>

#include "runtime/checked.h"
#include "tools/common/error.h"
#include "tools/graph/dims.h"

namespace fovea::tools {

constexpr uint32_t kEndless = 1u << 30;  // slots; a ring has fewer

uint32_t Room::take(const std::string& name, uint32_t otherwise, uint32_t most) {
  taken_.insert(name);
  graph_.limits[name] = most;
  const auto found = wanted_.find(name);
  if (found == wanted_.end()) return otherwise;
  check_maximum(name, found->second, most);
  return found->second;
}

void Room::expect_all_taken() const {
  for (const auto& [name, value] : wanted_) {
    if (taken_.contains(name)) continue;
    throw UsageError(fmt::format("--max {}: this model has no such dim; it has {}", name,
                                 fmt::join(taken_, ", ")));
  }
}

int32_t Room::add_dim(const std::string& name, uint32_t max) {
  auto dim = std::make_unique<schema::DimT>();
  dim->name = name;
  dim->max = max;
  graph_.model.dims.push_back(std::move(dim));
  return static_cast<int32_t>(graph_.model.dims.size()) - 1;
}

int32_t Room::constant_dim(int32_t x, uint32_t count) {
  schema::DimT dim;
  dim.x = x;
  dim.a = 0;
  dim.c = static_cast<int32_t>(count);
  return derived_dim(graph_.model, std::move(dim), "_encoded");
}

uint32_t Room::take_batch() {
  return graph_.model.sequences = take("batch", 1, kMostSequences);
}

int32_t Room::add_batch() {
  const uint32_t batch = graph_.model.sequences;
  return batch == 1 ? -1 : add_dim("batch", batch);
}

uint32_t Room::add_cache(const std::string& name, uint32_t context) {
  auto cache = std::make_unique<schema::CacheT>();
  cache->name = name;
  cache->context = context;
  cache->capacity = static_cast<uint32_t>(round_up(context, 16));
  graph_.model.caches.push_back(std::move(cache));
  return static_cast<uint32_t>(graph_.model.caches.size()) - 1;
}

int32_t Room::add_state(std::string name, schema::StateLayout layout, uint32_t cache,
                        uint32_t heads, uint32_t width) {
  auto state = std::make_unique<schema::StateT>();
  state->name = std::move(name);
  state->layout = layout;
  state->cache = cache;
  state->heads = heads;
  state->width = width;
  graph_.model.states.push_back(std::move(state));
  return static_cast<int32_t>(graph_.model.states.size()) - 1;
}

uint32_t Room::add_stream_cache(const std::string& name) {
  return add_cache(name, kEndless);
}

int32_t Room::add_rows(const std::string& name, uint32_t cache, uint32_t width) {
  return add_state(name, schema::StateLayout::Values, cache, 1, width);
}

KeyValues Room::add_states(const std::string& name, uint32_t cache, const Heads& heads) {
  using schema::StateLayout;
  return {
      true, add_state("key." + name, StateLayout::Keys16, cache, heads.kv_count, heads.key_width),
      add_state("value." + name, StateLayout::Values, cache, heads.kv_count, heads.value_width)};
}

}  // namespace fovea::tools
