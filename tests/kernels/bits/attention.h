// Attention, and what may be added to its scores, be told of it or be dropped.

#ifndef FOVEA_TESTS_KERNELS_BITS_ATTENTION_H_
#define FOVEA_TESTS_KERNELS_BITS_ATTENTION_H_

#include "tests/kernels/bits/attention_case.h"

namespace fovea::test {

inline void bits_adjust_f32(const kernels::Kernels& row, Memory& m, Crc& crc) {
  kernels::AttentionItem item = {};
  kernels::AttentionF32 a = random_attention(m, item);
  kernels::Scoring scoring = random_scoring(m, a, item);
  scoring.adjust = row.adjust_f32;
  a.scoring = &scoring;
  row.attention_f32(a);
  crc.add(item.y, item.rows, a.shape.heads * a.shape.value_width, a.shape.y_stride);
}

template <class C>
void bits_relate(const kernels::Kernels& row, Memory& m, Crc& crc) {
  kernels::AttentionItem item = {};
  kernels::AttentionF32 a = random_attention<typename C::Element>(m, item);
  kernels::Scoring scoring = random_scoring(m, a, item);
  scoring.adjust = row.adjust_f32;
  scoring.relate = C::relate(row);
  scoring.position_reach = static_cast<uint32_t>(m.random.below(m.random.below(2) != 0 ? 5 : 24));
  const size_t positions =
      (a.shape.heads + 2) * a.shape.key_width * (2 * size_t{scoring.position_reach} + 1);
  const size_t which = m.random.below(3);
  if (which != 0) scoring.position_keys = m.numbers(positions);
  if (which != 1) scoring.position_queries = m.numbers(positions);
  a.scoring = &scoring;
  C::attention(row, a);
  crc.add(item.y, item.rows, a.shape.heads * a.shape.value_width, a.shape.y_stride);
}

template <class C>
void bits_meet_kept(const kernels::Kernels& row, Memory& m, Crc& crc) {
  kernels::AttentionItem item = {};
  kernels::AttentionF32 a = random_attention<typename C::Element>(m, item);
  kernels::Scoring scoring = random_scoring(m, a, item);
  scoring.adjust = row.adjust_f32;
  scoring.relate = C::meet_kept(row);
  scoring.kept_query_stride = a.shape.query_stride + 1;
  a.visibility.kept = static_cast<uint32_t>(m.random.from(1, 150));
  item.kept_query = m.numbers(item.rows * scoring.kept_query_stride);
  a.scoring = &scoring;
  C::attention(row, a);
  crc.add(item.y, item.rows, a.shape.heads * a.shape.value_width, a.shape.y_stride);
}

template <class C>
void bits_report(const kernels::Kernels& row, Memory& m, Crc& crc) {
  kernels::AttentionItem item = {};
  kernels::AttentionF32 a = random_attention<typename C::Element>(m, item);
  kernels::Scoring scoring = {};
  if (m.random.below(2) != 0) {
    scoring = random_scoring(m, a, item);
    scoring.adjust = row.adjust_f32;
    a.scoring = &scoring;
  }
  const uint32_t keys = item.keys.runs[0].count;
  const size_t scalars = item.rows * a.shape.heads, weights = scalars * keys;
  const bool tells_weights = m.random.below(2) != 0, averages = m.random.below(2) != 0;
  kernels::Report report = {};
  report.heads = a.shape.heads;
  report.plane_rows = item.rows;
  report.keys = keys;
  report.entropy = m.zeros(4 * scalars);
  report.effective = report.entropy + scalars;
  report.maximum = report.effective + scalars;
  report.position = report.maximum + scalars;
  report.average_entropy = m.zeros(2 * item.rows + weights + item.rows * keys);
  report.average_effective = report.average_entropy + item.rows;
  float* const more = report.average_effective + item.rows;
  if (tells_weights) report.weights = more;
  if (averages) report.average = more + weights;
  report.scratch =
      m.take(static_cast<size_t>(kernels::attention_report_scratch(keys, tells_weights, averages)) /
             sizeof(float));
  item.first_head = 0;  // as all heads of the report are here
  a.attend = C::report(row);
  a.report = &report;
  C::attention(row, a);
  crc.add(report.entropy, 4 * scalars);
  crc.add(report.average_entropy, 2 * item.rows + weights + item.rows * keys);
}

// Of some of the heads.
inline void bits_scores_f32(const kernels::Kernels& row, Memory& m, Crc& crc) {
  kernels::AttentionItem item = {};
  kernels::AttentionF32 a = random_attention<float>(m, item);
  kernels::Scoring scoring = random_scoring(m, a, item);
  scoring.adjust = row.adjust_f32;
  if (m.random.below(4) != 0) a.scoring = &scoring;
  const uint32_t keys = item.keys.runs[0].count;
  kernels::Report report = {};
  report.first_head = item.first_head + static_cast<uint32_t>(m.random.below(a.shape.heads));
  report.heads = item.first_head + a.shape.heads - report.first_head;
  report.plane_rows = item.rows;
  report.keys = keys;
  const size_t scores = item.rows * report.heads * keys;
  report.scaled = m.zeros(3 * scores);
  report.capped = report.scaled + scores;
  report.scores = report.capped + scores;
  report.tell_scores = row.scores_f32;
  const uint64_t bytes = kernels::attention_report_scratch(keys, false, false);
  report.scratch = m.take(static_cast<size_t>(bytes) / sizeof(float));
  a.attend = row.report_f32;
  a.report = &report;
  row.attention_f32(a);
  crc.add(report.scaled, 3 * scores);
}

template <class C>
void bits_dropout(const kernels::Kernels& row, Memory& m, Crc& crc) {
  kernels::AttentionItem item = {};
  kernels::AttentionF32 a = random_attention<typename C::Element>(m, item);
  kernels::Scoring scoring = {};
  if (m.random.below(2) != 0) {
    scoring = random_scoring(m, a, item);
    scoring.adjust = row.adjust_f32;
    a.scoring = &scoring;
  }
  const auto word = [&] {
    const uint32_t upper = m.random.next() << 8;
    return upper ^ m.random.next();
  };
  const kernels::Dropout dropout = {word(), word(), word(), static_cast<int32_t>(word()), 1.25f};
  a.attend = C::dropout(row);
  a.dropout = &dropout;
  C::attention(row, a);
  crc.add(item.y, item.rows, a.shape.heads * a.shape.value_width, a.shape.y_stride);
}

template <class C>
void bits_attention(const kernels::Kernels& row, Memory& m, Crc& crc) {
  kernels::AttentionItem item = {};
  const kernels::AttentionF32 a = random_attention<typename C::Element>(m, item);
  C::attention(row, a);
  crc.add(item.y, item.rows, a.shape.heads * a.shape.value_width, a.shape.y_stride);
}

// The cases of attention_f32, each key block on its own, the last one first.
template <class C>
void bits_attention_parts(const kernels::Kernels& row, Memory& m, Crc& crc) {
  kernels::AttentionItem item = {};
  kernels::AttentionPartsF32 d = {random_attention<typename C::Element>(m, item), nullptr, 0, 0};
  const kernels::AttentionShape& s = d.whole.shape;
  const uint32_t blocks = static_cast<uint32_t>((item.keys.end() + 127) / 128);
  const uint64_t part = kernels::attention_part(kernels::kQueryBlock, s.value_width);
  d.parts = m.take(blocks * static_cast<size_t>(part) / sizeof(float));
  const uint32_t most = static_cast<uint32_t>(kernels::kQueryBlock) / s.heads;
  for (uint32_t r = 0; r < item.rows; r += most) {
    kernels::AttentionItem some = item;
    some.query += r * s.query_stride;
    some.y += r * s.y_stride;
    some.first_position += r;
    some.rows = item.rows - r < most ? item.rows - r : most;
    d.whole.items = &some;
    d.count = 1;
    for (d.first = blocks; d.first-- > 0;) C::attention_parts(row, d);
    d.first = 0;
    d.count = blocks;
    row.attention_merge_f32(d);
  }
  crc.add(item.y, item.rows, s.heads * s.value_width, s.y_stride);
}

#define FOVEA_BITS_OF(kernel, name)                                                      \
  inline void bits_##kernel##_##name(const kernels::Kernels& row, Memory& m, Crc& crc) { \
    bits_##kernel<In_##name>(row, m, crc);                                               \
  }
#define FOVEA_CACHE(name, Element, type) \
  FOVEA_BITS_OF(relate, name)            \
  FOVEA_BITS_OF(meet_kept, name)         \
  FOVEA_BITS_OF(report, name)            \
  FOVEA_BITS_OF(dropout, name)           \
  FOVEA_BITS_OF(attention, name)         \
  FOVEA_BITS_OF(attention_parts, name)
#include "kernels/caches.inc"
#undef FOVEA_CACHE
#undef FOVEA_BITS_OF

inline void bits_attention_merge_f32(const kernels::Kernels& row, Memory& m, Crc& crc) {
  bits_attention_parts_f32(row, m, crc);
}

}  // namespace fovea::test

#endif  // FOVEA_TESTS_KERNELS_BITS_ATTENTION_H_
