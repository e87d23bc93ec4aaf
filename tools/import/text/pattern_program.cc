#include "tools/import/text/pattern_program.h"

#include <map>

#include "tools/common/error.h"

namespace fovea::tools {
namespace {

constexpr size_t kMostPatternSteps = 1 << 14;

class Maker {
 public:
  explicit Maker(const std::string& where) : where_(where) {}

  PatternProgram make(const Pattern& pattern) {
    const uint32_t match = add({});
    program_.start = steps_of(pattern, match);
    program_.sets.resize(sets_.size());
    for (const auto& [set, index] : sets_) program_.sets[index] = set;
    return std::move(program_);
  }

 private:
  uint32_t add(const PatternStep& step) {
    if (program_.steps.size() == kMostPatternSteps) {
      fail("{} takes more than {} steps; it cannot be converted", where_, kMostPatternSteps);
    }
    program_.steps.push_back(step);
    return static_cast<uint32_t>(program_.steps.size() - 1);
  }

  uint32_t set_index(const CodePointSet& set) {
    return sets_.try_emplace(set, static_cast<uint32_t>(sets_.size())).first->second;
  }

  // The first step of what matches the pattern and then goes on with `next`.
  uint32_t steps_of(const Pattern& pattern, uint32_t next) {
    switch (pattern.kind) {
      case Pattern::Kind::kSet:
        return add({PatternStep::Kind::kTake, set_index(pattern.set), false, next});
      case Pattern::Kind::kAhead:
        return add({PatternStep::Kind::kAhead, set_index(pattern.set), pattern.end, next});
      case Pattern::Kind::kSequence:
        for (auto part = pattern.parts.rbegin(); part != pattern.parts.rend(); ++part) {
          next = steps_of(*part, next);
        }
        return next;
      case Pattern::Kind::kChoice: {
        uint32_t first = steps_of(pattern.parts.back(), next);
        for (size_t i = pattern.parts.size() - 1; i-- > 0;) {
          first = fork(steps_of(pattern.parts[i], next), first);
        }
        return first;
      }
      case Pattern::Kind::kRepeat:
        return repeat(pattern, next);
    }
    return next;
  }

  uint32_t fork(uint32_t next, uint32_t other) {
    return add({PatternStep::Kind::kFork, 0, false, next, other});
  }

  uint32_t repeat(const Pattern& pattern, uint32_t next) {
    const Pattern& part = pattern.parts[0];
    uint32_t first = next, left = pattern.least;
    if (pattern.most == Pattern::kUnbounded) {
      const uint32_t loop = fork(0, 0);
      const uint32_t body = steps_of(part, loop);
      lead(loop, body, next, pattern.greedy);
      first = left > 0 ? body : loop;
      left -= left > 0 ? 1 : 0;
    } else {
      for (uint32_t i = pattern.least; i < pattern.most; ++i) {
        const uint32_t choice = fork(0, 0);
        lead(choice, steps_of(part, first), next, pattern.greedy);
        first = choice;
      }
    }
    while (left-- > 0) first = steps_of(part, first);
    return first;
  }

  void lead(uint32_t fork, uint32_t body, uint32_t out, bool greedy) {
    program_.steps[fork].next = greedy ? body : out;
    program_.steps[fork].other = greedy ? out : body;
  }

  const std::string& where_;
  PatternProgram program_;
  std::map<CodePointSet, uint32_t> sets_;
};

}  // namespace

PatternProgram make_program(const Pattern& pattern, const std::string& where) {
  return Maker(where).make(pattern);
}

}  // namespace fovea::tools
