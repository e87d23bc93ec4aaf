// Linear layers and tables whose weights are numbers.

#ifndef FOVEA_TESTS_KERNELS_BITS_LINEAR_H_
#define FOVEA_TESTS_KERNELS_BITS_LINEAR_H_

#include "tests/kernels/bits/memory.h"

namespace fovea::test {

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

}  // namespace fovea::test

#endif  // FOVEA_TESTS_KERNELS_BITS_LINEAR_H_
