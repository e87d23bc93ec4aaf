#include "tools/import/text/pattern.h"

#include <algorithm>
#include <utility>

#include "tools/import/text/pattern_text.h"

namespace fovea::tools {
namespace {

using Kind = Pattern::Kind;

constexpr uint32_t kMostTimes = 1000;  // of a counted repeat

Pattern ahead(CodePointSet set, bool end) {
  Pattern pattern = Pattern::one_of(std::move(set));
  pattern.kind = Kind::kAhead;
  pattern.end = end;
  return pattern;
}

// \w that stands outside of brackets: Oniguruma then takes Latin-1's superscripts and fractions in.
CodePointSet lone_word_characters() {
  CodePointSet set = word_characters();
  for (const uint32_t point : {0xB2u, 0xB3u, 0xB9u, 0xBCu, 0xBDu, 0xBEu}) set.add({point, point});
  return set;
}

class Parser {
 public:
  explicit Parser(PatternText& text) : text_(text) {}

  Pattern all() {
    Pattern pattern = choice();
    if (!text_.done()) text_.refuse("a closing parenthesis too many");
    return pattern;
  }

 private:
  Pattern choice() {
    text_.enter();
    const bool ignored_case = ignores_case_;
    if (text_.take("(?i)")) ignores_case_ = true;
    std::vector<Pattern> parts;
    parts.push_back(sequence());
    while (text_.take("|")) parts.push_back(sequence());
    ignores_case_ = ignored_case;
    text_.leave();
    return Pattern::joined(Kind::kChoice, std::move(parts));
  }

  Pattern sequence() {
    std::vector<Pattern> parts;
    while (!text_.done() && !text_.goes_on("|") && !text_.goes_on(")")) {
      if (text_.take("(?#")) {
        while (text_.take() != ')') {
        }
        continue;
      }
      parts.push_back(repeated(atom()));
    }
    return Pattern::joined(Kind::kSequence, std::move(parts));
  }

  Pattern atom() {
    if (text_.take("(")) return group();
    if (text_.take("[")) return Pattern::one_of(read_brackets(text_, ignores_case_));
    if (text_.take(".")) return Pattern::one_of(CodePointSet('\n', '\n').complement());
    if (text_.take("$")) return ahead({'\n', '\n'}, true);
    if (text_.take("\\z")) return ahead({}, true);
    if (text_.goes_on("^")) text_.refuse("^, which is not known,");
    if (text_.goes_on("*") || text_.goes_on("+") || text_.goes_on("?")) {
      text_.refuse("a repeat of nothing");
    }
    if (text_.take("\\w")) return Pattern::one_of(lone_word_characters());
    if (text_.take("\\W")) return Pattern::one_of(lone_word_characters().complement());
    if (text_.take("\\")) return Pattern::one_of(cased(read_escape(text_)));
    const uint32_t point = text_.take();
    return Pattern::one_of(cased({point, point}));
  }

  CodePointSet cased(CodePointSet set) const { return ignores_case_ ? any_case(set) : set; }

  // Behind the parenthesis.
  Pattern group() {
    if (text_.take("?=")) return lookahead(false);
    if (text_.take("?!")) return lookahead(true);
    const bool ignored_case = ignores_case_;
    if (text_.take("?i:")) {
      ignores_case_ = true;
    } else if (text_.take("?-i:")) {
      ignores_case_ = false;
    } else if (!text_.take("?:") && text_.goes_on("?")) {
      text_.take();
      text_.refuse("a group (? of a kind that is not known");
    }
    Pattern inner = choice();
    if (!text_.take(")")) text_.refuse("a group without its end");
    ignores_case_ = ignored_case;
    return inner;
  }

  Pattern lookahead(bool negated) {
    Pattern inner = choice();
    if (!text_.take(")")) text_.refuse("a group without its end");
    if (inner.kind == Kind::kChoice) {
      Pattern any = ahead({}, false);
      for (const Pattern& part : inner.parts) {
        check_one(part);
        any.set.add(part.set);
        any.end |= part.end;
      }
      inner = std::move(any);
    }
    check_one(inner);
    return negated ? ahead(inner.set.complement(), !inner.end) : ahead(inner.set, inner.end);
  }

