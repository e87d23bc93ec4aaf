// Kernels that go over rows, or over numbers one by one.

#include "tests/bench/cases/cases.h"

namespace fovea::bench {

namespace {

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

}  // namespace

void rms_norm_f32(const kernels::Kernels& row, const Shape& s, Case& c) {
  kernels::NormF32 a = norm(s, c);
  a.bias = nullptr;
  c.work.run = [&row, a] { row.rms_norm_f32(a); };
}

void layer_norm_f32(const kernels::Kernels& row, const Shape& s, Case& c) {
  const kernels::NormF32 a = norm(s, c);
  c.work.run = [&row, a] { row.layer_norm_f32(a); };
}

// A line of tokens, as many columns behind it as taps reach, in a grid that is as wide.
void depthwise_f32(const kernels::Kernels& row, const Shape& s, Case& c) {
  kernels::DepthwiseF32 a = {};
  a.rows = get(s, "rows", 56);
  a.width = get(s, "width", 128);
  a.high = a.wide = get(s, "side", 3);
  a.x_stride = a.x_tap = a.y_stride = a.width;
  a.x_line = size_t{a.rows + a.wide - 1} * a.width;
  const size_t numbers = a.high * a.x_line;
  a.x = c.floats(numbers);
  a.w_tap = up16(a.width);
  a.w_line = a.w_tap * a.wide;
  a.w = c.floats(a.high * a.w_line);
  a.bias = c.floats(up16(a.width));
  a.y = c.floats(size_t{a.rows} * a.width);
  c.work.run = [&row, a] { row.depthwise_f32(a); };
  c.work.multiply_adds = static_cast<double>(size_t{a.rows} * a.width * a.high * a.wide);
  reads(c, a.x, numbers);
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

}  // namespace fovea::bench
