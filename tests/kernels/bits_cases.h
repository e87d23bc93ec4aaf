// One checksum per kernel over a fixed set of deterministic cases: what a row must give, bit by
// bit, on every machine. No heap, no standard library: also runs on microcontrollers.

#ifndef FOVEA_TESTS_KERNELS_BITS_CASES_H_
#define FOVEA_TESTS_KERNELS_BITS_CASES_H_

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "kernels/formats.h"
#include "kernels/kernels.h"
#include "tests/kernels/in_format.h"

namespace fovea::test {

// Knuth's and Lewis's generator. The upper bits only.
class Lcg {
 public:
  explicit Lcg(uint32_t seed, bool extremes = true) : state_(seed), extremes_(extremes) {}
  uint32_t next() {
    state_ = state_ * 1664525u + 1013904223u;
    return state_ >> 8;
  }
  size_t below(size_t n) { return next() % n; }
  size_t from(size_t low, size_t high) { return low + below(high - low + 1); }
  float uniform() { return (static_cast<float>(next()) - 8388608.0f) / 8388608.0f; }
  // Mostly in [-1, 1), now and then a zero of either sign, a subnormal or something large. Without
  // extremes, multiples of 2^-23 in [-1, 1) only.
  float number() {
    const float u = uniform();
    if (!extremes_) return u;
    switch (below(64)) {
      case 0:
        return 0.0f;
      case 1:
        return -0.0f;
      case 2:
        return u * 1e-40f;
      case 3:
        return u * 64.0f;
      case 4:
        return u * 1e-20f;
      default:
        return u;
    }
  }

 private:
  uint32_t state_;
  bool extremes_;
};

// Memory from which a case takes its tensors, aligned to 64 bytes.
class Memory {
 public:
  static constexpr size_t kFloats = 96 * 1024;
  Memory(float* floats, Lcg numbers) : base_(floats), random(numbers) {}
  void clear() { used_ = 0; }
  float* take(size_t floats) {
    float* p = base_ + used_;
    used_ += (floats + 15) / 16 * 16;
    if (used_ > kFloats) __builtin_trap();
    return p;
  }
  float* numbers(size_t floats) {
    float* p = take(floats);
    for (size_t i = 0; i < floats; ++i) p[i] = random.number();
    return p;
  }
  // Weights of the type W.
  template <class W>
  W* elements(size_t count) {
    W* p = reinterpret_cast<W*>(take((count * sizeof(W) + sizeof(float) - 1) / sizeof(float)));
    for (size_t i = 0; i < count; ++i) kernels::narrow(random.number(), p[i]);
    return p;
  }
  // Rows of activations as quantize_f32 makes them.
  uint32_t* code_rows(size_t rows, size_t stride, size_t k) {
    uint32_t* p = reinterpret_cast<uint32_t*>(take(rows * stride));
    for (size_t r = 0; r < rows; ++r) {
      unsigned char* bytes = reinterpret_cast<unsigned char*>(p + r * stride);
      const size_t end = kernels::code_words(k) * 4;
      for (size_t i = 0; i < end; ++i) {
        bytes[i] = static_cast<unsigned char>(i < k ? random.from(1, 255) : 128);
      }
      const float unit = random.number();
      memcpy(bytes + end, &unit, sizeof unit);
    }
    return p;
  }
  // A table in codes, row after row or in panels, outputs and codes past the last being zeros.
  int8_t* code_table(size_t outputs, size_t k, bool in_panels) {
    const size_t words = kernels::code_words(k);
    const size_t bytes = in_panels ? (outputs + 15) / 16 * kernels::code_panel_bytes(k)
                                   : outputs * kernels::code_row_words(k) * 4;
    int8_t* p = reinterpret_cast<int8_t*>(take(bytes / 4));
    memset(p, 0, bytes);
    for (size_t n = 0; n < outputs; ++n) {
      int8_t* start = p + (in_panels ? n / 16 * kernels::code_panel_bytes(k) + n % 16 * 4
                                     : n * kernels::code_row_words(k) * 4);
      int8_t* first = in_panels ? start + 64 : start;
      const size_t step = in_panels ? 64 : 4;
      int32_t sum = 0;
      for (size_t i = 0; i < k; ++i) {
        const int32_t code = static_cast<int32_t>(random.from(0, 254)) - 127;
        first[i / 4 * step + i % 4] = static_cast<int8_t>(code);
        sum += code;
      }
      sum *= -128;
      if (in_panels) memcpy(start, &sum, sizeof sum);
      const float unit = random.number();
      memcpy(first + words * step, &unit, sizeof unit);
    }
    return p;
  }
  // Rows of activations as quantize_groups_f32 makes them, and a table in groups. Neither is what a
  // converter would make: sums begin anywhere.
  uint32_t* group_rows(size_t rows, size_t stride, size_t k) {
    uint32_t* p = code_rows(rows, stride, k);
    const size_t words = kernels::code_words(k);
    for (size_t r = 0; r < rows; ++r) {
      for (size_t i = 0; i < words; ++i) p[r * stride + i] ^= 0x80808080u;
      for (size_t g = 0; g < (k + 31) / 32; ++g) {
        p[r * stride + words + 1 + g] = static_cast<uint32_t>(random.below(65536)) - 32768u;
      }
    }
    return p;
  }
  unsigned char* half_table(size_t outputs, size_t k, bool in_panels) {
    const size_t bytes = in_panels ? (outputs + 15) / 16 * kernels::half_panel_bytes(k)
                                   : outputs * kernels::half_row_bytes(k);
    unsigned char* p = reinterpret_cast<unsigned char*>(take(bytes / 4));
    memset(p, 0, bytes);
    for (size_t n = 0; n < outputs; ++n) {
      unsigned char* row =
          p + (in_panels ? n / 16 * kernels::half_panel_bytes(k) : n * kernels::half_row_bytes(k));
      for (size_t i = 0; i < k; ++i) {
        const size_t word = in_panels ? kernels::half_word_at(i) + n % 16 * 4 : i / 8 * 4;
        row[word + i % 4] |= static_cast<unsigned char>(random.below(16) << (i % 8 / 4 * 4));
        kernels::F16 unit;
        kernels::narrow(random.number(), unit);
        const size_t at = in_panels ? kernels::half_unit_at(i) + n % 16 * 2
                                    : kernels::half_words(k) * 4 + i / 32 * 2;
        if (i % 32 == 0) memcpy(row + at, &unit, sizeof unit);
      }
    }
    return p;
  }
  float* zeros(size_t floats) {
    float* p = take(floats);
    memset(p, 0, floats * sizeof(float));
    return p;
  }

