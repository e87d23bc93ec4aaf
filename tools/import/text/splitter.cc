#include "tools/import/text/splitter.h"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "tools/common/error.h"
#include "tools/common/printable.h"
#include "tools/import/text/pattern_program.h"

namespace fovea::tools {
namespace {

constexpr uint16_t kEnds = 0x8000, kNone = 0x7FFF;  // of an entry of Splitter.next
constexpr size_t kMostEntries = 1 << 18;

// What a pattern tells apart: code points that are in the same of its sets are of one class.
struct Classes {
  std::vector<uint32_t> starts;
  std::vector<uint8_t> by_start;
  std::vector<std::vector<bool>> sets;  // by class: which sets its code points are in
};

Classes classes_of(const std::vector<CodePointSet>& sets, const std::string& where) {
  // By code point where sets begin and end: which of them change there.
  std::map<uint32_t, std::vector<uint32_t>> changes;
  changes[0];
  for (uint32_t i = 0; i < sets.size(); ++i) {
    for (const auto& range : sets[i].ranges()) {
      changes[range.first].push_back(i);
      changes[range.last + 1].push_back(i);
    }
  }
  changes.erase(kCodePoints);
  Classes classes;
  std::map<std::vector<bool>, uint8_t> known;
  std::vector<bool> in(sets.size());
  for (const auto& [start, changed] : changes) {
    for (const uint32_t set : changed) in[set] = !in[set];
    if (known.size() == 256 && !known.contains(in)) {
      fail(
          "{} tells more than 256 kinds of characters apart; it cannot be "
          "converted",
          where);
    }
    const auto [found, added] = known.try_emplace(in, static_cast<uint8_t>(known.size()));
    if (added) classes.sets.push_back(in);
    classes.starts.push_back(start);
    classes.by_start.push_back(found->second);
  }
  return classes;
}

// States are lists of threads, that which the pattern prefers first, each named by its next step.
class Automaton {
 public:
  Automaton(const PatternProgram& program, const Classes& classes, const std::string& where)
      : program_(program),
        classes_(classes),
        where_(where),
        seen_(program.steps.size()),
        listed_(program.steps.size()) {}

  std::vector<uint16_t> next() {
    state({program_.start});
    std::vector<uint16_t> entries;
    for (size_t i = 0; i < states_.size(); ++i) {
      for (size_t kind = 0; kind <= classes_.sets.size(); ++kind) {
        entries.push_back(entry(*states_[i], kind));
      }
    }
    return entries;
  }

 private:
  using Threads = std::vector<uint32_t>;

  uint16_t state(Threads threads) {
    if (threads.empty()) return kNone;
    const auto number = static_cast<uint16_t>(states_.size());
    const auto [found, added] = numbers_.try_emplace(std::move(threads), number);
    if (added) {
      states_.push_back(&found->first);
      if (states_.size() == kNone || states_.size() * (classes_.sets.size() + 1) > kMostEntries) {
        fail("{} takes an automaton with too many states; it cannot be converted", where_);
      }
    }
    return found->second;
  }

  // Where the threads go when the next code point is of class `kind`, or the text ends. A thread
  // that has matched ends those after it.
  uint16_t entry(const Threads& threads, size_t kind) {
    ++round_;
    Threads taken;
    for (const uint32_t thread : threads) {
      if (follow(thread, kind, &taken)) return kEnds | state(std::move(taken));
    }
    return state(std::move(taken));
  }

  // Adds where a thread goes. True where it matched.
  bool follow(uint32_t thread, size_t kind, Threads* taken) {
    std::vector<uint32_t> todo = {thread};
    while (!todo.empty()) {
      const uint32_t at = todo.back();
      const PatternStep& step = program_.steps[at];
      todo.pop_back();
      if (std::exchange(seen_[at], round_) == round_) continue;
      switch (step.kind) {
        case PatternStep::Kind::kTake:
          if (!has(step, kind, false)) break;
          if (std::exchange(listed_[step.next], round_) != round_) taken->push_back(step.next);
          break;
        case PatternStep::Kind::kAhead:
          if (has(step, kind, step.end)) todo.push_back(step.next);
          break;
        case PatternStep::Kind::kFork:
          todo.push_back(step.other);
          todo.push_back(step.next);
          break;
        case PatternStep::Kind::kMatch:
          return true;
      }
    }
    return false;
  }

  bool has(const PatternStep& step, size_t kind, bool at_end) const {
    return kind == classes_.sets.size() ? at_end : classes_.sets[kind][step.set];
  }

  const PatternProgram& program_;
  const Classes& classes_;
  const std::string& where_;
  std::map<Threads, uint16_t> numbers_;
  std::vector<const Threads*> states_;
  std::vector<uint64_t> seen_, listed_;  // by step: in which round it was last followed, listed
  uint64_t round_ = 0;
};

}  // namespace

std::unique_ptr<schema::SplitterT> compile_splitter(const std::string& pattern, bool drop,
                                                    const std::string& where) {
  return compile_splitter(parse_pattern(pattern, where), drop,
                          fmt::format("{}: the pattern {}", where, printable(pattern)));
}

std::unique_ptr<schema::SplitterT> compile_splitter(const Pattern& pattern, bool drop,
                                                    const std::string& where) {
  const PatternProgram program = make_program(pattern, where);
  const Classes classes = classes_of(program.sets, where);
  auto splitter = std::make_unique<schema::SplitterT>();
  splitter->classes = static_cast<uint32_t>(classes.sets.size());
  splitter->starts = classes.starts;
  splitter->start_classes = classes.by_start;
  splitter->next = Automaton(program, classes, where).next();
  splitter->drop = drop;
  const auto first = splitter->next.begin();
  const auto ends = [](uint16_t entry) { return (entry & kEnds) != 0; };
  if (std::any_of(first, first + splitter->classes + 1, ends)) {
    fail("{} matches text of no characters; it cannot be converted", where);
  }
  return splitter;
}

}  // namespace fovea::tools
