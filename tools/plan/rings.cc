// Caches that need not hold all tokens, because nothing looks at those far back.

#include <algorithm>

#include "runtime/layout.h"
#include "tools/plan/plan.h"

namespace fovea::tools {
namespace {

// How far back the attentions of a cache look, and which first tokens they keep.
struct Sight {
  uint32_t before = 0, kept = 0;
  bool limited = false;  // all of them, and there are some
};

Sight sight_of(const schema::ModelT& model, uint32_t cache) {
  Sight sight;
  for (const auto& method : model.methods) {
    for (const auto& op : method->operators) {
      const schema::AttentionT* a = op->attributes.AsAttention();
      if (a == nullptr || op->states.empty() || op->states[0] < 0 ||
          model.states[op->states[0]]->cache != cache) {
        continue;
      }
      if (a->scoring == nullptr || a->scoring->before == UINT32_MAX) return {};
      sight.limited = true;
      sight.before = std::max(sight.before, a->scoring->before);
      sight.kept = std::max(sight.kept, a->scoring->kept);
    }
  }
  return sight;
}

// Tokens that a run may store for one sequence.
uint64_t most_stored(const schema::ModelT& model, uint32_t cache) {
  uint64_t most = 0;
  for (const auto& method : model.methods) {
    for (const auto& update : method->updates) {
      if (update->cache == cache) most = std::max<uint64_t>(most, model.dims[update->dim]->max);
    }
  }
  return most;
}

}  // namespace

void place_rings(schema::ModelT& model) {
  for (uint32_t i = 0; i < model.caches.size(); ++i) {
    schema::CacheT& cache = *model.caches[i];
    if (!appends_to(model, i)) continue;
    const Sight sight = sight_of(model, i);
    const uint64_t kept = round_up(sight.kept, 16), all = round_up(cache.context, 16);
    const uint64_t ring = (most_stored(model, i) + sight.before + 30) / 16 * 16;
    const bool saves = sight.limited && kept + ring < all;
    cache.ring = saves ? static_cast<uint32_t>(ring) : 0;
    cache.capacity = static_cast<uint32_t>(saves ? kept + ring : all);
  }
}

}  // namespace fovea::tools