 private:
  float* base_;
  size_t used_ = 0;

 public:
  Lcg random;
};

class Crc {
 public:
  void add(const float* x, size_t count) {
    const unsigned char* bytes = reinterpret_cast<const unsigned char*>(x);
    for (size_t i = 0; i < count * sizeof(float); ++i) {
      crc_ ^= bytes[i];
      for (int bit = 0; bit < 8; ++bit) crc_ = (crc_ >> 1) ^ ((crc_ & 1) ? 0xedb88320u : 0u);
    }
  }
  void add(const float* x, size_t rows, size_t width, size_t stride) {
    for (size_t r = 0; r < rows; ++r) add(x + r * stride, width);
  }
  uint32_t value() const { return ~crc_; }

 private:
  uint32_t crc_ = ~0u;
};

inline size_t up16(size_t n) {
  return (n + 15) / 16 * 16;
}

inline kernels::Function any_function(Lcg& random) {
  return static_cast<kernels::Function>(random.below(7));
}

template <class W>
kernels::Linear linear_case(Memory& m) {
  kernels::Linear a = {};
  a.rows = static_cast<uint32_t>(m.random.from(1, 20));
  a.k = static_cast<uint32_t>(m.random.from(1, 100));
  a.outputs = static_cast<uint32_t>(m.random.from(1, 150));
  a.x_stride = a.k + m.random.below(3);
  a.y_stride = a.residual_stride = a.outputs + m.random.below(3);
  a.x = m.numbers(a.rows * a.x_stride);
  a.w = m.elements<W>(up16(a.outputs) * a.k);
  if (m.random.below(2)) a.bias = m.numbers(up16(a.outputs));
  a.y = m.numbers(a.rows * a.y_stride);
  switch (m.random.below(3)) {
    case 0:
      a.residual = a.y;
      break;
    case 1:
      a.residual = m.numbers(a.rows * a.residual_stride);
  }
  a.function = m.random.below(2) ? any_function(m.random) : kernels::Function::kNone;
  a.scratch = m.take(static_cast<size_t>(kernels::linear_scratch(a.rows, a.k)) / sizeof(float));
  return a;
}

template <class W>
kernels::GatedLinear gated_linear_case(Memory& m) {
  kernels::GatedLinear a = {};
  a.rows = static_cast<uint32_t>(m.random.from(1, 20));
  a.k = static_cast<uint32_t>(m.random.from(1, 80));
  a.outputs = static_cast<uint32_t>(m.random.from(1, 100));
  a.x_stride = a.k + m.random.below(3);
  a.y_stride = a.outputs + m.random.below(3);
  a.x = m.numbers(a.rows * a.x_stride);
  a.w = m.elements<W>(2 * up16(a.outputs) * a.k);
  if (m.random.below(2)) a.bias = m.numbers(2 * up16(a.outputs));
  a.y = m.zeros(a.rows * a.y_stride);
  a.function = any_function(m.random);
  return a;
}

template <class W>
kernels::Embedding embedding_case(Memory& m) {
  kernels::Embedding a = {};
  const size_t table = m.random.from(1, 50);
  a.rows = static_cast<uint32_t>(m.random.from(1, 10));
  a.width = static_cast<uint32_t>(m.random.from(1, 100));
  a.in_panels = m.random.below(2) != 0;
  a.y_stride = a.width + m.random.below(3);
  a.table = m.elements<W>((a.in_panels ? up16(table) : table) * a.width);
  int32_t* ids = reinterpret_cast<int32_t*>(m.take(a.rows));
  for (size_t i = 0; i < a.rows; ++i) ids[i] = static_cast<int32_t>(m.random.below(table));
  a.ids = ids;
  a.y = m.zeros(a.rows * a.y_stride);
  a.scale = m.random.below(2) ? 1.0f : 11.3f;
  return a;
}

#define FOVEA_FORMAT(name, Element, type)                                                  \
  inline void bits_linear_##name(const kernels::Kernels& row, Memory& m, Crc& crc) {       \
    kernels::Linear a = linear_case<kernels::Element>(m);                                  \
    a.apply = row.function_f32;                                                            \
    row.linear_##name(a);                                                                  \
    crc.add(a.y, a.rows, a.outputs, a.y_stride);                                           \
  }                                                                                        \
  inline void bits_gated_linear_##name(const kernels::Kernels& row, Memory& m, Crc& crc) { \
    const kernels::GatedLinear a = gated_linear_case<kernels::Element>(m);                 \
    row.gated_linear_##name(a);                                                            \
    crc.add(a.y, a.rows, a.outputs, a.y_stride);                                           \
  }                                                                                        \
  inline void bits_embedding_##name(const kernels::Kernels& row, Memory& m, Crc& crc) {    \
    const kernels::Embedding a = embedding_case<kernels::Element>(m);                      \
    row.embedding_##name(a);                                                               \
    crc.add(a.y, a.rows, a.width, a.y_stride);                                             \
  }
