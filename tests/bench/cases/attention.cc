// Attention, whole and in parts, with what may be added to it.

#include <algorithm>
#include <cmath>
#include <cstring>

#include "tests/bench/cases/cases.h"
#include "tests/kernels/in_format.h"

namespace fovea::bench {

namespace {

// What is told: 1 the numbers of each head, 2 weights, 4 their average, 8 its numbers, 16 scores,
// or sums of these.
kernels::Report report(const kernels::Kernels& row, uint32_t what, uint32_t heads, size_t rows,
                       size_t keys, Case& c) {
  kernels::Report r = {};
  if (what == 0) return r;
  r.heads = heads;
  r.plane_rows = static_cast<uint32_t>(rows);
  r.keys = keys;
  const auto scalars = [&](float*& p) { p = c.floats(rows * heads); };
  if ((what & 1) != 0)
    scalars(r.entropy), scalars(r.effective), scalars(r.maximum), scalars(r.position);
  if ((what & 2) != 0) r.weights = c.floats(rows * heads * keys);
  if ((what & 12) != 0) r.average = c.floats(rows * keys);
  if ((what & 8) != 0) r.average_entropy = c.floats(rows), r.average_effective = c.floats(rows);
  if ((what & 16) != 0) r.tell_scores = row.scores_f32, r.scores = c.floats(rows * heads * keys);
  const uint64_t scratch =
      kernels::attention_report_scratch(keys, r.weights != nullptr, r.average != nullptr);
  r.scratch = c.floats(static_cast<size_t>(scratch) / sizeof(float));
  return r;
}

// Elements of a cache out of random floats, whose lower bits would be numbers of any size.
template <class K>
void make_numbers(float* floats, size_t count) {
  auto* elements = reinterpret_cast<kernels::F16*>(floats);
  if constexpr (sizeof(K) == 2) {
    for (size_t i = 0; i < 2 * count; ++i)
      kernels::narrow(static_cast<float>(i % 251) - 125, elements[i]);
  } else if constexpr (sizeof(K) == 1) {
    for (size_t i = 0; i < count; ++i) floats[i] = 0.75f;  // as a unit, and as codes
  }
}

// What a layer runs in one call.
struct Sizes {
  size_t kv_heads, rows, keys, first_position;
  uint32_t heads, width;
  bool causal;
  uint32_t window;
  size_t value_stride;
};

Sizes sizes_of(const Shape& s) {
  Sizes z = {};
  z.kv_heads = get(s, "kv_heads", 12);
  z.rows = get(s, "rows", 512);
  z.keys = get(s, "keys", z.rows);
  z.first_position = z.keys - z.rows;
  z.heads = get(s, "heads", 1);
  z.width = get(s, "width", 64);
  z.causal = get(s, "causal", 0) != 0;
  z.window = get(s, "window", 0);
  z.value_stride = get(s, "value_stride", z.width);
  return z;
}

// A mask of one value of all queries and keys, for all heads: 1 of zeros and 2 of -inf that are
// added, 3 of yes, 4 of no; or 5 of numbers that are added.
const float* mask_of(uint32_t what, const Sizes& z, Case& c, kernels::Scoring& scoring) {
  if (what == 0) return nullptr;
  const bool added = what == 1 || what == 2 || what == 5;
  float* mask = c.floats(z.rows * z.keys);
  const auto fill = [&](auto value) {
    static_assert(sizeof value == sizeof(float));
    for (size_t i = 0; i < z.rows * z.keys; ++i) std::memcpy(mask + i, &value, sizeof value);
  };
  if (added && what != 5) fill(what == 1 ? 0.0f : -INFINITY);
  if (!added) fill(what == 3 ? 1 : 0);
  scoring.mask = added ? kernels::Mask::kAdded : kernels::Mask::kHidden;
  scoring.mask_row_stride = z.keys;
  return mask;
}

// What is added to scores; false where nothing is.
template <class C>
bool scoring_of(const kernels::Kernels& row, const Shape& s, const Sizes& z, Case& c,
                kernels::Scoring& scoring) {
  scoring.adjust = row.adjust_f32;
  if (get(s, "slopes", 0) != 0) scoring.slopes = c.floats(z.kv_heads * z.heads);
  scoring.soft_cap = get(s, "soft_cap", 0);
  const uint32_t reach = get(s, "reach", 0);
  if (reach > 0) {
    const size_t positions = z.kv_heads * z.heads * z.width * (2 * size_t{reach} + 1);
    scoring.relate = C::relate(row);
    scoring.position_reach = reach;
    scoring.position_keys = c.floats(positions);
    scoring.position_queries = c.floats(positions);
  }
  const bool keeps = get(s, "kept", 0) != 0;
  if (keeps) {
    scoring.relate = C::meet_kept(row);
    scoring.kept_query_stride = z.kv_heads * z.heads * z.width;
  }
  return z.window > 0 || scoring.slopes != nullptr || scoring.soft_cap > 0 || reach > 0 || keeps ||
         scoring.mask != kernels::Mask::kNone;
}

// Only the multiply-adds of keys that a query sees count.
double multiply_adds(const Sizes& z, bool relates) {
  double keys = 0.0;
  for (size_t i = 0; i < z.rows * z.heads; ++i) {
    const size_t seen = z.causal ? z.first_position + i / z.heads + 1 : z.keys;
    keys += static_cast<double>(z.window > 0 ? std::min<size_t>(z.window, seen) : seen);
  }
  return (relates ? 4 : 2) * keys * static_cast<double>(z.width * z.kv_heads);
}

// An item for each key-value head; `panels` and `values`: floats of a head's keys and values.
std::vector<kernels::AttentionItem> items_of(const Sizes& z, const float* query, float* y,
                                             const float* cache, size_t panels, size_t values,
                                             const float* mask) {
  std::vector<kernels::AttentionItem> items;
  for (size_t h = 0; h < z.kv_heads; ++h) {
    const size_t column = h * z.heads * z.width;
    const float* keys = cache + h * (panels + values);
    items.push_back({query + column,
                     y + column,
                     static_cast<uint32_t>(z.rows),
                     static_cast<uint32_t>(z.first_position),
                     static_cast<uint32_t>(h) * z.heads,
                     mask,
                     0,
                     {{{keys, keys + panels, 0, static_cast<uint32_t>(z.keys)}}, 1},
                     query + column});
  }
  return items;
}

template <class C>
void attention(const kernels::Kernels& row, const Shape& s, Case& c) {
  using K = typename C::Element;
  const Sizes z = sizes_of(s);
  const size_t stride = z.kv_heads * z.heads * z.width;
  const size_t panels = up16(z.keys) * kernels::slot_elements<K>(z.width) * sizeof(K) / 4;
  const size_t values = up16(z.keys) * kernels::slot_elements<K>(z.value_stride) * sizeof(K) / 4;
  kernels::AttentionF32 a = {};
  a.shape = {z.heads, z.width, z.width, stride, z.value_stride, stride};
  if (z.causal) a.visibility.after = 0;
  if (z.window > 0) a.visibility.before = z.window - 1;
  a.visibility.kept = get(s, "kept", 0);
  a.scale = 1.0f / std::sqrt(static_cast<float>(z.width));
  const float* query = c.floats(z.rows * stride);
  float* y = c.floats(z.rows * stride);
  float* cache = c.floats(z.kv_heads * (panels + values));
  make_numbers<K>(cache, z.kv_heads * (panels + values));
  a.scratch_bytes =
      kernels::attention_scratch(std::max(z.rows * z.heads, size_t{8}), z.keys, z.width, z.width);
  a.scratch = c.floats(static_cast<size_t>(a.scratch_bytes) / sizeof(float));
  kernels::Scoring scoring = {};
  const float* mask = mask_of(get(s, "mask", 0), z, c, scoring);
  const bool adjusts = scoring_of<C>(row, s, z, c, scoring);
  const auto kv_heads = static_cast<uint32_t>(z.kv_heads);
  const kernels::Report told =
      report(row, get(s, "report", 0), kv_heads * z.heads, z.rows, z.keys, c);
  const kernels::Dropout dropped = {1, 2, 3, -0x40000000, 4.0f / 3};
  const bool drops = get(s, "dropout", 0) != 0;
  a.count = kv_heads;
  const auto items = items_of(z, query, y, cache, panels, values, mask);
  c.work.run = [&row, a, items, scoring, adjusts, told, dropped, drops]() mutable {
    a.items = items.data();
    a.scoring = adjusts ? &scoring : nullptr;
    a.report = told.heads > 0 ? &told : nullptr;
    a.dropout = drops ? &dropped : nullptr;
    a.attend = drops ? C::dropout(row) : told.heads > 0 ? C::report(row) : nullptr;
    C::attention(row, a);
  };
  c.work.multiply_adds = multiply_adds(z, get(s, "reach", 0) > 0);
  reads(c, cache, z.kv_heads * (panels + values));
}

template <class C>
void relate_weights(const kernels::Kernels& row, const Shape& s, Case& c) {
  Shape related = s;
  related.emplace("reach", 512);
  attention<C>(row, related, c);
}

// Four keys besides a window.
template <class C>
void meet_kept_weights(const kernels::Kernels& row, const Shape& s, Case& c) {
  Shape kept = s;
  kept.emplace("kept", 4);
  kept.emplace("window", 256);
  attention<C>(row, kept, c);
}

template <class C>
void report_weights(const kernels::Kernels& row, const Shape& s, Case& c) {
  Shape told = s;
  told.emplace("report", 1);
  attention<C>(row, told, c);
}

template <class C>
void dropout_weights(const kernels::Kernels& row, const Shape& s, Case& c) {
  Shape dropped = s;
  dropped.emplace("dropout", 1);
  attention<C>(row, dropped, c);
}

// One query over one head's keys.
template <class K>
kernels::AttentionPartsF32 one_query(const Shape& s, Case& c, kernels::AttentionItem* item) {
  const uint32_t key_count = get(s, "keys", 2048), heads = get(s, "heads", 1);
  const uint32_t width = get(s, "width", 64);
  const size_t stride = size_t{heads} * width;
  const size_t panels = up16(key_count) * kernels::slot_elements<K>(width) * sizeof(K) / 4;
  kernels::AttentionPartsF32 d = {};
  d.whole.count = 1;
  d.whole.shape = {heads, width, width, stride, width, stride};
  d.whole.scale = 1.0f / std::sqrt(static_cast<float>(width));
  d.whole.scratch_bytes = kernels::attention_scratch(heads, key_count, width, width);
  d.whole.scratch = c.floats(static_cast<size_t>(d.whole.scratch_bytes) / sizeof(float));
  float* cache = c.floats(2 * panels);
  make_numbers<K>(cache, 2 * panels);
  *item = {c.floats(stride),
           c.floats(stride),
           1,
           0,
           0,
           nullptr,
           0,
           {{{cache, cache + panels, 0, key_count}}, 1},
           nullptr};
  d.count = (key_count + 127) / 128;
  d.parts = c.floats(d.count * static_cast<size_t>(kernels::attention_part(heads, width)) / 4);
  return d;
}

template <class C>
void attention_parts(const kernels::Kernels& row, const Shape& s, Case& c) {
  using K = typename C::Element;
  kernels::AttentionItem item;
  const kernels::AttentionPartsF32 d = one_query<K>(s, c, &item);
  c.work.run = [&row, d = d, item]() mutable {
    d.whole.items = &item;
    C::attention_parts(row, d);
  };
  const kernels::AttentionShape& shape = d.whole.shape;
  c.work.multiply_adds = 2.0 * item.keys.runs[0].count * shape.heads * shape.key_width;
  const size_t slots = up16(item.keys.runs[0].count);
  reads(c, static_cast<const float*>(item.keys.runs[0].keys),
        2 * slots * kernels::slot_elements<K>(shape.key_width) * sizeof(K) / sizeof(float));
}

}  // namespace

// A query's scores against a block of keys, with a slope, or with all that there is.
void adjust_f32(const kernels::Kernels& row, const Shape& s, Case& c) {
  const bool all = get(s, "all", 0) != 0;
  const uint32_t keys = get(s, "keys", 128);
  kernels::Scoring scoring = {};
  scoring.slopes = c.floats(1);
  scoring.soft_cap = all ? 30.0f : 0.0f;
  scoring.distances = all ? c.floats(2 * keys + 1) : nullptr;
  scoring.reach = keys;
  scoring.mask = all ? kernels::Mask::kAdded : kernels::Mask::kNone;
  kernels::AttentionItem item = {};
  item.mask = c.floats(keys);
  kernels::AttentionF32 of = {};
  of.shape.heads = 1;
  kernels::AdjustF32 a = {nullptr, nullptr, 0, 1, 0, keys, c.floats(keys), keys, nullptr};
  kernels::Masking masking = kernels::Masking::kDiffers;
  c.work.run = [&row, a, scoring, item, of, masking]() mutable {
    a.masking = &masking;
    of.scoring = &scoring;
    a.of = &of;
    a.item = &item;
    row.adjust_f32(a);
  };
  reads(c, a.scores, keys);
}

void scores_f32(const kernels::Kernels& row, const Shape& s, Case& c) {
  Shape told = s;
  told.emplace("report", 16);
  attention<test::In_f32>(row, told, c);
}

void attention_merge_f32(const kernels::Kernels& row, const Shape& s, Case& c) {
  kernels::AttentionItem item;
  const kernels::AttentionPartsF32 d = one_query<float>(s, c, &item);
  c.work.run = [&row, d = d, item]() mutable {
    d.whole.items = &item;
    row.attention_merge_f32(d);
  };
  reads(c, d.parts, d.count * static_cast<size_t>(kernels::attention_part(1, 64)) / sizeof(float));
}

#define FOVEA_CACHE(name, Element, type)                                              \
  void relate_##name(const kernels::Kernels& row, const Shape& s, Case& c) {          \
    relate_weights<test::In_##name>(row, s, c);                                       \
  }                                                                                   \
  void meet_kept_##name(const kernels::Kernels& row, const Shape& s, Case& c) {       \
    meet_kept_weights<test::In_##name>(row, s, c);                                    \
  }                                                                                   \
  void report_##name(const kernels::Kernels& row, const Shape& s, Case& c) {          \
    report_weights<test::In_##name>(row, s, c);                                       \
  }                                                                                   \
  void dropout_##name(const kernels::Kernels& row, const Shape& s, Case& c) {         \
    dropout_weights<test::In_##name>(row, s, c);                                      \
  }                                                                                   \
  void attention_##name(const kernels::Kernels& row, const Shape& s, Case& c) {       \
    attention<test::In_##name>(row, s, c);                                            \
  }                                                                                   \
  void attention_parts_##name(const kernels::Kernels& row, const Shape& s, Case& c) { \
    attention_parts<test::In_##name>(row, s, c);                                      \
  }
#include "kernels/caches.inc"
#undef FOVEA_CACHE

}  // namespace fovea::bench
