#include <fmt/format.h>

#include "tools/common/ascii.h"
#include "tools/import/text/pattern_text.h"

namespace fovea::tools {
namespace {

CodePointSet single(uint32_t point) {
  return {point, point};
}

// \p{...}, of which the letter is taken.
CodePointSet read_property(PatternText& text, bool negated) {
  if (!text.take("{")) text.refuse("a property without a name in braces");
  negated ^= text.take("^");
  std::string name;
  while (!text.goes_on("}")) {
    const uint32_t point = text.take();
    if (point >= 0x80) text.refuse("a property that is not known");
    name += static_cast<char>(point);
  }
  text.take("}");
  const auto set = property_set(name);
  if (!set) text.refuse(fmt::format("the property {}, which is not known,", name));
  return negated ? set->complement() : *set;
}

CodePointSet read_hexadecimal(PatternText& text) {
  if (text.take("{")) {
    const uint32_t point = text.number(kCodePoints - 1, 16);
    if (!text.take("}")) text.refuse("a code point without the brace that ends it");
    return single(point);
  }
  uint32_t point = 0;
  for (int i = 0; i < 2 && text.at_digit(16); ++i) {
    point = 16 * point + static_cast<uint32_t>(std::stoul(
                             std::string(1, static_cast<char>(text.take())), nullptr, 16));
  }
  if (point == 0 || point >= 0x80) text.refuse("a byte that is no character");
  return single(point);
}

CodePointSet read_four_digits(PatternText& text) {
  std::string digits;
  for (int i = 0; i < 4; ++i) {
    if (!text.at_digit(16)) text.refuse("\\u without four digits");
    digits += static_cast<char>(text.take());
  }
  return single(static_cast<uint32_t>(std::stoul(digits, nullptr, 16)));
}

// [:alpha:] and the like mean sets that depend on who reads them.
void refuse_class_name(const PatternText& text) {
  if (text.goes_on("[:")) text.refuse("a set with a name in [: :], which is not known,");
}

// An element of a set in brackets: a code point, what an escape stands for, or another set.
CodePointSet read_element(PatternText& text, bool ignores_case) {
  refuse_class_name(text);
  if (text.take("[")) return read_brackets(text, ignores_case);
  if (text.take("\\")) return read_escape(text);
  return single(text.take());
}

bool is_single(const CodePointSet& set) {
  return set.ranges().size() == 1 && set.ranges()[0].first == set.ranges()[0].last;
}

// From an element to what follows the minus.
CodePointSet read_range(PatternText& text, const CodePointSet& first) {
  text.take("-");
  if (text.goes_on("[")) text.refuse("a range that ends in a set");
  const CodePointSet last = text.take("\\") ? read_escape(text) : single(text.take());
  if (!is_single(first) || !is_single(last)) text.refuse("a range between sets");
  const uint32_t from = first.ranges()[0].first, to = last.ranges()[0].first;
  if (from > to) text.refuse("a range that ends before it begins");
  return {from, to};
}

}  // namespace

CodePointSet read_escape(PatternText& text) {
  const uint32_t letter = text.take();
  switch (letter) {
    case 's':
      return white_space();
    case 'S':
      return white_space().complement();
    case 'd':
      return decimal_digits();
    case 'D':
      return decimal_digits().complement();
    case 'w':
      return word_characters();
    case 'W':
      return word_characters().complement();
    case 'p':
    case 'P':
      return read_property(text, letter == 'P');
    case 'n':
      return single('\n');
    case 'r':
      return single('\r');
    case 't':
      return single('\t');
    case 'f':
      return single('\f');
    case 'v':
      return single('\v');
    case 'a':
      return single('\a');
    case 'e':
      return single(0x1B);
    case 'x':
      return read_hexadecimal(text);
    case 'u':
      return read_four_digits(text);
    default:
      break;
  }
  if (is_ascii_letter(letter) || is_ascii_digit(letter)) {
    text.refuse(fmt::format("\\{}, which is not known,", static_cast<char>(letter)));
  }
  return single(letter);
}

CodePointSet read_brackets(PatternText& text, bool ignores_case) {
  text.enter();
  const bool negated = text.take("^");
  if (text.goes_on("]")) text.refuse("an empty set");
  CodePointSet set, left;
  bool intersects = false;
  while (!text.take("]")) {
    if (text.take("&&")) {
      left = intersects ? left.intersected(set) : set;
      intersects = true;
      set = {};
      continue;
    }
    CodePointSet element = read_element(text, ignores_case);
    if (text.goes_on("-") && !text.goes_on("-]") && !text.goes_on("-&&")) {
      element = read_range(text, element);
    }
    set.add(element);
  }
  text.leave();
  if (intersects) set = left.intersected(set);
  if (ignores_case) set = any_case(set);
  return negated ? set.complement() : set;
}

}  // namespace fovea::tools