#include "kernels/formats.inc"
#undef FOVEA_FORMAT

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

// The cases of numbers with codes in the place of x and w.
template <class Args>
Args with_codes(Args a, Memory& m, size_t outputs) {
  a.k = static_cast<uint32_t>(m.random.from(1, 150));
  a.x_stride = kernels::code_row_words(a.k) + m.random.below(3);
  a.x = reinterpret_cast<const float*>(m.code_rows(a.rows, a.x_stride, a.k));
  a.w = m.code_table(outputs, a.k, true);
  return a;
}

inline void bits_linear_int8(const kernels::Kernels& row, Memory& m, Crc& crc) {
  kernels::Linear a = linear_case<float>(m);
  a = with_codes(a, m, a.outputs);
  a.apply = row.function_f32;
  row.linear_int8(a);
  crc.add(a.y, a.rows, a.outputs, a.y_stride);
}

inline void bits_gated_linear_int8(const kernels::Kernels& row, Memory& m, Crc& crc) {
  kernels::GatedLinear a = gated_linear_case<float>(m);
  a = with_codes(a, m, 2 * up16(a.outputs));
  row.gated_linear_int8(a);
  crc.add(a.y, a.rows, a.outputs, a.y_stride);
}

inline void bits_embedding_int8(const kernels::Kernels& row, Memory& m, Crc& crc) {
  kernels::Embedding a = embedding_case<float>(m);
  a.table = m.code_table(50, a.width, a.in_panels);
  row.embedding_int8(a);
  crc.add(a.y, a.rows, a.width, a.y_stride);
}

