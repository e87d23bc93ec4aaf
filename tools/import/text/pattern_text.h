// The text of a regular expression while it is read.

#ifndef FOVEA_TOOLS_IMPORT_TEXT_PATTERN_TEXT_H_
#define FOVEA_TOOLS_IMPORT_TEXT_PATTERN_TEXT_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "tools/import/text/code_points.h"

namespace fovea::tools {

class PatternText {
 public:
  // Throws InputError where `text` is no UTF-8 or too long.
  PatternText(const std::string& text, const std::string& where);

  bool done() const { return at_ == points_.size(); }
  // The next code point; not at the end.
  uint32_t peek() const { return points_[at_]; }
  // The next code point; throws at the end.
  uint32_t take();
  // Whether it goes on with `words`, which then are taken.
  bool take(std::string_view words);
  bool goes_on(std::string_view words) const;
  // A whole number in digits, at most `most`; throws where none is there.
  uint32_t number(uint32_t most, uint32_t base = 10);
  bool at_digit(uint32_t base = 10) const;

  // Around what stands within something of its own kind; throws where that is too deep.
  void enter();
  void leave() { --depth_; }

  // Throws InputError that says what stands where reading has come to.
  [[noreturn]] void refuse(const std::string& what) const;

 private:
  std::u32string points_;
  std::string text_, where_;
  size_t at_ = 0;
  int depth_ = 0;
};

// The set that an escape stands for, of which the backslash is taken.
CodePointSet read_escape(PatternText& text);

// The set in brackets, of which the first is taken.
CodePointSet read_brackets(PatternText& text, bool ignores_case);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_IMPORT_TEXT_PATTERN_TEXT_H_
