// One item of attention with random numbers, shapes and forms.

#ifndef FOVEA_TESTS_KERNELS_BITS_ATTENTION_CASE_H_
#define FOVEA_TESTS_KERNELS_BITS_ATTENTION_CASE_H_

#include "tests/kernels/bits/memory.h"
#include "tests/kernels/in_format.h"

namespace fovea::test {

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

}  // namespace fovea::test

#endif  // FOVEA_TESTS_KERNELS_BITS_ATTENTION_CASE_H_
