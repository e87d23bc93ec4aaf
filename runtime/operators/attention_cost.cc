#include "runtime/operators/cost.h"

#include "runtime/layout.h"

namespace fovea {
namespace {

// Tokens that a cache holds before the run, of all sequences of a batch.
Checked held_tokens(const Frame& f, uint32_t cache, uint32_t batch) {
  const schema::CacheUpdate* update = f.update_of(cache);
  if (update != nullptr && update->mode() == schema::UpdateMode::Replace) return 0;
  const int32_t* lengths = f.memory.lengths + uint64_t{cache} * f.model->sequences();
  uint64_t sum = 0;
  for (uint32_t b = 0; b < batch; ++b) sum += static_cast<uint32_t>(lengths[b]);
  return sum;
}

// Pairs of a query and a key that it sees among the tokens that a run adds to a sequence, at most
// 2^31. With causality a query sees the keys up to its own.
uint64_t own_pairs(uint64_t tokens, bool causal) {
  return causal ? tokens * (tokens + 1) / 2 : tokens * tokens;
}

}  // namespace

fovea_cost attention_cost(const Frame& f) {
  const schema::Attention& a = *f.op->attributes_as_Attention();
  const Rows x = f.input_rows(0);
  const uint64_t width = uint64_t{a.key_width()} + a.value_width();
  Checked keys = 0;
  bool adds = true;  // whether it sees keys of the run itself
  if (f.state(0) != nullptr) {
    const uint32_t cache = f.state(0)->cache();
    keys = held_tokens(f, cache, x.batch);
    adds = f.update_of(cache) != nullptr;
  }
  Checked pairs = keys * x.tokens;
  if (adds) {
    pairs = pairs + Checked(own_pairs(x.tokens, a.causal())) * x.batch;
    keys = keys + Checked(x.batch) * x.tokens;
  }
  // The report of weights computes the scores once more.
  const bool report = f.output(1) >= 0;
  const uint64_t each = report ? width + a.key_width() : width;
  Checked made = elements(f.output_rows(0));
  if (report) made = made + elements(f.output_rows(1));
  const fovea_cost result =
      counted(pairs * a.heads() * each, keys * a.kv_heads() * width * kElementBytes);
  // Also without a key there are zeros to write.
  return {result.multiply_adds > made.value() ? result.multiply_adds : made.value(), result.bytes};
}

}  // namespace fovea
