#include "tools/session/token_rules.h"

#include <algorithm>
#include <cstddef>
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
      suppressed_first_(ids_of(file, FOVEA_SPECIAL_SUPPRESSED_FIRST)),
      end_(ids_of(file, FOVEA_SPECIAL_END)),
      search_(file.model().search()) {}

int32_t TokenRules::forced(size_t count, bool last) const {
  if (count < forced_.size()) return forced_[count];
  return last && !forced_last_.empty() ? forced_last_[0] : -1;
}

void TokenRules::suppress(const std::vector<int32_t>& ids) {
  for (const int32_t id : ids) {
    if (static_cast<size_t>(id) < room_.size()) {
      room_[static_cast<size_t>(id)] = std::numeric_limits<float>::lowest();
    }
  }
}

// What would make a row of tokens that the text has already.
void TokenRules::suppress_repeated(std::span<const int32_t> text) {
  const size_t row = search_.no_repeat;
  if (row == 0 || text.size() + 1 < row) return;
  const std::span<const int32_t> end = text.last(row - 1);
  for (size_t i = 0; i + row <= text.size(); ++i) {
    if (std::equal(end.begin(), end.end(), text.begin() + static_cast<std::ptrdiff_t>(i))) {
      suppress({text[i + row - 1]});
    }
  }
}

std::span<const float> TokenRules::allowed(std::span<const float> logits, size_t count,
                                           std::span<const int32_t> text) {
  const bool first = count == forced_.size() && !suppressed_first_.empty();
  const bool short_yet = !text.empty() && text.size() < search_.least;
  const bool repeats = search_.no_repeat > 0 && !text.empty();
  if (suppressed_.empty() && !first && !short_yet && !repeats) return logits;
  room_.assign(logits.begin(), logits.end());
  if (repeats) suppress_repeated(text);
  if (short_yet) suppress(end_);
  suppress(suppressed_);
  if (first) suppress(suppressed_first_);
  return room_;
}

}  // namespace fovea::tools
