#include "tools/import/states.h"

#include <memory>
#include <utility>

namespace fovea::tools {
namespace {

int32_t add_state(Graph& graph, std::string name, schema::StateLayout layout, uint32_t cache,
                  uint32_t heads, uint32_t width) {
  auto state = std::make_unique<schema::StateT>();
  state->name = std::move(name);
  state->layout = layout;
  state->cache = cache;
  state->heads = heads;
  state->width = width;
  graph.model.states.push_back(std::move(state));
  return static_cast<int32_t>(graph.model.states.size()) - 1;
}

}  // namespace

KeyValues add_states(Graph& graph, const std::string& name, uint32_t cache, const Heads& heads) {
  return {true,
          add_state(graph, "key." + name, schema::StateLayout::Keys16, cache, heads.kv_count,
                    heads.key_width),
          add_state(graph, "value." + name, schema::StateLayout::Values, cache, heads.kv_count,
                    heads.value_width)};
}

}  // namespace fovea::tools
