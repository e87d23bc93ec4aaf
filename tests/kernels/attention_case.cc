#include "tests/kernels/attention_case.h"

#include <algorithm>
#include <cmath>

namespace fovea::test {
namespace {

// Lanes past the last key keep the poison.
Guarded dim_major(const float* keys, size_t count, size_t width) {
  Guarded blocks((count + 15) / 16 * 16 * width);
  for (size_t t = 0; t < count; ++t) {
    for (size_t d = 0; d < width; ++d) {
      blocks.data()[(t / 16 * width + d) * 16 + t % 16] = keys[t * width + d];
    }
  }
  return blocks;
}

uint32_t narrow(size_t size) {
  return static_cast<uint32_t>(size);
}

void run_divided(const kernels::Kernels& row, const kernels::AttentionF32& whole,
                 std::string* problem) {
  for (uint32_t i = 0; i < whole.count; ++i) {
    kernels::AttentionPartsF32 d = {whole, nullptr, 0, 1};
    d.whole.items = whole.items + i;
    d.whole.count = 1;
    const uint32_t blocks = narrow((d.whole.items->keys.end() + 127) / 128);
    const size_t rows = d.whole.items->rows * whole.shape.heads;
    Scratch parts(blocks * kernels::attention_part(rows, whole.shape.value_width));
    d.parts = parts.data();
    for (d.first = blocks; d.first-- > 0;) row.attention_parts_f32(d);
    d.first = 0;
    d.count = blocks;
    row.attention_merge_f32(d);
    if (!parts.intact()) *problem = "wrote outside the parts";
  }
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
  return run_together({{this, begin, end}}, row, random, problem, 0)[0];
}

std::vector<std::vector<float>> run_together(const std::vector<AttentionPart>& parts,
                                             const kernels::Kernels& row, Random& random,
                                             std::string* problem, size_t scratch_rows,
                                             bool divided) {
  const AttentionShape& shape = parts[0].of->shape;
  const size_t q_width = shape.heads * shape.key_width, y_width = shape.heads * shape.value_width;
  const size_t q_stride = q_width + random.from(0, 3), y_stride = y_width + random.from(0, 3);
  const size_t v_stride = shape.value_width + random.from(0, 3);
  std::vector<Guarded> q, k, v, y;
  std::vector<kernels::AttentionItem> items;
  size_t most_keys = 0;
  for (const AttentionPart& part : parts) {
    const AttentionCase& c = *part.of;
    const size_t rows = part.end - part.begin;
    const float* first = c.query.data() + part.begin * q_width;
    q.emplace_back(std::vector<float>(first, first + rows * q_width), q_width, q_stride,
                   random.from(0, 3));
    y.emplace_back((rows - 1) * y_stride + y_width, random.from(0, 3));
    kernels::KeySegments segments = {};
    auto runs = part.runs;
    if (runs.empty()) runs = {{0, c.shape.keys}};
    for (const auto& [from, to] : runs) {
      k.push_back(dim_major(c.keys.data() + from * shape.key_width, to - from, shape.key_width));
      const float* values = c.values.data() + from * shape.value_width;
      v.emplace_back(std::vector<float>(values, values + (to - from) * shape.value_width),
                     shape.value_width, v_stride, random.from(0, 3));
      segments.runs[segments.count++] = {k.back().data(), v.back().data(), narrow(from),
                                         narrow(to - from)};
    }
    items.push_back({q.back().data(), y.back().data(), narrow(rows),
                     narrow(c.shape.first + part.begin), segments});
    most_keys = std::max(most_keys, c.shape.keys);
    scratch_rows = std::max(scratch_rows, rows * shape.heads);
  }
  kernels::AttentionF32 a = {};
  a.scratch_bytes =
      kernels::attention_scratch(scratch_rows, most_keys, shape.key_width, shape.value_width);
  Scratch scratch(a.scratch_bytes);
  a.items = items.data();
  a.count = narrow(items.size());
  a.shape = {narrow(shape.heads),
             narrow(shape.key_width),
             narrow(shape.value_width),
             q_stride,
             v_stride,
             y_stride};
  a.visibility.causal = shape.causal;
  a.scoring.scale = parts[0].of->scale;
  a.scratch = scratch.data();
  divided ? run_divided(row, a, problem) : row.attention_f32(a);
  std::vector<std::vector<float>> results;
  for (const Guarded& result : y) {
    if (!result.intact(y_width, y_stride)) *problem = "wrote outside y";
    results.push_back(result.rows(y_width, y_stride));
  }
  if (!scratch.intact()) *problem = "wrote outside the scratch memory";
  return results;
}

}  // namespace fovea::test
