// Caches that need not hold all tokens, because nothing looks at those far back.

#include <algorithm>

#include "runtime/layout.h"
#include "tools/plan/plan.h"

namespace fovea::tools {
namespace {

// How far back the attentions of a cache look, which first tokens they keep, and how many slots
// histories take that earlier runs stored.
struct Sight {
  uint32_t before = 0, kept = 0, earlier = 0;
  bool attends = false, recalls = false;  // always so far, and something does
};

bool reads(const schema::ModelT& model, const schema::OperatorT& op, uint32_t cache) {
  return !op.states.empty() && op.states[0] >= 0 && model.states[op.states[0]]->cache == cache;
}

uint32_t earlier_slots(const schema::ModelT& model, const schema::MethodT& method,
                       const schema::OperatorT& op) {
  const schema::HistoryT& a = *op.attributes.AsHistory();
  const uint32_t each =
      model.states[op.states[0]]->width / method.tensors[op.inputs[0]]->extents.back();
  const uint32_t rows = a.rows == 0 ? a.before : a.rows - std::min(a.rows, each);
  return (rows + each - 1) / each;
}

Sight sight_of(const schema::ModelT& model, uint32_t cache) {
  Sight sight;
  for (const auto& method : model.methods) {
    for (const auto& op : method->operators) {
      if (!reads(model, *op, cache)) continue;
      if (op->attributes.AsHistory() != nullptr) {
        sight.recalls = true;
        sight.earlier = std::max(sight.earlier, earlier_slots(model, *method, *op));
      }
      const schema::AttentionT* a = op->attributes.AsAttention();
      if (a == nullptr) continue;
      if (a->scoring == nullptr || a->scoring->before == UINT32_MAX) return {};
      sight.attends = true;
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
    const uint64_t most = most_stored(model, i);
    const uint64_t seen = sight.attends ? (most + sight.before + 30) / 16 * 16 : 0;
    const uint64_t ring = std::max(seen, round_up(most + sight.earlier, 16));
    const bool saves = (sight.attends || sight.recalls) && kept + ring < all;
    cache.ring = saves ? static_cast<uint32_t>(ring) : 0;
    cache.capacity = static_cast<uint32_t>(saves ? kept + ring : all);
  }
}

}  // namespace fovea::tools
