// A random use of attention: its forms, sizes and numbers.

#ifndef FOVEA_TESTS_RUNTIME_ATTENTION_GRID_USE_H_
#define FOVEA_TESTS_RUNTIME_ATTENTION_GRID_USE_H_

#include <bitset>
#include <vector>

#include "tests/reference/attention_error.h"
#include "tests/reference/cached.h"
#include "tests/runtime/random_models/random.h"

namespace fovea::test {

enum class Form {
#define FOVEA_FORM(name) k_##name,
#include "tests/runtime/attention_grid/forms.inc"
#undef FOVEA_FORM
  kCount
};
inline constexpr size_t kForms = static_cast<size_t>(Form::kCount);
extern const char* const kFormNames[kForms];

// Whether no use has both.
bool excludes(Form a, Form b);

struct Use {
  explicit Use(uint64_t seed);

  bool has(Form form) const { return forms.test(static_cast<size_t>(form)); }
  bool states() const { return !has(Form::k_tensors); }
  CacheFormat cache() const {
    return has(Form::k_f16_cache)    ? CacheFormat::kF16
           : has(Form::k_int8_cache) ? CacheFormat::kInt8
                                     : CacheFormat::kF32;
  }
  // Whether queries give the same in pieces: what they see does not depend on later ones, nor on
  // how many came before them in a run.
  bool divisible() const;
  uint32_t query_width() const { return heads * key_width; }
  uint32_t result_width() const { return heads * value_width; }
  // The first tokens of a sequence in each run that see each other both ways.
  uint32_t prefix(size_t sequence, uint32_t tokens) const;
  // Of the mask; -inf or 0 where keys are hidden or not.
  float mask(size_t sequence, size_t head, size_t token, size_t key) const;

  // What one query of one head gives, and how far it may be off.
  AttendedWithin expected(size_t sequence, size_t token, size_t head) const;

  std::bitset<kForms> forms;
  uint64_t seed;
  uint32_t heads, kv_heads, key_width, value_width, context;
  float scale, soft_cap = 0;
  // A cache that is a ring takes `most` tokens of a sequence in a run, which is how it is fed.
  uint32_t most = UINT32_MAX, ring = 0, first = 0;
  uint32_t before = UINT32_MAX, after = UINT32_MAX, kept = 0, reach = 0, position_reach = 0;
  uint32_t positions = 0;             // of `pairs`
  std::vector<uint8_t> kinds;         // of pairs, by sequence; empty: all have the same
  uint32_t first_told = 0, told = 0;  // heads that reports tell of
  std::vector<float> slopes, distances, sinks, position_keys, position_queries, pairs;
  Drops drops;  // but for head and query
  struct Sequence {
    uint32_t tokens, keys;
    std::vector<float> query, kept_query, key, value;
  };
  std::vector<Sequence> sequences;

 private:
  void draw_forms(Random& random);
  void choose(Random& random, Form first, uint32_t count);
  void draw_sequences(Random& random);
  void draw_ring(Random& random);
  void draw_pairs(Random& random);
  Scores scores(size_t sequence, size_t token, size_t head) const;
};

}  // namespace fovea::test

#endif  // FOVEA_TESTS_RUNTIME_ATTENTION_GRID_USE_H_
