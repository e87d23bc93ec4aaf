#include "tools/session/token_rules.h"

#include <limits>

namespace fovea::tools {
namespace {

std::vector<int32_t> ids_of(const ModelFile& file, fovea_special kind) {
  uint32_t count = 0;
  const int32_t* ids = file.model().special_ids(kind, &count);
  return {ids, ids + count};
}

}  // namespace

std::vector<int32_t> start_ids(const ModelFile& file) {
  std::vector<int32_t> ids = ids_of(file, FOVEA_SPECIAL_START);
  return ids.empty() ? ids_of(file, FOVEA_SPECIAL_BEGIN) : ids;
}

TokenRules::TokenRules(const ModelFile& file)
    : forced_(ids_of(file, FOVEA_SPECIAL_FORCED)),
      forced_last_(ids_of(file, FOVEA_SPECIAL_FORCED_LAST)),
      suppressed_(ids_of(file, FOVEA_SPECIAL_SUPPRESSED)),
      suppressed_first_(ids_of(file, FOVEA_SPECIAL_SUPPRESSED_FIRST)) {}

int32_t TokenRules::forced(size_t count, bool last) const {
  if (count < forced_.size()) return forced_[count];
  return last && !forced_last_.empty() ? forced_last_[0] : -1;
}

std::span<const float> TokenRules::allowed(std::span<const float> logits, size_t count) {
  const bool first = count == forced_.size() && !suppressed_first_.empty();
  if (suppressed_.empty() && !first) return logits;
  room_.assign(logits.begin(), logits.end());
  const auto suppress = [&](const std::vector<int32_t>& ids) {
    for (const int32_t id : ids) {
      if (static_cast<size_t>(id) < room_.size()) {
        room_[static_cast<size_t>(id)] = std::numeric_limits<float>::lowest();
      }
    }
  };
  suppress(suppressed_);
  if (first) suppress(suppressed_first_);
  return room_;
}

}  // namespace fovea::tools