inline void bits_quantize_groups_f32(const kernels::Kernels& row, Memory& m, Crc& crc) {
  kernels::QuantizeF32 a = quantize_case(m, kernels::group_row_words(150));
  row.quantize_groups_f32(a);
  crc.add(reinterpret_cast<float*>(a.y), a.rows, kernels::group_row_words(a.k), a.y_stride);
}

// The cases of numbers with codes in groups in the place of x and w.
template <class Args>
Args with_groups(Args a, Memory& m, size_t outputs) {
  a.k = static_cast<uint32_t>(m.random.from(1, 200));
  a.x_stride = kernels::group_row_words(a.k) + m.random.below(3);
  a.x = reinterpret_cast<const float*>(m.group_rows(a.rows, a.x_stride, a.k));
  a.w = m.half_table(outputs, a.k, true);
  return a;
}

inline void bits_linear_int4(const kernels::Kernels& row, Memory& m, Crc& crc) {
  kernels::Linear a = linear_case<float>(m);
  a = with_groups(a, m, a.outputs);
  a.apply = row.function_f32;
  row.linear_int4(a);
  crc.add(a.y, a.rows, a.outputs, a.y_stride);
}

inline void bits_gated_linear_int4(const kernels::Kernels& row, Memory& m, Crc& crc) {
  kernels::GatedLinear a = gated_linear_case<float>(m);
  a = with_groups(a, m, 2 * up16(a.outputs));
  row.gated_linear_int4(a);
  crc.add(a.y, a.rows, a.outputs, a.y_stride);
}

inline void bits_embedding_int4(const kernels::Kernels& row, Memory& m, Crc& crc) {
  kernels::Embedding a = embedding_case<float>(m);
  a.table = m.half_table(50, a.width, a.in_panels);
  row.embedding_int4(a);
  crc.add(a.y, a.rows, a.width, a.y_stride);
}

inline kernels::NormF32 norm_case(Memory& m, bool bias) {
  kernels::NormF32 a = {};
  a.rows = static_cast<uint32_t>(m.random.from(1, 4));
  a.width = static_cast<uint32_t>(m.random.from(1, 200));
  a.x_stride = a.y_stride = a.width + m.random.below(3);
  a.x = m.numbers(a.rows * a.x_stride);
  a.gain = m.numbers(up16(a.width));
  a.bias = bias ? m.numbers(up16(a.width)) : nullptr;
  a.y = m.random.below(2) ? const_cast<float*>(a.x) : m.zeros(a.rows * a.y_stride);
  a.epsilon = 1e-5f;
  return a;
}

inline void bits_rms_norm_f32(const kernels::Kernels& row, Memory& m, Crc& crc) {
  const kernels::NormF32 a = norm_case(m, false);
  row.rms_norm_f32(a);
  crc.add(a.y, a.rows, a.width, a.y_stride);
}

inline void bits_layer_norm_f32(const kernels::Kernels& row, Memory& m, Crc& crc) {
  const kernels::NormF32 a = norm_case(m, true);
  row.layer_norm_f32(a);
  crc.add(a.y, a.rows, a.width, a.y_stride);
}

inline const float* random_frequencies(Memory& m, size_t pairs) {
  float* frequencies = m.take(pairs);
  for (size_t i = 0; i < pairs; ++i) {
    frequencies[i] = 1.0f / static_cast<float>(1 + m.random.below(10000));
  }
  return frequencies;
}

inline void bits_rotary_table_f32(const kernels::Kernels& row, Memory& m, Crc& crc) {
  kernels::RotaryTableF32 a = {};
  a.rows = static_cast<uint32_t>(m.random.from(1, 4));
  a.pairs = static_cast<uint32_t>(m.random.from(1, 40));
  a.table_stride = 2 * a.pairs + m.random.below(3);
  a.table = m.take(a.rows * a.table_stride);
  a.inverse_frequencies = random_frequencies(m, a.pairs);
  a.first_position = static_cast<uint32_t>(m.random.below(16777212));
  a.factor = 1.25f + m.random.uniform();
  row.rotary_table_f32(a);
  crc.add(a.table, a.rows, 2 * a.pairs, a.table_stride);
}

