#include "runtime/operators/cost.h"

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

// Pairs of a query and a key that it sees among the tokens that a run adds to a sequence, at most
// 2^62. With causality a query sees the keys up to its own.
uint64_t own_pairs(uint64_t tokens, bool causal) {
  return causal ? tokens * (tokens + 1) / 2 : tokens * tokens;
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
  void add(uint64_t tokens, uint64_t held, bool adds, bool causal) {
    pairs = pairs + Checked(held) * tokens;
    keys = keys + held;
    if (!adds) return;
    pairs = pairs + own_pairs(tokens, causal);
    keys = keys + tokens;
  }
};

Seen seen_of(const Frame& f) {
  const bool causal = f.op->attributes_as_Attention()->causal();
  const bool adds = f.state(0) == nullptr || f.update_of(f.state(0)->cache()) != nullptr;
  const Sequences rows = sequences_of(f, f.input(0));
  const int32_t* lengths = lengths_of(f, rows);
  const int32_t* held = held_tokens(f);
  uint64_t most = 0;
  Seen seen;
  for (uint32_t b = 0; b < rows.count; ++b) {
    const uint64_t before = held == nullptr ? 0 : static_cast<uint32_t>(held[b]);
    if (before > most) most = before;
    if (rows.packed && lengths == nullptr) continue;
    seen.add(rows.packed ? static_cast<uint32_t>(lengths[b]) : rows.most, before, adds, causal);
  }
  if (!rows.packed || lengths != nullptr) return seen;
  const uint32_t each = most_of(f, rows);
  for (uint32_t left = rows.rows, part; left > 0; left -= part) {
    part = left < each ? left : each;
    seen.add(part, most, adds, causal);
  }
  return seen;
}

}  // namespace

fovea_cost attention_cost(const Frame& f) {
  const schema::Attention& a = *f.op->attributes_as_Attention();
  const uint64_t width = uint64_t{a.key_width()} + a.value_width();
  const Seen seen = seen_of(f);
  // The report of weights computes the scores once more.
  const bool report = f.output(1) >= 0;
  const uint64_t each = report ? width + a.key_width() : width;
  Checked made = elements(f.output_rows(0));
  if (report) made = made + elements(f.output_rows(1));
  const fovea_cost result =
      counted(seen.pairs * a.heads() * each, seen.keys * a.kv_heads() * width * kElementBytes);
  // Also without a key there are zeros to write.
  return {result.multiply_adds > made.value() ? result.multiply_adds : made.value(), result.bytes};
}

}  // namespace fovea
