// Sets of Unicode code points.

#ifndef FOVEA_TOOLS_IMPORT_TEXT_CODE_POINTS_H_
#define FOVEA_TOOLS_IMPORT_TEXT_CODE_POINTS_H_

#include <compare>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace fovea::tools {

inline constexpr uint32_t kCodePoints = 0x110000;

class CodePointSet {
 public:
  // From `first` to `last`, both included.
  struct Range {
    uint32_t first, last;
    auto operator<=>(const Range&) const = default;
  };

  CodePointSet() = default;
  CodePointSet(uint32_t first, uint32_t last) : ranges_{{first, last}} {}
  // In any order.
  explicit CodePointSet(std::vector<Range> ranges);

  // Ascending, none beside another.
  const std::vector<Range>& ranges() const { return ranges_; }
  bool empty() const { return ranges_.empty(); }
  bool has(uint32_t point) const;

  void add(const CodePointSet& other);
  CodePointSet complement() const;
  CodePointSet intersected(const CodePointSet& other) const;

  auto operator<=>(const CodePointSet&) const = default;

 private:
  std::vector<Range> ranges_;
};

// What Unicode's general category is named so: "L", "Lu", "Letter" and the like, in any case, or
// the property "White_Space", "Space" or "Any". Nothing for another name.
std::optional<CodePointSet> property_set(std::string_view name);

// \s, \d and \w: white space; decimal digits; and what is alphabetic, marks, decimal digits and
// connectors (Unicode TS 18, annex C).
const CodePointSet& white_space();
const CodePointSet& decimal_digits();
const CodePointSet& word_characters();

// What splits words in the `tokenizers` library: ASCII's punctuation and symbols, and the category
// P of Unicode 8, which the library has tables of.
const CodePointSet& punctuation();

// The set with every code point whose simple case folding is that of one in it.
CodePointSet any_case(const CodePointSet& set);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_IMPORT_TEXT_CODE_POINTS_H_
