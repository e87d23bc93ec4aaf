// What the cases of all kernels share, and one function for each kernel of the list.

#ifndef FOVEA_TESTS_BENCH_CASES_CASES_H_
#define FOVEA_TESTS_BENCH_CASES_CASES_H_

#include <random>

#include "kernels/formats.h"
#include "tests/bench/kernel_cases.h"

namespace fovea::bench {

#define FOVEA_KERNEL(name, Args) void name(const kernels::Kernels& row, const Shape& s, Case& c);
#include "kernels/kernels.inc"
#undef FOVEA_KERNEL

inline uint32_t get(const Shape& shape, const char* name, size_t otherwise) {
  const auto it = shape.find(name);
  return static_cast<uint32_t>(it == shape.end() ? otherwise : it->second);
}

inline size_t up16(size_t n) {
  return (n + 15) / 16 * 16;
}

inline void reads(Case& c, const float* buffer, size_t floats) {
  c.work.bytes = static_cast<double>(floats * sizeof(float));
  c.work.buffer = buffer;
  c.work.buffer_floats = floats;
}

inline double product(size_t a, size_t b, size_t c) {
  return static_cast<double>(a) * static_cast<double>(b) * static_cast<double>(c);
}

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

}  // namespace fovea::bench

#endif  // FOVEA_TESTS_BENCH_CASES_CASES_H_
