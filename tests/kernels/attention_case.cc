#include "tests/kernels/attention_case.h"

#include <algorithm>
#include <cmath>

namespace fovea::test {
namespace {

// Lanes past the last key keep the poison.
Guarded dim_major(const std::vector<float>& keys, size_t count, size_t width) {
  Guarded blocks((count + 15) / 16 * 16 * width);
  for (size_t t = 0; t < count; ++t) {
    for (size_t d = 0; d < width; ++d) {
      blocks.data()[(t / 16 * width + d) * 16 + t % 16] = keys[t * width + d];
    }
  }
  return blocks;
}

}  // namespace

AttentionCase::AttentionCase(const AttentionShape& s, Random& random) : shape(s) {
  query = random.numbers(s.rows * s.heads * s.key_width);
  keys = random.numbers(s.keys * s.key_width);
  values = random.numbers(s.keys * s.value_width);
  scale = 1.0f / std::sqrt(static_cast<float>(s.key_width));
}

size_t AttentionCase::limit(size_t row) const {
  return shape.causal ? std::min(shape.keys, shape.first + row + 1) : shape.keys;
}

std::vector<float> AttentionCase::run(const kernels::Kernels& row, Random& random,
                                      std::string* problem, size_t begin, size_t end) const {
  const size_t q_width = shape.heads * shape.key_width, y_width = shape.heads * shape.value_width;
  const size_t q_stride = q_width + random.from(0, 3), y_stride = y_width + random.from(0, 3);
  const size_t v_stride = shape.value_width + random.from(0, 3), rows = end - begin;
  const std::vector<float> part(&query[begin * q_width], &query[begin * q_width] + rows * q_width);
  const Guarded q(part, q_width, q_stride, random.from(0, 3));
  const Guarded k = dim_major(keys, shape.keys, shape.key_width);
  const Guarded v(values, shape.value_width, v_stride, random.from(0, 3));
  Guarded y((rows - 1) * y_stride + y_width, random.from(0, 3));
  Scratch scratch(kernels::attention_scratch(rows * shape.heads, shape.keys, shape.key_width,
                                             shape.value_width));
  kernels::AttentionF32 a = {};
  a.query = q.data();
  a.query_stride = q_stride;
  a.keys = k.data();
  a.values = v.data();
  a.value_stride = v_stride;
  a.y = y.data();
  a.y_stride = y_stride;
  a.rows = static_cast<uint32_t>(rows);
  a.heads = static_cast<uint32_t>(shape.heads);
  a.key_width = static_cast<uint32_t>(shape.key_width);
  a.value_width = static_cast<uint32_t>(shape.value_width);
  a.key_count = static_cast<uint32_t>(shape.keys);
  a.first_position = static_cast<uint32_t>(shape.first + begin);
  a.causal = shape.causal;
  a.scale = scale;
  a.scratch = scratch.data();
  row.attention_f32(a);
  if (!y.intact(y_width, y_stride)) *problem = "wrote outside y";
  if (!scratch.intact()) *problem = "wrote outside the scratch memory";
  return y.rows(y_width, y_stride);
}

}  // namespace fovea::test