inline void bits_rotary_f32(const kernels::Kernels& row, Memory& m, Crc& crc) {
  kernels::RotaryF32 a = {};
  a.rows = static_cast<uint32_t>(m.random.from(1, 4));
  a.heads = static_cast<uint32_t>(m.random.from(1, 3));
  a.head_width = static_cast<uint32_t>(m.random.from(2, 80));
  a.pairs = static_cast<uint32_t>(m.random.from(1, a.head_width / 2));
  a.x_stride = a.heads * a.head_width + m.random.below(3);
  a.x = m.numbers(a.rows * a.x_stride);
  kernels::RotaryTableF32 t = {};
  t.inverse_frequencies = random_frequencies(m, a.pairs);
  t.first_position = static_cast<uint32_t>(m.random.below(m.random.below(2) ? 100 : 1000000));
  t.factor = 1;
  t.rows = a.rows;
  t.pairs = a.pairs;
  t.table = m.take(a.rows * 2 * a.pairs);
  a.table = t.table;
  a.table_stride = t.table_stride = 2 * a.pairs;
  a.interleaved = m.random.below(2) != 0;
  row.rotary_table_f32(t);
  row.rotary_f32(a);
  crc.add(a.x, a.rows, a.heads * a.head_width, a.x_stride);
  // Again, stretched, where angles lose whole turns first.
  t.factor = 1.25f + m.random.uniform();
  t.first_position = static_cast<uint32_t>(16777212 - m.random.below(15000000));
  row.rotary_table_f32(t);
  row.rotary_f32(a);
  crc.add(a.x, a.rows, a.heads * a.head_width, a.x_stride);
}

// Where rows go to slots of heads: `slots` of either argument struct.
template <class K, class Store>
float* random_store(Memory& m, Store& a, void*& slots, size_t* floats) {
  a.rows = static_cast<uint32_t>(m.random.from(1, 40));
  a.heads = static_cast<uint32_t>(m.random.from(1, 3));
  a.width = static_cast<uint32_t>(m.random.from(1, 40));
  a.first_slot = static_cast<uint32_t>(m.random.below(40));
  a.x_stride = a.heads * a.width + m.random.below(3);
  a.head_stride = up16(a.first_slot + a.rows) * kernels::slot_elements<K>(a.width);
  float* x = m.numbers(a.rows * a.x_stride);
  a.x = x;
  *floats = a.heads * a.head_stride * sizeof(K) / sizeof(float);
  float* memory = m.numbers(*floats);
  slots = memory;
  return memory;
}

inline void bits_store_keys_f32(const kernels::Kernels& row, Memory& m, Crc& crc) {
  kernels::StoreKeys a = {};
  size_t floats = 0;
  const float* keys = random_store<float>(m, a, a.keys, &floats);
  row.store_keys_f32(a);
  crc.add(keys, floats);
}

#define FOVEA_CACHE_F32(...)
#define FOVEA_CACHE(name, Element, type)                                                   \
  inline void bits_store_keys_##name(const kernels::Kernels& row, Memory& m, Crc& crc) {   \
    kernels::StoreKeys a = {};                                                             \
    size_t floats = 0;                                                                     \
    const float* keys = random_store<kernels::Element>(m, a, a.keys, &floats);             \
    row.store_keys_##name(a);                                                              \
    crc.add(keys, floats);                                                                 \
  }                                                                                        \
  inline void bits_store_values_##name(const kernels::Kernels& row, Memory& m, Crc& crc) { \
    kernels::StoreValues a = {};                                                           \
    size_t floats = 0;                                                                     \
    const float* values = random_store<kernels::Element>(m, a, a.values, &floats);         \
    row.store_values_##name(a);                                                            \
    crc.add(values, floats);                                                               \
  }
#include "kernels/caches.inc"
#undef FOVEA_CACHE

