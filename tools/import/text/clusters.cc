#include "tools/import/text/clusters.h"

#include <utf8proc.h>

#include <initializer_list>
#include <vector>

namespace fovea::tools {
namespace {

using Kind = Pattern::Kind;

CodePointSet class_of(std::initializer_list<int> classes) {
  std::vector<CodePointSet::Range> ranges;
  for (uint32_t point = 0; point < kCodePoints; ++point) {
    const int own = utf8proc_get_property(static_cast<int32_t>(point))->boundclass;
    for (const int c : classes) {
      if (own == c) ranges.push_back({point, point});
    }
  }
  return CodePointSet(ranges);
}

Pattern one(std::initializer_list<int> classes) {
  return Pattern::one_of(class_of(classes));
}
Pattern any(Pattern part) {
  return Pattern::repeated(std::move(part), 0);
}
Pattern some(Pattern part) {
  return Pattern::repeated(std::move(part), 1);
}
Pattern row(std::vector<Pattern> parts) {
  return Pattern::joined(Kind::kSequence, std::move(parts));
}
Pattern choice(std::vector<Pattern> parts) {
  return Pattern::joined(Kind::kChoice, std::move(parts));
}

Pattern hangul_syllable() {
  const Pattern lead = one({UTF8PROC_BOUNDCLASS_L}), vowel = one({UTF8PROC_BOUNDCLASS_V}),
                tail = one({UTF8PROC_BOUNDCLASS_T});
  const Pattern middle = choice({some(vowel), row({one({UTF8PROC_BOUNDCLASS_LV}), any(vowel)}),
                                 one({UTF8PROC_BOUNDCLASS_LVT})});
  return choice({row({any(lead), middle, any(tail)}), some(lead), some(tail)});
}

Pattern pictographs() {
  const Pattern picture = one({UTF8PROC_BOUNDCLASS_EXTENDED_PICTOGRAPHIC});
  const Pattern joined =
      row({any(one({UTF8PROC_BOUNDCLASS_EXTEND})), one({UTF8PROC_BOUNDCLASS_ZWJ}), picture});
  return row({picture, any(joined)});
}

}  // namespace

Pattern grapheme_clusters() {
  const CodePointSet breaks =
      class_of({UTF8PROC_BOUNDCLASS_CR, UTF8PROC_BOUNDCLASS_LF, UTF8PROC_BOUNDCLASS_CONTROL});
  const Pattern flag = one({UTF8PROC_BOUNDCLASS_REGIONAL_INDICATOR});
  const Pattern core = choice(
      {hangul_syllable(), row({flag, flag}), pictographs(), Pattern::one_of(breaks.complement())});
  const Pattern behind =
      one({UTF8PROC_BOUNDCLASS_EXTEND, UTF8PROC_BOUNDCLASS_ZWJ, UTF8PROC_BOUNDCLASS_SPACINGMARK});
  return choice({row({one({UTF8PROC_BOUNDCLASS_CR}), one({UTF8PROC_BOUNDCLASS_LF})}),
                 row({any(one({UTF8PROC_BOUNDCLASS_PREPEND})), core, any(behind)}),
                 Pattern::one_of(breaks)});
}

}  // namespace fovea::tools
