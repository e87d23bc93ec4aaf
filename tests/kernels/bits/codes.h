// Activations and weights in codes: alone (int8) and in groups (int4, uint4).

#ifndef FOVEA_TESTS_KERNELS_BITS_CODES_H_
#define FOVEA_TESTS_KERNELS_BITS_CODES_H_

#include "tests/kernels/bits/linear.h"

namespace fovea::test {

// Rows of activations as quantize_f32 makes them.
inline uint32_t* code_rows(Memory& m, size_t rows, size_t stride, size_t k) {
  uint32_t* p = reinterpret_cast<uint32_t*>(m.take(rows * stride));
  for (size_t r = 0; r < rows; ++r) {
    unsigned char* bytes = reinterpret_cast<unsigned char*>(p + r * stride);
    const size_t end = kernels::code_words(k) * 4;
    for (size_t i = 0; i < end; ++i) {
      bytes[i] = static_cast<unsigned char>(i < k ? m.random.from(1, 255) : 128);
    }
    const float unit = m.random.number();
    memcpy(bytes + end, &unit, sizeof unit);
  }
  return p;
}

// A table in codes, row after row or in panels, outputs and codes past the last being zeros.
inline int8_t* code_table(Memory& m, size_t outputs, size_t k, bool in_panels) {
  const size_t words = kernels::code_words(k);
  const size_t bytes = in_panels ? (outputs + 15) / 16 * kernels::code_panel_bytes(k)
                                 : outputs * kernels::code_row_words(k) * 4;
  int8_t* p = reinterpret_cast<int8_t*>(m.take(bytes / 4));
  memset(p, 0, bytes);
  for (size_t n = 0; n < outputs; ++n) {
    int8_t* start = p + (in_panels ? n / 16 * kernels::code_panel_bytes(k) + n % 16 * 4
                                   : n * kernels::code_row_words(k) * 4);
    int8_t* first = in_panels ? start + 64 : start;
    const size_t step = in_panels ? 64 : 4;
    int32_t sum = 0;
    for (size_t i = 0; i < k; ++i) {
      const int32_t code = static_cast<int32_t>(m.random.from(0, 254)) - 127;
      first[i / 4 * step + i % 4] = static_cast<int8_t>(code);
      sum += code;
    }
    sum *= -128;
    if (in_panels) memcpy(start, &sum, sizeof sum);
    const float unit = m.random.number();
    memcpy(first + words * step, &unit, sizeof unit);
  }
  return p;
}

// Rows of activations as quantize_groups_f32 makes them, and a table in groups. Neither is what a
// converter would make: sums begin anywhere.
inline uint32_t* group_rows(Memory& m, size_t rows, size_t stride, size_t k) {
  uint32_t* p = code_rows(m, rows, stride, k);
  const size_t words = kernels::code_words(k);
  for (size_t r = 0; r < rows; ++r) {
    for (size_t i = 0; i < words; ++i) p[r * stride + i] ^= 0x80808080u;
    for (size_t g = 0; g < (k + 31) / 32; ++g) {
      p[r * stride + words + 1 + g] = static_cast<uint32_t>(m.random.below(65536)) - 32768u;
    }
  }
  return p;
}

template <size_t numbers>
unsigned char* half_table(Memory& m, size_t outputs, size_t k, bool in_panels) {
  const size_t panel_bytes = kernels::half_panel_bytes(k, numbers);
  const size_t row_bytes = kernels::half_row_bytes(k, numbers);
  const size_t bytes = in_panels ? (outputs + 15) / 16 * panel_bytes : outputs * row_bytes;
  unsigned char* p = reinterpret_cast<unsigned char*>(m.take(bytes / 4));
  memset(p, 0, bytes);
  for (size_t n = 0; n < outputs; ++n) {
    unsigned char* row = p + (in_panels ? n / 16 * panel_bytes : n * row_bytes);
    for (size_t i = 0; i < k; ++i) {
      const size_t word = in_panels ? kernels::half_word_at(i, numbers) + n % 16 * 4 : i / 8 * 4;
      row[word + i % 4] |= static_cast<unsigned char>(m.random.below(16) << (i % 8 / 4 * 4));
      const size_t at = in_panels ? kernels::half_unit_at(i, numbers) + n % 16 * 2
                                  : kernels::half_words(k) * 4 + i / 32 * 2 * numbers;
      for (size_t j = 0; j < numbers; ++j) {
        kernels::F16 number;
        kernels::narrow(m.random.number(), number);
        if (i % 32 == 0) memcpy(row + at + (in_panels ? 32 : 2) * j, &number, sizeof number);
      }
    }
  }
  return p;
}

inline kernels::QuantizeF32 quantize_case(Memory& m, size_t least_stride) {
  kernels::QuantizeF32 a = {};
  a.rows = static_cast<uint32_t>(m.random.from(1, 8));
  a.k = static_cast<uint32_t>(m.random.from(1, 150));
  a.x_stride = a.k + m.random.below(3);
  a.y_stride =
      (least_stride != 0 ? least_stride : kernels::code_row_words(a.k)) + m.random.below(3);
  float* x = m.numbers(a.rows * a.x_stride);
  const size_t odd = m.random.below(a.k);
  if (m.random.below(4) == 0) x[odd] = __builtin_inff();
  if (m.random.below(4) == 0) x[odd] = __builtin_nanf("");
  if (m.random.below(4) == 0) memset(x, 0, a.k * sizeof(float));
  a.x = x;
  a.y = reinterpret_cast<uint32_t*>(m.zeros(a.rows * a.y_stride));
  return a;
}

inline void bits_quantize_f32(const kernels::Kernels& row, Memory& m, Crc& crc) {
  const kernels::QuantizeF32 a = quantize_case(m, 0);
  row.quantize_f32(a);
  crc.add(reinterpret_cast<float*>(a.y), a.rows, kernels::code_row_words(a.k), a.y_stride);
}

inline void bits_quantize_groups_f32(const kernels::Kernels& row, Memory& m, Crc& crc) {
  kernels::QuantizeF32 a = quantize_case(m, kernels::group_row_words(150));
  row.quantize_groups_f32(a);
  crc.add(reinterpret_cast<float*>(a.y), a.rows, kernels::group_row_words(a.k), a.y_stride);
}

// The cases of numbers with codes, or codes in groups, in the place of x and w.
#define FOVEA_BITS_OF(name, most, rows_of, row_words, table_of)                            \
  template <class Args>                                                                    \
  Args with_##name(Args a, Memory& m, size_t outputs) {                                    \
    a.k = static_cast<uint32_t>(m.random.from(1, most));                                   \
    a.x_stride = kernels::row_words(a.k) + m.random.below(3);                              \
    a.x = reinterpret_cast<const float*>(rows_of(m, a.rows, a.x_stride, a.k));             \
    a.w = table_of(m, outputs, a.k, true);                                                 \
    return a;                                                                              \
  }                                                                                        \
  inline void bits_linear_##name(const kernels::Kernels& row, Memory& m, Crc& crc) {       \
    kernels::Linear a = linear_case<float>(m);                                             \
    a = with_##name(a, m, a.outputs);                                                      \
    a.apply = row.function_f32;                                                            \
    row.linear_##name(a);                                                                  \
    crc.add(a.y, a.rows, a.outputs, a.y_stride);                                           \
  }                                                                                        \
  inline void bits_gated_linear_##name(const kernels::Kernels& row, Memory& m, Crc& crc) { \
    kernels::GatedLinear a = gated_linear_case<float>(m);                                  \
    a = with_##name(a, m, 2 * up16(a.outputs));                                            \
    row.gated_linear_##name(a);                                                            \
    crc.add(a.y, a.rows, a.outputs, a.y_stride);                                           \
  }                                                                                        \
  inline void bits_embedding_##name(const kernels::Kernels& row, Memory& m, Crc& crc) {    \
    kernels::Embedding a = embedding_case<float>(m);                                       \
    a.table = table_of(m, 50, a.width, a.in_panels);                                       \
    row.embedding_##name(a);                                                               \
    crc.add(a.y, a.rows, a.width, a.y_stride);                                             \
  }
FOVEA_BITS_OF(int8, 150, code_rows, code_row_words, code_table)
FOVEA_BITS_OF(int4, 200, group_rows, group_row_words, half_table<1>)
FOVEA_BITS_OF(uint4, 200, group_rows, group_row_words, half_table<2>)
#undef FOVEA_BITS_OF

}  // namespace fovea::test

#endif  // FOVEA_TESTS_KERNELS_BITS_CODES_H_
