#include "tools/import/text/split_behavior.h"

#include "tools/common/error.h"
#include "tools/common/printable.h"
#include "tools/import/text/splitter.h"

namespace fovea::tools {
namespace {

using Kind = Pattern::Kind;

// Patterns that match one character, and runs of these where `run`.
bool is_set(const Pattern& pattern, bool run) {
  if (pattern.kind == Kind::kSet) return true;
  return run && pattern.kind == Kind::kRepeat && pattern.greedy && pattern.least == 1 &&
         pattern.most == Pattern::kUnbounded && pattern.parts[0].kind == Kind::kSet;
}

const CodePointSet& set_of(const Pattern& pattern) {
  return pattern.kind == Kind::kSet ? pattern.set : pattern.parts[0].set;
}

Pattern optional(Pattern pattern) {
  return Pattern::repeated(std::move(pattern), 0, 1);
}

// Words of the characters outside of a set, each with the character of the set that comes before it
// or that comes after it; other characters of the set are words of their own.
Pattern merged(const CodePointSet& set, bool before) {
  Pattern one = Pattern::one_of(set);
  Pattern others = Pattern::repeated(Pattern::one_of(set.complement()), 1);
  Pattern both = Pattern::joined(Kind::kSequence,
                                 before ? std::vector<Pattern>{optional(one), std::move(others)}
                                        : std::vector<Pattern>{std::move(others), optional(one)});
  return Pattern::joined(Kind::kChoice, {std::move(both), std::move(one)});
}

}  // namespace

std::unique_ptr<schema::SplitterT> compile_split(const Pattern& pattern,
                                                 const std::string& behavior, bool invert,
                                                 const std::string& where) {
  if (behavior == "Isolated") return compile_splitter(pattern, false, where);
  if (behavior == "Removed" && invert) return compile_splitter(pattern, true, where);
  if (behavior == "Contiguous") {
    if (pattern.may_be_empty()) fail("{} matches text of no characters", where);
    return compile_splitter(Pattern::repeated(pattern, 1), false, where);
  }
  const bool removed = behavior == "Removed", previous = behavior == "MergedWithPrevious";
  if (!removed && !previous && behavior != "MergedWithNext") {
    fail("{}: behavior {} is not known; it cannot be converted", where, printable(behavior));
  }
  if (!is_set(pattern, removed)) {
    fail("{}: {} with matches of more than one character cannot be converted", where, behavior);
  }
  const CodePointSet& set = set_of(pattern);
  if (!removed) return compile_splitter(merged(set, previous == invert), false, where);
  return compile_splitter(Pattern::repeated(Pattern::one_of(set.complement()), 1), true, where);
}

}  // namespace fovea::tools
