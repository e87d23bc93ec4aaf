#include "tools/session/caches.h"

namespace fovea::tools {

std::set<uint32_t> filled_caches(const ModelFile& file, uint32_t method) {
  std::set<uint32_t> result;
  const auto* updates = file.tables().methods()->Get(method)->updates();
  for (uint32_t i = 0; i < size_of(updates); ++i) result.insert(updates->Get(i)->cache());
  return result;
}

std::set<uint32_t> read_caches(const ModelFile& file, uint32_t method) {
  std::set<uint32_t> result;
  const auto* operators = file.tables().methods()->Get(method)->operators();
  for (uint32_t i = 0; i < size_of(operators); ++i) {
    const auto* states = operators->Get(i)->states();
    for (uint32_t j = 0; j < size_of(states); ++j) {
      if (states->Get(j) < 0) continue;
      const auto* state = file.tables().states()->Get(static_cast<uint32_t>(states->Get(j)));
      result.insert(state->cache());
    }
  }
  return result;
}

}  // namespace fovea::tools