// Numbers as elements of blocks of 16 slots of `width` elements. Numbers of codes are those in
// front of them.
inline const void* stored(Memory&, const float* numbers, size_t, size_t, const float*) {
  return numbers;
}
inline const void* stored(Memory& m, const float* numbers, size_t slots, size_t width,
                          const kernels::F16*) {
  auto* elements = reinterpret_cast<kernels::F16*>(m.take((slots * width + 1) / 2));
  for (size_t i = 0; i < slots * width; ++i) kernels::narrow(numbers[i], elements[i]);
  return elements;
}
inline const void* stored(Memory& m, const float* numbers, size_t slots, size_t width,
                          const kernels::C8*) {
  float* const first = m.take(up16(slots) * (width + 4) / 4);
  auto* at = reinterpret_cast<kernels::C8*>(first);
  for (size_t block = 0; block < up16(slots); block += 16) {
    for (size_t i = 0; i < 16 * width; ++i) {
      const size_t from = block * width + i;
      const float x = from < slots * width ? numbers[from] * 127.0f : 0.0f;
      (at++)->code = static_cast<int8_t>(x > 127.0f ? 127.0f : x < -127.0f ? -127.0f : x);
    }
    for (size_t i = 0; i < 16; ++i, at += 4) {
      const float unit = (m.random.uniform() + 1.0f) / 127.0f;
      memcpy(at, &unit, sizeof unit);
    }
  }
  return first;
}

template <class K = float>
kernels::AttentionF32 random_attention(Memory& m, kernels::AttentionItem& item) {
  kernels::AttentionF32 a = {};
  kernels::AttentionShape& s = a.shape;
  item.rows = static_cast<uint32_t>(m.random.from(1, 12));
  s.heads = static_cast<uint32_t>(m.random.from(1, 4));
  s.key_width = static_cast<uint32_t>(m.random.from(1, 40));
  s.value_width = static_cast<uint32_t>(m.random.from(1, 80));
  const bool causal = m.random.below(2) != 0;
  if (causal) a.visibility.after = 0;
  item.first_position = static_cast<uint32_t>(m.random.below(200));
  const uint32_t keys =
      causal ? item.first_position + item.rows : static_cast<uint32_t>(m.random.below(300));
  s.query_stride = s.heads * s.key_width + m.random.below(3);
  s.value_stride = s.value_width + m.random.below(3);
  s.y_stride = s.heads * s.value_width + m.random.below(3);
  item.query = m.numbers(item.rows * s.query_stride);
  kernels::KeyRun& run = item.keys.runs[0];
  const K* const element = nullptr;
  run.keys = stored(m, m.numbers(up16(keys) * s.key_width), up16(keys), s.key_width, element);
  run.values = stored(m, m.numbers(keys * s.value_stride), keys, s.value_stride, element);
  run.count = keys;
  item.keys.count = 1;
  item.y = m.zeros(item.rows * s.y_stride);
  a.items = &item;
  a.count = 1;
  a.scale = m.random.below(2) ? 0.25f : 3.0f;
  a.scratch_bytes =
      kernels::attention_scratch(item.rows * s.heads, keys, s.key_width, s.value_width);
  a.scratch = m.take(static_cast<size_t>(a.scratch_bytes) / sizeof(float));
  return a;
}

// What may be added to the case of random_attention.
inline kernels::Scoring random_scoring(Memory& m, kernels::AttentionF32& a,
                                       kernels::AttentionItem& item) {
  const auto coin = [&] { return m.random.below(2) != 0; };
  const uint32_t heads = a.shape.heads + 2, keys = item.keys.runs[0].count;
  kernels::Scoring s = {};
  if (coin()) a.visibility.before = static_cast<uint32_t>(m.random.below(200));
  if (coin() && a.visibility.after != 0)
    a.visibility.after = static_cast<uint32_t>(m.random.below(99));
  if (coin()) a.visibility.kept = static_cast<uint32_t>(m.random.below(150));
  if (coin()) s.soft_cap = coin() ? 0.5f : 20.0f;
  if (coin()) s.slopes = m.numbers(heads);
  s.reach = static_cast<uint32_t>(m.random.below(200));
  if (coin()) s.distances = m.numbers(heads * (2 * s.reach + 1));
  if (coin()) s.sinks = m.numbers(heads);
  item.first_head = static_cast<uint32_t>(m.random.below(3));
  s.mask = static_cast<kernels::Mask>(m.random.below(3));
  s.mask_head_stride = coin() ? keys : 0;
  s.mask_row_stride = coin() ? a.shape.heads * keys : 0;
  float* mask = m.numbers(item.rows * a.shape.heads * keys);
  for (size_t i = 0; i < item.rows * a.shape.heads * keys; ++i) {
    if (m.random.below(4) == 0)
      mask[i] = s.mask == kernels::Mask::kAdded ? -__builtin_inff() : 0.0f;
  }
  item.mask = mask;
  return s;
}

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