  void check_one(const Pattern& part) const {
    if (part.kind == Kind::kSet || part.kind == Kind::kAhead) return;
    text_.refuse("a lookahead of other than one character");
  }

  Pattern repeated(Pattern inner) {
    Pattern pattern;
    pattern.kind = Kind::kRepeat;
    bool counted = false;
    if (!read_times(pattern, &counted)) return inner;
    pattern.parts.push_back(std::move(inner));
    const Pattern& part = pattern.parts[0];
    if (pattern.most > 1 && part.may_be_empty()) text_.refuse("a repeat of what may be nothing");
    if (counted && (text_.goes_on("?") || text_.goes_on("+"))) {
      text_.refuse("a counted repeat with a mark behind it");
    }
    if (text_.take("?")) {
      pattern.greedy = false;
    } else if (text_.take("+")) {
      if (part.kind != Kind::kSet) text_.refuse("a possessive repeat of more than one character");
      return possessive(std::move(pattern));
    }
    if (text_.goes_on("*") || text_.goes_on("+") || text_.goes_on("?")) {
      text_.refuse("a repeat of a repeat");
    }
    return pattern;
  }

  // What is possessive ends where the set does: nothing of it is given back.
  static Pattern possessive(Pattern repeat) {
    const CodePointSet& set = repeat.parts[0].set;
    Pattern stop = ahead(set.complement(), true);
    if (repeat.most == Pattern::kUnbounded) {
      return Pattern::joined(Kind::kSequence, {std::move(repeat), std::move(stop)});
    }
    return Pattern::joined(Kind::kChoice, {Pattern::one_of(set), std::move(stop)});
  }

  bool read_times(Pattern& pattern, bool* counted) {
    if (text_.take("*")) {
      pattern.least = 0;
      pattern.most = Pattern::kUnbounded;
    } else if (text_.take("+")) {
      pattern.most = Pattern::kUnbounded;
    } else if (text_.take("?")) {
      pattern.least = 0;
    } else if (text_.take("{")) {
      *counted = true;
      pattern.least = text_.goes_on(",") ? 0 : text_.number(kMostTimes);
      pattern.most = pattern.least;
      if (text_.take(",")) {
        pattern.most = text_.at_digit() ? text_.number(kMostTimes) : Pattern::kUnbounded;
      }
      if (!text_.take("}") || pattern.most < pattern.least || pattern.most == 0) {
        text_.refuse("a counted repeat that makes no sense");
      }
    } else {
      return false;
    }
    return true;
  }

  PatternText& text_;
  bool ignores_case_ = false;
};

}  // namespace

Pattern Pattern::one_of(CodePointSet set) {
  Pattern pattern;
  pattern.kind = Kind::kSet;
  pattern.set = std::move(set);
  return pattern;
}

Pattern Pattern::joined(Kind kind, std::vector<Pattern> parts) {
  if (parts.size() == 1) return std::move(parts[0]);
  Pattern pattern;
  pattern.kind = kind;
  pattern.parts = std::move(parts);
  return pattern;
}

Pattern Pattern::repeated(Pattern part, uint32_t least, uint32_t most) {
  Pattern pattern;
  pattern.kind = Kind::kRepeat;
  pattern.parts.push_back(std::move(part));
  pattern.least = least;
  pattern.most = most;
  return pattern;
}

bool Pattern::may_be_empty() const {
  const auto empty = [](const Pattern& part) { return part.may_be_empty(); };
  switch (kind) {
    case Kind::kSet:
      return false;
    case Kind::kAhead:
      return true;
    case Kind::kSequence:
      return std::all_of(parts.begin(), parts.end(), empty);
    case Kind::kChoice:
      return std::any_of(parts.begin(), parts.end(), empty);
    case Kind::kRepeat:
      return least == 0 || parts[0].may_be_empty();
  }
  return false;
}

Pattern parse_pattern(const std::string& text, const std::string& where) {
  PatternText points(text, where);
  return Parser(points).all();
}

}  // namespace fovea::tools
