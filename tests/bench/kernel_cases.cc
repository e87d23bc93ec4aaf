#include "tests/bench/kernel_cases.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <stdexcept>

#include "kernels/formats.h"
#include "tests/kernels/in_format.h"

namespace fovea::bench {

template <class W>
const W* Case::weights(size_t count) {
  const size_t room = (count * sizeof(W) + sizeof(float) - 1) / sizeof(float);
  float* start = floats(room);
  W* p = reinterpret_cast<W*>(start);
  std::minstd_rand random(1);
  for (size_t i = 0; i < count; ++i) {
    kernels::narrow(static_cast<float>(random()) * 0x1p-30f - 1.0f, p[i]);
  }
  work.bytes = static_cast<double>(count * sizeof(W));
  work.buffer = start;
  work.buffer_floats = room;
  return p;
}

namespace {

uint32_t get(const Shape& shape, const char* name, size_t otherwise) {
  const auto it = shape.find(name);
  return static_cast<uint32_t>(it == shape.end() ? otherwise : it->second);
}

size_t up16(size_t n) {
  return (n + 15) / 16 * 16;
}

void reads(Case& c, const float* buffer, size_t floats) {
  c.work.bytes = static_cast<double>(floats * sizeof(float));
  c.work.buffer = buffer;
  c.work.buffer_floats = floats;
}

double product(size_t a, size_t b, size_t c) {
  return static_cast<double>(a) * static_cast<double>(b) * static_cast<double>(c);
}

template <class W>
kernels::Linear linear(const Shape& s, Case& c) {
  kernels::Linear a = {};
  a.rows = get(s, "rows", 128);
  a.k = get(s, "k", 384);
  a.outputs = get(s, "outputs", 384);
  a.x_stride = a.k;
  a.y_stride = a.residual_stride = a.outputs;
  a.x = c.floats(size_t{a.rows} * a.k);
  a.w = c.weights<W>(up16(a.outputs) * a.k);
  a.bias = c.floats(up16(a.outputs));
  a.y = c.floats(size_t{a.rows} * a.outputs);
  if (get(s, "residual", 0)) a.residual = a.y;
  a.function = static_cast<kernels::Function>(get(s, "function", 0));
  a.scratch = c.floats(static_cast<size_t>(kernels::linear_scratch(a.rows, a.k)) / sizeof(float));
  c.work.multiply_adds = product(a.rows, a.k, a.outputs);
  return a;
}

template <class W>
kernels::GatedLinear gated_linear(const Shape& s, Case& c) {
  kernels::GatedLinear a = {};
  a.rows = get(s, "rows", 128);
  a.k = get(s, "k", 576);
  a.outputs = get(s, "outputs", 1536);
  a.x_stride = a.k;
  a.y_stride = a.outputs;
  a.x = c.floats(size_t{a.rows} * a.k);
  a.w = c.weights<W>(2 * up16(a.outputs) * a.k);
  a.y = c.floats(size_t{a.rows} * a.outputs);
  a.function = kernels::Function::kSilu;
  c.work.multiply_adds = 2 * product(a.rows, a.k, a.outputs);
  return a;
}

template <class W>
kernels::Embedding embedding(const Shape& s, Case& c) {
  kernels::Embedding a = {};
  a.rows = get(s, "rows", 128);
  a.width = get(s, "width", 576);
  a.in_panels = get(s, "panels", 1) != 0;
  a.scale = 1.0f;
  a.y_stride = a.width;
  c.ids.resize(a.rows);
  for (size_t i = 0; i < a.rows; ++i) c.ids[i] = static_cast<int32_t>(i * 37 % 1024);
  a.ids = c.ids.data();
  a.table = c.weights<W>(size_t{1024} * a.width);
  a.y = c.floats(size_t{a.rows} * a.width);
  reads(c, a.y, size_t{a.rows} * a.width);
  return a;
}

#define FOVEA_FORMAT(name, Element, type)                                                          \
  void linear_##name(const kernels::Kernels& row, const Shape& s, Case& c) {                       \
    c.work.run = [&row, a = linear<kernels::Element>(s, c)] { row.linear_##name(a); };             \
  }                                                                                                \
  void gated_linear_##name(const kernels::Kernels& row, const Shape& s, Case& c) {                 \
    c.work.run = [&row, a = gated_linear<kernels::Element>(s, c)] { row.gated_linear_##name(a); }; \
  }                                                                                                \
  void embedding_##name(const kernels::Kernels& row, const Shape& s, Case& c) {                    \
    c.work.run = [&row, a = embedding<kernels::Element>(s, c)] { row.embedding_##name(a); };       \
  }
#include "kernels/formats.inc"
#undef FOVEA_FORMAT

// Bytes of the arena of a case; those of weights are what `work` reads.
void fill_codes(int8_t* p, size_t bytes) {
  std::minstd_rand random(1);
  for (size_t i = 0; i < bytes; ++i) p[i] = static_cast<int8_t>(random() % 255 - 127);
}

const float* code_rows(size_t rows, size_t k, Case& c) {
  float* p = c.floats(rows * kernels::code_row_words(k));
  for (size_t r = 0; r < rows; ++r) {
    int8_t* bytes = reinterpret_cast<int8_t*>(p + r * kernels::code_row_words(k));
    fill_codes(bytes, kernels::code_words(k) * 4);
  }
  return p;
}

const float* code_panels(size_t panels, size_t k, Case& c) {
  const size_t bytes = kernels::code_panel_bytes(k);
  float* p = c.floats(panels * bytes / 4);
  for (size_t n = 0; n < panels; ++n) {
    fill_codes(reinterpret_cast<int8_t*>(p) + n * bytes + 64, bytes - 128);
  }
  reads(c, p, panels * bytes / 4);
  c.work.of_codes = true;
  return p;
}

void linear_int8(const kernels::Kernels& row, const Shape& s, Case& c) {
  kernels::Linear a = linear<float>(s, c);
  a.x_stride = kernels::code_row_words(a.k);
  a.x = code_rows(a.rows, a.k, c);
  a.w = code_panels(up16(a.outputs) / 16, a.k, c);
  c.work.run = [&row, a] { row.linear_int8(a); };
}

void gated_linear_int8(const kernels::Kernels& row, const Shape& s, Case& c) {
  kernels::GatedLinear a = gated_linear<float>(s, c);
  a.x_stride = kernels::code_row_words(a.k);
  a.x = code_rows(a.rows, a.k, c);
  a.w = code_panels(up16(a.outputs) / 8, a.k, c);
  c.work.run = [&row, a] { row.gated_linear_int8(a); };
}

void embedding_int8(const kernels::Kernels& row, const Shape& s, Case& c) {
  kernels::Embedding a = embedding<float>(s, c);
  a.table = code_panels(1024 / 16, a.width, c);
  a.in_panels = true;
  reads(c, a.y, size_t{a.rows} * a.width);
  c.work.run = [&row, a] { row.embedding_int8(a); };
}

// Codes in groups: any bytes but NaN as units.
const float* half_panels(size_t panels, size_t k, Case& c) {
  const size_t bytes = kernels::half_panel_bytes(k);
  float* p = c.floats(panels * bytes / 4);
  auto* first = reinterpret_cast<int8_t*>(p);
  fill_codes(first, panels * bytes);
  for (size_t n = 0; n < panels; ++n) {
    for (size_t i = 0; i < k; i += kernels::kGroup) {
      int8_t* units = first + n * bytes + kernels::half_unit_at(i);
      for (size_t lane = 0; lane < 16; ++lane) units[2 * lane + 1] = 0x20;
    }
  }
  reads(c, p, panels * bytes / 4);
  c.work.of_codes = true;
  return p;
}

const float* group_rows(size_t rows, size_t k, Case& c) {
  float* p = c.floats(rows * kernels::group_row_words(k));
  for (size_t r = 0; r < rows; ++r) {
    int8_t* bytes = reinterpret_cast<int8_t*>(p + r * kernels::group_row_words(k));
    fill_codes(bytes, kernels::code_words(k) * 4);
  }
  return p;
}

void linear_int4(const kernels::Kernels& row, const Shape& s, Case& c) {
  kernels::Linear a = linear<float>(s, c);
  a.x_stride = kernels::group_row_words(a.k);
  a.x = group_rows(a.rows, a.k, c);
  a.w = half_panels(up16(a.outputs) / 16, a.k, c);
  c.work.run = [&row, a] { row.linear_int4(a); };
}

void gated_linear_int4(const kernels::Kernels& row, const Shape& s, Case& c) {
  kernels::GatedLinear a = gated_linear<float>(s, c);
  a.x_stride = kernels::group_row_words(a.k);
  a.x = group_rows(a.rows, a.k, c);
  a.w = half_panels(up16(a.outputs) / 8, a.k, c);
  c.work.run = [&row, a] { row.gated_linear_int4(a); };
}

void embedding_int4(const kernels::Kernels& row, const Shape& s, Case& c) {
  kernels::Embedding a = embedding<float>(s, c);
  a.table = half_panels(1024 / 16, a.width, c);
  a.in_panels = true;
  reads(c, a.y, size_t{a.rows} * a.width);
  c.work.run = [&row, a] { row.embedding_int4(a); };
}

kernels::QuantizeF32 quantize(const Shape& s, Case& c) {
  kernels::QuantizeF32 a = {};
  a.rows = get(s, "rows", 128);
  a.k = get(s, "k", 384);
  a.x_stride = a.k;
  a.y_stride = kernels::group_row_words(a.k);
  a.x = c.floats(size_t{a.rows} * a.k);
  a.y = reinterpret_cast<uint32_t*>(c.floats(a.rows * a.y_stride));
  reads(c, a.x, size_t{a.rows} * a.k);
  return a;
}

void quantize_f32(const kernels::Kernels& row, const Shape& s, Case& c) {
  c.work.run = [&row, a = quantize(s, c)] { row.quantize_f32(a); };
}

void quantize_groups_f32(const kernels::Kernels& row, const Shape& s, Case& c) {
  c.work.run = [&row, a = quantize(s, c)] { row.quantize_groups_f32(a); };
}

kernels::NormF32 norm(const Shape& s, Case& c) {
  kernels::NormF32 a = {};
  a.rows = get(s, "rows", 128);
  a.width = get(s, "width", 384);
  a.x_stride = a.y_stride = a.width;
  a.x = c.floats(size_t{a.rows} * a.width);
  a.gain = c.floats(up16(a.width));
  a.bias = c.floats(up16(a.width));
  a.y = c.floats(size_t{a.rows} * a.width);
  a.epsilon = 1e-5f;
  reads(c, a.x, size_t{a.rows} * a.width);
  return a;
}

void rms_norm_f32(const kernels::Kernels& row, const Shape& s, Case& c) {
  kernels::NormF32 a = norm(s, c);
  a.bias = nullptr;
  c.work.run = [&row, a] { row.rms_norm_f32(a); };
}

void layer_norm_f32(const kernels::Kernels& row, const Shape& s, Case& c) {
  const kernels::NormF32 a = norm(s, c);
  c.work.run = [&row, a] { row.layer_norm_f32(a); };
}

void rotary_table_f32(const kernels::Kernels& row, const Shape& s, Case& c) {
  kernels::RotaryTableF32 a = {};
  a.rows = get(s, "rows", 128);
  a.pairs = get(s, "pairs", 32);
  a.table_stride = 2 * a.pairs;
  a.table = c.floats(a.rows * a.table_stride);
  a.inverse_frequencies = c.floats(a.pairs);
  a.factor = 1.0f;
  c.work.run = [&row, a] { row.rotary_table_f32(a); };
  reads(c, a.inverse_frequencies, a.pairs);
}

void rotary_f32(const kernels::Kernels& row, const Shape& s, Case& c) {
  kernels::RotaryF32 a = {};
  a.rows = get(s, "rows", 128);
  a.heads = get(s, "heads", 9);
  a.head_width = get(s, "head_width", 64);
  a.pairs = a.head_width / 2;
  a.x_stride = a.heads * a.head_width;
  a.table_stride = 2 * a.pairs;
  a.interleaved = get(s, "interleaved", 0) != 0;
  a.x = c.floats(a.rows * a.x_stride);
  a.table = c.floats(a.rows * a.table_stride);
  c.work.run = [&row, a] { row.rotary_f32(a); };
  reads(c, a.x, a.rows * a.x_stride);
}

// Rows into slots, of either argument struct.
template <class K, class Store>
Store stores(const Shape& s, Case& c, void* Store::*slots) {
  Store a = {};
  a.rows = get(s, "rows", 128);
  a.heads = get(s, "heads", 3);
  a.width = get(s, "width", 64);
  a.x_stride = a.heads * a.width;
  a.head_stride = up16(a.rows) * kernels::slot_elements<K>(a.width);
  float* x = c.floats(a.rows * a.x_stride);
  a.x = x;
  a.*slots = c.floats(a.heads * a.head_stride * sizeof(K) / sizeof(float));
  reads(c, x, a.rows * a.x_stride);
  return a;
}

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

// kv_heads heads in one call, as a layer runs them. Only the multiply-adds of key blocks that some
// query of the block of queries sees count.
template <class C>
void attention(const kernels::Kernels& row, const Shape& s, Case& c) {
  const size_t kv_heads = get(s, "kv_heads", 12), rows = get(s, "rows", 512);
  const size_t key_count = get(s, "keys", rows), first_position = key_count - rows;
  kernels::AttentionF32 a = {};
  const uint32_t heads = get(s, "heads", 1), width = get(s, "width", 64);
  using K = typename C::Element;
  const size_t stride = kv_heads * heads * width, value_stride = get(s, "value_stride", width);
  const size_t panels = up16(key_count) * kernels::slot_elements<K>(width) * sizeof(K) / 4;
  const size_t values = up16(key_count) * kernels::slot_elements<K>(value_stride) * sizeof(K) / 4;
  a.shape = {heads, width, width, stride, value_stride, stride};
  const bool causal = get(s, "causal", 0) != 0;
  if (causal) a.visibility.after = 0;
  a.scale = 1.0f / std::sqrt(static_cast<float>(width));
  const float* query = c.floats(rows * stride);
  float* y = c.floats(rows * stride);
  float* cache = c.floats(kv_heads * (panels + values));
  make_numbers<K>(cache, kv_heads * (panels + values));
  a.scratch_bytes =
      kernels::attention_scratch(std::max(rows * heads, size_t{8}), key_count, width, width);
  a.scratch = c.floats(static_cast<size_t>(a.scratch_bytes) / sizeof(float));
  kernels::Scoring scoring = {};
  scoring.adjust = row.adjust_f32;
  const uint32_t window = get(s, "window", 0);
  if (window > 0) a.visibility.before = window - 1;
  if (get(s, "slopes", 0) != 0) scoring.slopes = c.floats(kv_heads * heads);
  scoring.soft_cap = get(s, "soft_cap", 0);
  const uint32_t reach = get(s, "reach", 0);
  if (reach > 0) {
    const size_t positions = kv_heads * heads * width * (2 * size_t{reach} + 1);
    scoring.relate = C::relate(row);
    scoring.position_reach = reach;
    scoring.position_keys = c.floats(positions);
    scoring.position_queries = c.floats(positions);
  }
  const bool keeps = get(s, "kept", 0) != 0;
  if (keeps) {
    a.visibility.kept = get(s, "kept", 0);
    scoring.relate = C::meet_kept(row);
    scoring.kept_query_stride = stride;
  }
  const bool adjusts =
      window > 0 || scoring.slopes != nullptr || scoring.soft_cap > 0 || reach > 0 || keeps;
  const kernels::Report told =
      report(row, get(s, "report", 0), static_cast<uint32_t>(kv_heads) * heads, rows, key_count, c);
  const kernels::Dropout dropped = {1, 2, 3, -0x40000000, 4.0f / 3};
  const bool drops = get(s, "dropout", 0) != 0;
  std::vector<kernels::AttentionItem> items;
  for (size_t h = 0; h < kv_heads; ++h) {
    const size_t column = h * heads * width;
    const float* keys = cache + h * (panels + values);
    items.push_back({query + column,
                     y + column,
                     static_cast<uint32_t>(rows),
                     static_cast<uint32_t>(first_position),
                     static_cast<uint32_t>(h) * heads,
                     nullptr,
                     0,
                     {{{keys, keys + panels, 0, static_cast<uint32_t>(key_count)}}, 1},
                     query + column});
  }
  a.count = static_cast<uint32_t>(kv_heads);
  c.work.run = [&row, a, items, scoring, adjusts, told, dropped, drops]() mutable {
    a.items = items.data();
    a.scoring = adjusts ? &scoring : nullptr;
    a.report = told.heads > 0 ? &told : nullptr;
    a.dropout = drops ? &dropped : nullptr;
    a.attend = drops ? C::dropout(row) : told.heads > 0 ? C::report(row) : nullptr;
    C::attention(row, a);
  };
  double keys = 0.0;
  for (size_t i = 0; i < rows * heads; ++i) {
    const size_t seen = causal ? first_position + i / heads + 1 : key_count;
    keys += static_cast<double>(window > 0 ? std::min<size_t>(window, seen) : seen);
  }
  const double products = reach > 0 ? 4 : 2;
  c.work.multiply_adds = products * keys * static_cast<double>(width * kv_heads);
  reads(c, cache, kv_heads * (panels + values));
}

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
  kernels::AdjustF32 a = {nullptr, {}, c.floats(keys), keys, 0, keys, 0, c.floats(keys)};
  c.work.run = [&row, a, scoring]() mutable {
    a.scoring = &scoring;
    row.adjust_f32(a);
  };
  reads(c, a.scores, keys);
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

void scores_f32(const kernels::Kernels& row, const Shape& s, Case& c) {
  Shape told = s;
  told.emplace("report", 16);
  attention<test::In_f32>(row, told, c);
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
  void store_keys_##name(const kernels::Kernels& row, const Shape& s, Case& c) {      \
    const auto a = stores<kernels::Element>(s, c, &kernels::StoreKeys::keys);         \
    c.work.run = [&row, a] { row.store_keys_##name(a); };                             \
  }                                                                                   \
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
#define FOVEA_CACHE_F32(...)
#define FOVEA_CACHE(name, Element, type)                                           \
  void store_values_##name(const kernels::Kernels& row, const Shape& s, Case& c) { \
    const auto a = stores<kernels::Element>(s, c, &kernels::StoreValues::values);  \
    c.work.run = [&row, a] { row.store_values_##name(a); };                        \
  }
#include "kernels/caches.inc"
#undef FOVEA_CACHE

void function_f32(const kernels::Kernels& row, const Shape& s, Case& c) {
  kernels::FunctionF32 a = {};
  a.count = get(s, "count", 4096);
  a.x = c.floats(a.count);
  a.y = c.floats(a.count);
  a.function = static_cast<kernels::Function>(get(s, "function", 2));
  c.work.run = [&row, a] { row.function_f32(a); };
  reads(c, a.x, a.count);
}

void binary_f32(const kernels::Kernels& row, const Shape& s, Case& c) {
  kernels::BinaryF32 a = {};
  a.rows = get(s, "rows", 8);
  a.width = get(s, "width", 384);
  a.a_stride = a.b_stride = a.y_stride = a.width;
  a.a = c.floats(size_t{a.rows} * a.width);
  a.b = c.floats(size_t{a.rows} * a.width);
  a.y = c.floats(size_t{a.rows} * a.width);
  c.work.run = [&row, a] { row.binary_f32(a); };
  reads(c, a.a, size_t{a.rows} * a.width);
}

void add_scaled_f32(const kernels::Kernels& row, const Shape& s, Case& c) {
  const size_t count = get(s, "count", 4096);
  const kernels::AddScaledF32 a = {c.floats(count), c.floats(count), count, 0.0f};
  c.work.run = [&row, a] { row.add_scaled_f32(a); };
  reads(c, a.x, count);
}

void gate_f32(const kernels::Kernels& row, const Shape& s, Case& c) {
  kernels::GateF32 a = {};
  a.outputs = get(s, "outputs", 4096);
  a.sums = c.floats(2 * up16(a.outputs));
  a.y = c.floats(a.outputs);
  a.function = kernels::Function::kSilu;
  a.limit = static_cast<float>(get(s, "limit", 0));
  a.alpha = 1.0f;
  c.work.run = [&row, a] { row.gate_f32(a); };
  reads(c, a.sums, 2 * a.outputs);
}

void softmax_f32(const kernels::Kernels& row, const Shape& s, Case& c) {
  kernels::SoftmaxF32 a = {};
  a.rows = get(s, "rows", 8);
  a.width = get(s, "width", 512);
  a.x_stride = a.y_stride = a.width;
  a.x = c.floats(size_t{a.rows} * a.width);
  a.y = c.floats(size_t{a.rows} * a.width);
  c.work.run = [&row, a] { row.softmax_f32(a); };
  reads(c, a.x, size_t{a.rows} * a.width);
}

void multiply_add_limit(const kernels::Kernels& row, const Shape& s, Case& c) {
  kernels::LimitF32 a = {c.floats(2), c.floats(16), get(s, "count", 1 << 20)};
  c.work.run = [&row, a] { row.multiply_add_limit(a); };
  c.work.multiply_adds = static_cast<double>(a.count);
}

void code_limit(const kernels::Kernels& row, const Shape& s, Case& c) {
  kernels::LimitF32 a = {c.floats(2), c.floats(16), get(s, "count", 1 << 20)};
  c.work.run = [&row, a] { row.code_limit(a); };
  c.work.multiply_adds = static_cast<double>(a.count);
  c.work.of_codes = true;
}

void read_limit(const kernels::Kernels& row, const Shape& s, Case& c) {
  const size_t count = get(s, "count", 1 << 20);
  kernels::LimitF32 a = {c.floats(count), c.floats(16), count};
  c.work.run = [&row, a] { row.read_limit(a); };
  reads(c, a.x, count);
}

std::vector<Shape> shapes_of(const std::string& kernel) {
  static const std::map<std::string, std::vector<const char*>> kShapes = {
      {"linear",
       {"rows=1,k=384,outputs=384", "rows=1,k=1536,outputs=1536", "rows=1,k=4096,outputs=12288",
        "rows=2,k=576,outputs=1536", "rows=4,k=576,outputs=1536", "rows=8,k=1024,outputs=4096",
        "rows=8,k=1536,outputs=12288", "rows=16,k=384,outputs=384", "rows=16,k=1536,outputs=12288",
        "rows=64,k=384,outputs=384", "rows=128,k=384,outputs=1536", "rows=512,k=384,outputs=1152",
        "rows=128,k=1536,outputs=384", "rows=128,k=1536,outputs=1536", "rows=16,k=64,outputs=64",
        "rows=1,k=64,outputs=64"}},
      {"gated_linear", {"rows=1,k=576,outputs=1536", "rows=128,k=576,outputs=1536"}},
      {"attention",
       {"rows=512,width=64",
        "rows=2048,width=64,kv_heads=4",
        "rows=512,width=64,causal=1",
        "rows=2048,width=64,causal=1,kv_heads=4",
        "rows=512,width=32",
        "rows=128,width=32",
        "rows=99,width=64,kv_heads=1",
        "rows=128,width=64,heads=3,kv_heads=3,causal=1",
        "rows=1,keys=2048,width=64,heads=3,kv_heads=3",
        "rows=1,keys=2048,width=64,heads=3,kv_heads=90",
        "rows=1,keys=256,width=8,heads=2",
        "rows=17,width=8,kv_heads=4",
        "rows=48,width=24,kv_heads=4",
        "rows=1,keys=48,width=24,kv_heads=128",
        "rows=1,keys=7,width=24,kv_heads=128",
        "rows=8192,width=64,causal=1,window=256,kv_heads=1",
        "rows=512,width=64,causal=1,slopes=1",
        "rows=512,width=64,causal=1,soft_cap=30",
        "rows=512,width=64,report=1",
        "rows=512,width=64,dropout=1"}},
      {"relate", {"rows=512", "rows=128", "rows=16", "rows=512,width=32", "rows=2048,kv_heads=1"}},
      {"adjust_f32", {"keys=128", "keys=128,all=1"}},
      {"gate_f32", {"outputs=4096", "outputs=4096,limit=7"}},
      {"rotary_f32", {"rows=128", "rows=128,interleaved=1"}},
      {"function_f32",
       {"function=0", "function=1", "function=2", "function=3", "function=4", "function=5",
        "function=6"}},
      {"read_limit", {"count=4096", "count=65536", "count=1048576", "count=67108864"}},
  };
  // Kernels that are there once for each format go under the name of their operation.
  auto it = kShapes.find(kernel);
  if (it == kShapes.end()) it = kShapes.find(kernel.substr(0, kernel.rfind('_')));
  if (it == kShapes.end()) return {Shape()};
  std::vector<Shape> shapes;
  for (const char* text : it->second) shapes.push_back(parse_shape(text));
  return shapes;
}

}  // namespace

float* Case::floats(size_t count) {
  std::minstd_rand random(static_cast<uint32_t>(storage.size() + 1));
  storage.push_back(std::make_unique<float[]>(count + 32));
  float* p = storage.back().get();
  while (reinterpret_cast<uintptr_t>(p) % 64 != 0) ++p;
  for (size_t i = 0; i < count; ++i) p[i] = static_cast<float>(random()) * 0x1p-30f - 1.0f;
  return p;
}

Shape parse_shape(const std::string& text) {
  Shape shape;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find(',', at), text.size());
    const size_t equal = text.find('=', at);
    if (equal >= end) throw std::invalid_argument("a shape is written rows=128,k=384");
    shape[text.substr(at, equal - at)] = std::stoul(text.substr(equal + 1, end - equal - 1));
    at = end + 1;
  }
  return shape;
}

std::string to_text(const Shape& shape) {
  std::string text;
  for (const auto& [name, size] : shape) {
    text += (text.empty() ? "" : ",") + name + "=" + std::to_string(size);
  }
  return text;
}

std::vector<Benchmark> benchmarks() {
  std::vector<Benchmark> all;
#define FOVEA_KERNEL(name, Args) all.push_back({#name, shapes_of(#name), name});
#include "kernels/kernels.inc"
#undef FOVEA_KERNEL
  return all;
}

}  // namespace fovea::bench
