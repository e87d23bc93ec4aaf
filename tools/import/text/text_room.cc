#include "tools/import/text/text_room.h"

#include <algorithm>
#include <limits>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "runtime/features.h"
#include "runtime/text/hangul.h"
#include "runtime/text/utf8.h"
#include "tools/common/error.h"

namespace fovea::tools {
namespace {

using schema::NormalizationKind;
using schema::NormalizationT;

constexpr uint16_t kNoState = 0x7FFF;
constexpr uint64_t kSpareBytes = 32;  // of what is composed, and of places that are no whole number
constexpr int kMostChains = 16;       // of compositions of what was composed

std::vector<uint32_t> points_of(std::string_view text) {
  std::vector<uint32_t> points;
  for (Text left = {text.data(), text.size()}; left.size > 0;) {
    const CodePoint point = first_point(left);
    points.push_back(point.value);
    left = {left.data + point.size, left.size - point.size};
  }
  return points;
}

uint64_t bytes_of(uint32_t point) {
  char bytes[4];
  return write_point(point, bytes);
}

// Bytes that something takes in the end, and in the text where that is longest.
struct Weight {
  uint64_t end = 0, longest = 0;

  void add(Weight other) {
    end += other.end;
    longest += other.longest;
  }
  void include(Weight other) {
    end = std::max(end, other.end);
    longest = std::max(longest, other.longest);
  }
  Weight without(Weight other) const {
    return {end - std::min(end, other.end), longest - std::min(longest, other.longest)};
  }
  // A step has its text and the one that it makes.
  uint64_t most() const { return std::max(end, 2 * longest); }
};

// Whether a word that a splitter finds may begin with a code point, and may have it at all.
struct Finds {
  bool begins = false, has = false;
};
Finds finds(const schema::SplitterT& s, uint32_t point) {
  const auto above = std::upper_bound(s.starts.begin(), s.starts.end(), point);
  const uint32_t own = s.start_classes[static_cast<size_t>(above - s.starts.begin()) - 1];
  Finds found;
  for (size_t i = own; i < s.next.size(); i += s.classes + 1) {
    if ((s.next[i] & kNoState) == kNoState) continue;
    found.has = true;
    found.begins |= i == own;
  }
  return found;
}

// One step of normalisation by code points. What follows it is known.
class Step {
 public:
  Step(const NormalizationT& table, const Step* next) : table_(table), next_(next) {
    read_entries();
    if (table.kind == NormalizationKind::Compose) compose();
  }
  virtual ~Step() = default;

  // What a code point weighs of a text before the step, whatever stands beside it.
  Weight point(uint32_t point) const {
    const auto found = known_.find(point);
    if (found != known_.end()) return found->second;
    Weight weight = alone(point);
    const auto keys = longer_.find(point);
    if (keys != longer_.end()) {
      for (const auto& [rest, value] : keys->second) {
        Weight others;
        for (const uint32_t other : rest) others.add(alone(other));
        weight.include(text_after(value).without(others));
      }
    }
    weight.longest = std::max(weight.longest, bytes_of(point));
    known_[point] = weight;
    return weight;
  }

  Weight text(std::string_view text) const {
    Weight sum;
    for (const uint32_t p : points_of(text)) sum.add(point(p));
    return sum;
  }
  // What the step puts before a text.
  Weight before() const {
    return table_.kind == NormalizationKind::Prepend ? text_after(value(0)) : Weight();
  }

  // Code points that weigh something of their own.
  void collect(std::set<uint32_t>& points) const {
    for (const auto& [point, value] : single_) points.insert(point);
    for (const auto& [point, keys] : longer_) points.insert(point);
    for (const auto& [point, weight] : composed_) points.insert(point);
    if (table_.hangul) points.insert({hangul::kSyllable, hangul::kSyllable + 1, hangul::kLead});
    if (table_.words == nullptr) return;
    for (const uint32_t start : table_.words->starts) {
      for (const uint32_t least : {0x00u, 0x80u, 0x800u, 0x10000u}) {
        points.insert(std::max(start, least));
      }
    }
  }

 protected:
  // The last step is the end.
  virtual Weight after(uint32_t point) const { return next_->point(point); }

 private:
  std::string value(size_t i) const {
    const uint32_t begin = i == 0 ? 0 : table_.value_ends[i - 1];
    return {table_.values.begin() + begin, table_.values.begin() + table_.value_ends[i]};
  }

  void read_entries() {
    uint32_t begin = 0;
    for (size_t i = 0; i < table_.key_ends.size(); begin = table_.key_ends[i++]) {
      const std::string key(table_.keys.begin() + begin, table_.keys.begin() + table_.key_ends[i]);
      const std::vector<uint32_t> points = points_of(key);
      if (points.size() == 1) {
        single_[points[0]] = value(i);
      } else {
        longer_[points[0]].push_back({{points.begin() + 1, points.end()}, value(i)});
      }
    }
  }

  bool is_removed(uint32_t point) const {
    const auto above = std::upper_bound(table_.removed.begin(), table_.removed.end(), point);
    return (above - table_.removed.begin()) % 2 != 0;
  }

  Weight text_after(std::string_view text) const {
    Weight sum;
    for (const uint32_t p : points_of(text)) sum.add(after(p));
    return sum;
  }

