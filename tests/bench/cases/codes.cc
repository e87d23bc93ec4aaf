// Linear layers and tables in codes, and what turns numbers into codes.

#include "tests/bench/cases/cases.h"

namespace fovea::bench {

namespace {

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

// Codes in groups: any bytes but NaN as units.
template <size_t numbers>
const float* half_panels(size_t panels, size_t k, Case& c) {
  const size_t bytes = kernels::half_panel_bytes(k, numbers);
  float* p = c.floats(panels * bytes / 4);
  auto* first = reinterpret_cast<int8_t*>(p);
  fill_codes(first, panels * bytes);
  for (size_t n = 0; n < panels; ++n) {
    for (size_t i = 0; i < k; i += kernels::kGroup) {
      int8_t* units = first + n * bytes + kernels::half_unit_at(i, numbers);
      for (size_t lane = 0; lane < 16 * numbers; ++lane) units[2 * lane + 1] = 0x20;
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

}  // namespace

#define FOVEA_CODES(name, rows_of, row_words, panels_of)                           \
  void linear_##name(const kernels::Kernels& row, const Shape& s, Case& c) {       \
    kernels::Linear a = linear<float>(s, c);                                       \
    a.x_stride = kernels::row_words(a.k);                                          \
    a.x = rows_of(a.rows, a.k, c);                                                 \
    a.w = panels_of(up16(a.outputs) / 16, a.k, c);                                 \
    c.work.run = [&row, a] { row.linear_##name(a); };                              \
  }                                                                                \
  void gated_linear_##name(const kernels::Kernels& row, const Shape& s, Case& c) { \
    kernels::GatedLinear a = gated_linear<float>(s, c);                            \
    a.x_stride = kernels::row_words(a.k);                                          \
    a.x = rows_of(a.rows, a.k, c);                                                 \
    a.w = panels_of(up16(a.outputs) / 8, a.k, c);                                  \
    c.work.run = [&row, a] { row.gated_linear_##name(a); };                        \
  }                                                                                \
  void embedding_##name(const kernels::Kernels& row, const Shape& s, Case& c) {    \
    kernels::Embedding a = embedding<float>(s, c);                                 \
    a.table = panels_of(1024 / 16, a.width, c);                                    \
    a.in_panels = true;                                                            \
    reads(c, a.y, size_t{a.rows} * a.width);                                       \
    c.work.run = [&row, a] { row.embedding_##name(a); };                           \
  }
FOVEA_CODES(int8, code_rows, code_row_words, code_panels)
FOVEA_CODES(int4, group_rows, group_row_words, half_panels<1>)
FOVEA_CODES(uint4, group_rows, group_row_words, half_panels<2>)
#undef FOVEA_CODES

void quantize_f32(const kernels::Kernels& row, const Shape& s, Case& c) {
  c.work.run = [&row, a = quantize(s, c)] { row.quantize_f32(a); };
}

void quantize_groups_f32(const kernels::Kernels& row, const Shape& s, Case& c) {
  c.work.run = [&row, a = quantize(s, c)] { row.quantize_groups_f32(a); };
}

}  // namespace fovea::bench
