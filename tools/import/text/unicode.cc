#include "tools/import/text/unicode.h"

#include <utf8proc.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <tuple>

#include "runtime/text/hangul.h"
#include "runtime/text/utf8.h"
#include "tools/import/text/code_points.h"

namespace fovea::tools {
namespace {

constexpr size_t kLongestDecomposition = 32;  // code points of a decomposition: U+FDFA has 18

int32_t signed_of(uint32_t point) {
  return static_cast<int32_t>(point);
}

bool is_surrogate(uint32_t point) {
  return point >= 0xD800 && point < 0xE000;
}

// The one code point that a text composes to, 0 where there are more.
uint32_t composed(const std::u32string& text) {
  std::string bytes;
  for (const char32_t point : text) bytes += utf8_of(point);
  utf8proc_uint8_t* made = nullptr;
  const auto options = static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE);
  const auto size = utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(bytes.data()),
                                 static_cast<utf8proc_ssize_t>(bytes.size()), &made, options);
  uint32_t result = 0;
  if (size > 0) {
    const CodePoint first =
        first_point({reinterpret_cast<const char*>(made), static_cast<size_t>(size)});
    if (first.size == static_cast<size_t>(size)) result = first.value;
  }
  std::free(made);
  return result;
}

void add_compositions(schema::NormalizationT& made) {
  made.hangul = true;
  for (uint32_t point = 0; point < kCodePoints; ++point) {
    if (hangul::is_syllable(point) || is_surrogate(point)) continue;
    std::u32string parts = decomposed(point, false);
    if (parts.size() < 2 || composed(parts) != point) continue;
    const uint32_t last = parts.back();
    parts.pop_back();
    made.compositions.emplace_back(composed(parts), last, point);
  }
  std::sort(made.compositions.begin(), made.compositions.end(), [](const auto& a, const auto& b) {
    return std::tuple(a.first(), a.second()) < std::tuple(b.first(), b.second());
  });
}

}  // namespace

std::string utf8_of(uint32_t point) {
  char bytes[4];
  return {bytes, write_point(point, bytes)};
}

std::u32string decomposed(uint32_t point, bool compatible) {
  utf8proc_int32_t parts[kLongestDecomposition];
  int bound = 0;
  const int options = UTF8PROC_STABLE | UTF8PROC_DECOMPOSE | (compatible ? UTF8PROC_COMPAT : 0);
  const auto count = utf8proc_decompose_char(signed_of(point), parts, kLongestDecomposition,
                                             static_cast<utf8proc_option_t>(options), &bound);
  if (count <= 0) return {point};
  return {parts, parts + std::min<size_t>(static_cast<size_t>(count), kLongestDecomposition)};
}

std::u32string lower_case(uint32_t point) {
  if (point == 0x130) return {U'i', 0x307};  // the only one that becomes two
  return {static_cast<char32_t>(utf8proc_tolower(signed_of(point)))};
}

bool is_nonspacing_mark(uint32_t point) {
  return utf8proc_category(signed_of(point)) == UTF8PROC_CATEGORY_MN;
}

bool is_any_mark(uint32_t point) {
  const auto category = utf8proc_category(signed_of(point));
  return category == UTF8PROC_CATEGORY_MN || category == UTF8PROC_CATEGORY_MC ||
         category == UTF8PROC_CATEGORY_ME;
}

std::unique_ptr<schema::NormalizationT> replacement(const Mapping& mapping, bool hangul) {
  auto made = std::make_unique<schema::NormalizationT>();
  made->kind = schema::NormalizationKind::Replace;
  made->hangul = hangul;
  bool removing = false;
  // UTF-8 has the order of code points.
  for (uint32_t point = 0; point < kCodePoints; ++point) {
    const bool asked = !is_surrogate(point) && !(hangul && fovea::hangul::is_syllable(point));
    const std::u32string to = asked ? mapping(point) : std::u32string{point};
    if (removing != to.empty()) made->removed.push_back(point);
    removing = to.empty();
    if (to.empty() || to == std::u32string{point}) continue;
    const std::string key = utf8_of(point);
    made->keys.insert(made->keys.end(), key.begin(), key.end());
    made->key_ends.push_back(static_cast<uint32_t>(made->keys.size()));
    for (const char32_t part : to) {
      const std::string value = utf8_of(part);
      made->values.insert(made->values.end(), value.begin(), value.end());
    }
    made->value_ends.push_back(static_cast<uint32_t>(made->values.size()));
  }
  if (removing) made->removed.push_back(kCodePoints);
  return made;
}

std::unique_ptr<schema::NormalizationT> canonical_order(
    bool composes, const std::function<bool(uint32_t)>& stays) {
  auto made = std::make_unique<schema::NormalizationT>();
  made->kind = schema::NormalizationKind::Compose;
  for (uint32_t point = 0; point < kCodePoints; ++point) {
    const auto mark_class = utf8proc_get_property(signed_of(point))->combining_class;
    if (mark_class == 0 || !stays(point)) continue;
    made->marks.push_back(point);
    made->mark_classes.push_back(static_cast<uint8_t>(mark_class));
  }
  if (composes) add_compositions(*made);
  return made;
}

}  // namespace fovea::tools