  // Without keys that go on.
  Weight alone(uint32_t point) const {
    const auto single = single_.find(point);
    if (single != single_.end()) return text_after(single->second);
    if (const auto made = composed_.find(point); made != composed_.end()) return made->second;
    Weight weight = after(point);
    if (table_.kind == NormalizationKind::Replace) {
      if (table_.hangul && hangul::is_syllable(point)) {
        weight = after(hangul::kLead);
        weight.add(after(hangul::kVowel));
        weight.add(after(hangul::kTail + 1));
      } else if (is_removed(point)) {
        weight = {};
      }
    }
    if (table_.kind == NormalizationKind::ReplaceMatches && finds(*table_.words, point).begins) {
      weight.include(text_after(value(0)));
    }
    return weight;
  }

  // First and second weigh at least as much together as what they compose to.
  void compose() {
    bool grows = true;
    for (int round = 0; grows; ++round) {
      if (round == kMostChains) fail("compositions of a tokenizer go in circles");
      grows = false;
      for (const schema::Composition& c : table_.compositions) {
        const Weight needed = alone(c.composed()).without(after(c.second()));
        Weight first = alone(c.first());
        const Weight was = first;
        first.include(needed);
        if (first.end == was.end && first.longest == was.longest) continue;
        composed_[c.first()] = first;
        grows = true;
      }
    }
    if (!table_.hangul) return;
    for (uint32_t i = 0; i < hangul::kLeads; ++i) {
      Weight lead = alone(hangul::kLead + i);
      lead.include(after(hangul::kSyllable));
      composed_[hangul::kLead + i] = lead;
    }
  }

  const NormalizationT& table_;
  const Step* next_;
  std::unordered_map<uint32_t, std::string> single_;
  struct Longer {
    std::vector<uint32_t> rest;
    std::string value;
  };
  std::unordered_map<uint32_t, std::vector<Longer>> longer_;
  std::map<uint32_t, Weight> composed_;
  mutable std::unordered_map<uint32_t, Weight> known_;
};

uint32_t room_of_word(schema::TokenizerKind kind) {
  switch (kind) {
    case schema::TokenizerKind::RankedMerges:
      return fovea_feature_ranked_merges.room;
    case schema::TokenizerKind::Unigram:
      return fovea_feature_unigram.room;
    case schema::TokenizerKind::CharacterMerges:
      return fovea_feature_character_merges.room;
    default:
      return fovea_feature_word_piece.room;
  }
}

// What follows normalisation: a text that is kept, words cut out of it one after the other, of
// which those that are done are ids, at most one for each byte.
class End : public Step {
 public:
  explicit End(const schema::WordTokenizerT& t)
      : Step(nothing_, nullptr),
        t_(t),
        prefix_(t.prefix.size()),
        ids_(sizeof(int32_t) * uint64_t{room_of_word(t.kind)}),
        escapes_(t.packed()->escapes) {}

  // Of a word's prefix, while pieces are made of it, and of the ids of one that is done.
  uint64_t once() const { return prefix_ * (1 + ids_ + sizeof(int32_t)); }

 protected:
  Weight after(uint32_t point) const override {
    const uint64_t bytes = bytes_of(point);
    const bool kept = point != ' ' || space_stays();
    if (!kept) return {bytes, bytes};
    const uint64_t written = point == ' ' && !t_.escape.empty() ? t_.escape.size() : bytes;
    // Each byte may be a word of its own, or all of them be one.
    const uint64_t own = escapes_ && !t_.prefix_once ? prefix_ : 0;
    const uint64_t parts = !escapes_ && !t_.added.empty() ? prefix_ : 0;
    const uint64_t done = sizeof(int32_t) * (written + own + parts);
    const uint64_t copy = escapes_ || prefix_ > 0 ? written : 0;
    return {bytes + copy + std::max(done, ids_ * written), bytes};
  }

 private:
  // Whether a word may have a space when it is written.
  bool space_stays() const {
    const size_t count = escapes_ ? t_.prefix_level : t_.splitters.size();
    return std::none_of(t_.splitters.begin(), t_.splitters.begin() + static_cast<long>(count),
                        [](const auto& s) { return s->drop && !finds(*s, ' ').has; });
  }

  static const NormalizationT nothing_;
  const schema::WordTokenizerT& t_;
  uint64_t prefix_, ids_;  // bytes; of ids while pieces are made, for each byte of a word
  bool escapes_;
};
const NormalizationT End::nothing_;

}  // namespace

void set_room(schema::WordTokenizerT& t) {
  const End end(t);
  std::vector<std::unique_ptr<Step>> steps;  // the last one first
  std::set<uint32_t> points = {'a', ' ', 0x7FF, 0xD7FF, 0xFFFD, 0x10FFFF};
  const Step* next = &end;
  Weight before;
  for (size_t i = t.normalization.size(); i-- > 0;) {
    steps.push_back(std::make_unique<Step>(*t.normalization[i], next));
    next = steps.back().get();
    next->collect(points);
    before.add(next->before());
  }
  uint64_t room = next->point(kReplacement).most();  // of one byte that is no UTF-8
  for (const uint32_t point : points) {
    const uint64_t bytes = bytes_of(point);
    room = std::max(room, (next->point(point).most() + bytes - 1) / bytes);
  }
  // Each text between added tokens begins anew.
  for (size_t i = 0; i < t.added.size(); ++i) {
    if (t.added[i].normalized()) continue;
    const uint64_t size = t.added_texts[i].size();
    room =
        std::max(room, (sizeof(int32_t) * (1 + t.prefix.size()) + before.most() + size - 1) / size);
  }
  const uint64_t once = 2 * before.most() + end.once() + kSpareBytes;
  constexpr uint64_t kMost = std::numeric_limits<uint32_t>::max();
  t.room = static_cast<uint32_t>(std::min(room, kMost));
  t.room_once = static_cast<uint32_t>(std::min(once, kMost));
}

}  // namespace fovea::tools
