// Code points that differ in their case alone.

#include <utf8proc.h>

#include <map>
#include <utility>
#include <vector>

#include "tools/import/text/code_points.h"

namespace fovea::tools {
namespace {

uint32_t mapped(uint32_t point, utf8proc_int32_t (*map)(utf8proc_int32_t)) {
  return static_cast<uint32_t>(map(static_cast<utf8proc_int32_t>(point)));
}

// By code point that has another case: all of the same simple case folding, itself included.
const std::map<uint32_t, CodePointSet>& cases() {
  static const auto all = [] {
    std::map<uint32_t, CodePointSet> by_folding, by_point;
    std::map<uint32_t, uint32_t> foldings;
    for (uint32_t point = 0; point < kCodePoints; ++point) {
      // The dotted and the dotless i of Turkish fold to none but themselves.
      const bool turkish = point == 0x130 || point == 0x131;
      const uint32_t upper = turkish ? point : mapped(point, utf8proc_toupper);
      const uint32_t folding = turkish ? point : mapped(upper, utf8proc_tolower);
      if (folding != point) foldings[point] = folding;
    }
    for (const auto& [point, folding] : foldings) {
      by_folding[folding].add({point, point});
      by_folding[folding].add({folding, folding});
    }
    for (const auto& [folding, members] : by_folding) {
      for (const auto& range : members.ranges()) {
        for (uint32_t point = range.first; point <= range.last; ++point) by_point[point] = members;
      }
    }
    return by_point;
  }();
  return all;
}

}  // namespace

CodePointSet any_case(const CodePointSet& set) {
  std::vector<CodePointSet::Range> all = set.ranges();
  for (const auto& [point, members] : cases()) {
    if (!set.has(point)) continue;
    all.insert(all.end(), members.ranges().begin(), members.ranges().end());
  }
  return CodePointSet(std::move(all));
}

}  // namespace fovea::tools
