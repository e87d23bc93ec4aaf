// Kernels that go over rows, or over numbers one by one.

#ifndef FOVEA_TESTS_KERNELS_BITS_ROWWISE_H_
#define FOVEA_TESTS_KERNELS_BITS_ROWWISE_H_

#include "tests/kernels/bits/memory.h"

namespace fovea::test {

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

inline void bits_depthwise_f32(const kernels::Kernels& row, Memory& m, Crc& crc) {
  kernels::DepthwiseF32 a = {};
  a.rows = static_cast<uint32_t>(m.random.from(1, 9));
  a.width = static_cast<uint32_t>(m.random.from(1, 100));
  a.high = static_cast<uint32_t>(m.random.from(0, 3));
  a.wide = static_cast<uint32_t>(m.random.from(1, 4));
  const size_t token = a.width + m.random.below(3);
  a.x_stride = token * m.random.from(1, 2);
  a.x_tap = token * m.random.from(1, 2);
  a.x_line = token * m.random.from(1, 20);
  a.x = m.numbers(a.rows * a.x_stride + a.high * a.x_line + a.wide * a.x_tap);
  a.w_tap = up16(a.width);
  a.w_line = a.w_tap * m.random.from(a.wide, 5);
  a.w = m.numbers((a.high + 1) * a.w_line);
  a.bias = m.random.below(2) ? m.numbers(up16(a.width)) : nullptr;
  a.y_stride = a.width + m.random.below(3);
  a.y = m.zeros(a.rows * a.y_stride);
  row.depthwise_f32(a);
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

}  // namespace fovea::test

#endif  // FOVEA_TESTS_KERNELS_BITS_ROWWISE_H_