inline void bits_function_f32(const kernels::Kernels& row, Memory& m, Crc& crc) {
  kernels::FunctionF32 a = {};
  a.count = m.random.from(1, 500);
  float* x = m.numbers(a.count);
  for (size_t i = 0; i < a.count; ++i) x[i] *= 8.0f;
  a.x = x;
  a.y = m.random.below(2) ? x : m.zeros(a.count);
  a.function = any_function(m.random);
  row.function_f32(a);
  crc.add(a.y, a.count);
}

inline void bits_binary_f32(const kernels::Kernels& row, Memory& m, Crc& crc) {
  kernels::BinaryF32 a = {};
  a.rows = static_cast<uint32_t>(m.random.from(1, 4));
  a.width = static_cast<uint32_t>(m.random.from(1, 100));
  a.a_stride = a.y_stride = a.width + m.random.below(3);
  a.b_stride = m.random.below(2) ? a.width : 0;
  a.a = m.numbers(a.rows * a.a_stride);
  a.b = m.numbers(a.rows * a.width);
  a.y = m.zeros(a.rows * a.y_stride);
  a.kind = static_cast<kernels::BinaryKind>(m.random.below(3));
  row.binary_f32(a);
  crc.add(a.y, a.rows, a.width, a.y_stride);
}

inline void bits_add_scaled_f32(const kernels::Kernels& row, Memory& m, Crc& crc) {
  kernels::AddScaledF32 a = {};
  a.count = m.random.from(1, 200);
  a.x = m.numbers(a.count);
  a.y = m.numbers(a.count);
  a.factor = m.random.number();
  row.add_scaled_f32(a);
  crc.add(a.y, a.count);
}

inline void bits_gate_f32(const kernels::Kernels& row, Memory& m, Crc& crc) {
  kernels::GateF32 a = {};
  a.outputs = m.random.from(1, 150);
  a.sums = m.numbers(2 * up16(a.outputs));
  a.y = m.zeros(a.outputs);
  a.function = any_function(m.random);
  a.limit = m.random.below(2) ? 0.5f : 0.0f;
  a.alpha = 1.702f;
  row.gate_f32(a);
  crc.add(a.y, a.outputs);
}

inline void bits_softmax_f32(const kernels::Kernels& row, Memory& m, Crc& crc) {
  kernels::SoftmaxF32 a = {};
  a.rows = static_cast<uint32_t>(m.random.from(1, 4));
  a.width = static_cast<uint32_t>(m.random.from(1, 200));
  a.x_stride = a.y_stride = a.width + m.random.below(3);
  a.x = m.numbers(a.rows * a.x_stride);
  a.y = m.random.below(2) ? const_cast<float*>(a.x) : m.zeros(a.rows * a.y_stride);
  row.softmax_f32(a);
  crc.add(a.y, a.rows, a.width, a.y_stride);
}

// The results of the measuring kernels are not defined.
inline void bits_multiply_add_limit(const kernels::Kernels&, Memory&, Crc&) {}
inline void bits_code_limit(const kernels::Kernels&, Memory&, Crc&) {}
inline void bits_read_limit(const kernels::Kernels&, Memory&, Crc&) {}

// The checksum of `cases` cases of the kernel that `bits_case` runs, over Memory::kFloats floats.
template <class Case>
uint32_t bits_of(const kernels::Kernels& row, float* floats, size_t cases, Case bits_case,
                 bool extremes = true) {
  Memory memory(floats, Lcg(2024, extremes));
  Crc crc;
  for (size_t i = 0; i < cases; ++i) {
    memory.clear();
    bits_case(row, memory, crc);
  }
  return crc.value();
}

}  // namespace fovea::test

#endif  // FOVEA_TESTS_KERNELS_BITS_CASES_H_
