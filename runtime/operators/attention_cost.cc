#include "runtime/operators/cost.h"

#include <algorithm>

#include "runtime/layout.h"
#include "runtime/operators/sequences.h"

namespace fovea {
namespace {

// Tokens of every sequence that a cache holds before the run; null: none.
const int32_t* held_tokens(const Frame& f) {
  return f.state(0) == nullptr ? nullptr : f.held(f.state(0)->cache());
}

// The lengths of packed sequences, where they add up to the rows.
const int32_t* lengths_of(const Frame& f, const Sequences& rows) {
  if (!rows.packed || f.memory.planned == nullptr) return nullptr;
  const int32_t* lengths = f.rows(f.method->lengths()).i32();
  Checked sum = 0;
  for (uint32_t b = 0; b < rows.count; ++b) sum = sum + static_cast<uint32_t>(lengths[b]);
  return sum.value() == rows.rows ? lengths : nullptr;
}

// Of the numbers from `first` on, `count` of them, each within 0 to `most`: the sum, at most 2^64.
Checked sum_within(int64_t first, uint64_t count, uint64_t most) {
  const auto below = [&](int64_t n) -> uint64_t {  // of them, are less than n
    return n <= first ? 0 : std::min(count, static_cast<uint64_t>(n - first));
  };
  const uint64_t zeros = below(0), all = below(static_cast<int64_t>(most));
  const uint64_t some = all - zeros;
  const uint64_t least = first > 0 ? static_cast<uint64_t>(first) : 0;
  const Checked triangle = some % 2 == 0 ? Checked(some / 2) * (some + 2 * least - 1)
                                         : Checked(some) * ((some - 1) / 2 + least);
  return some == 0 ? Checked(count - all) * most : triangle + Checked(count - all) * most;
}

// Pairs of `tokens` queries, the first at `position`, and those of `keys` keys that each sees.
Checked pairs_of(const schema::Attention& a, uint64_t position, uint64_t tokens, uint64_t keys) {
  const auto first = static_cast<int64_t>(position);
  const schema::Scoring* s = a.scoring();
  const uint32_t after = a.causal() ? 0 : s == nullptr ? UINT32_MAX : s->after();
  Checked seen =
      after == UINT32_MAX ? Checked(keys) * tokens : sum_within(first + after + 1, tokens, keys);
  if (s == nullptr || s->before() == UINT32_MAX) return seen;
  const int64_t begin = first - s->before();
  const uint64_t far = sum_within(begin, tokens, keys).value();
  const uint64_t kept = sum_within(begin, tokens, std::min<uint64_t>(s->kept(), keys)).value();
  return seen.value() - far + kept;
}

// Rows that one packed sequence may have: what they are appended to, or replace, has room for so
// many.
uint32_t most_of(const Frame& f, const Sequences& rows) {
  uint32_t most = rows.rows;
  for (uint32_t i = 0; i < size_of(f.method->updates()); ++i) {
    const schema::CacheUpdate& update = *f.method->updates()->Get(i);
    const uint32_t context = f.model->caches()->Get(update.cache())->context();
    if (is_packed(*f.method, update) && context < most) most = context;
  }
  return most;
}

// Keys that queries see, and pairs of these.
struct Seen {
  Checked keys = 0, pairs = 0;
  uint64_t slots = UINT64_MAX;  // that keys of one sequence take
  void add(const schema::Attention& a, uint64_t tokens, uint64_t held, bool adds) {
    const uint64_t made = a.key_tokens() > 0 ? a.key_tokens() : tokens;
    const uint64_t all = adds ? held + made : held;
    pairs = pairs + pairs_of(a, held, tokens, all);
    keys = keys + std::min(all, slots);
  }
};

Seen seen_of(const Frame& f) {
  const schema::Attention& a = *f.op->attributes_as_Attention();
  const bool adds = f.state(0) == nullptr || f.update_of(f.state(0)->cache()) != nullptr;
  const Sequences rows = sequences_of(f, f.input(0));
  const int32_t* lengths = lengths_of(f, rows);
  const int32_t* held = held_tokens(f);
  uint64_t most = 0;
  Seen seen;
  if (f.state(0) != nullptr) seen.slots = f.model->caches()->Get(f.state(0)->cache())->capacity();
  for (uint32_t b = 0; b < rows.count; ++b) {
    const uint64_t before = held == nullptr ? 0 : static_cast<uint32_t>(held[b]);
    if (before > most) most = before;
    if (rows.packed && lengths == nullptr) continue;
    seen.add(a, rows.packed ? static_cast<uint32_t>(lengths[b]) : rows.most, before, adds);
  }
  if (!rows.packed || lengths != nullptr) return seen;
  const uint32_t each = most_of(f, rows);
  for (uint32_t left = rows.rows, part; left > 0; left -= part) {
    part = left < each ? left : each;
    seen.add(a, part, most, adds);
  }
  return seen;
}

}  // namespace

fovea_cost attention_cost(const Frame& f) {
  const schema::Attention& a = *f.op->attributes_as_Attention();
  const uint64_t width = uint64_t{a.key_width()} + a.value_width();
  const schema::DType type = f.state(0) == nullptr ? schema::DType::Float32 : f.state(0)->dtype();
  const uint64_t slot = slot_bytes(type, a.key_width()) + slot_bytes(type, a.value_width());
  constexpr uint32_t kPositionKeys = 3, kPositionQueries = 4;
  const uint32_t related = (f.weight(kPositionKeys) != nullptr ? 1 : 0) +
                           (f.weight(kPositionQueries) != nullptr ? 1 : 0);
  const uint64_t terms = width + uint64_t{related} * a.key_width();
  const Seen seen = seen_of(f);
  Checked made = elements(f.output_rows(0));
  for (uint32_t i = 1; i < size_of(f.op->outputs()); ++i) made = made + elements(f.output_rows(i));
  const fovea_cost result =
      counted(seen.pairs * a.heads() * terms, seen.keys * a.kv_heads() * slot);
  // Also without a key there are zeros to write.
  return {result.multiply_adds > made.value() ? result.multiply_adds : made.value(), result.bytes};
}

}  // namespace fovea
