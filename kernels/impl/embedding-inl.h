// Rows of a table, by their ids.

#ifndef FOVEA_KERNELS_IMPL_EMBEDDING_INL_H_
#define FOVEA_KERNELS_IMPL_EMBEDDING_INL_H_

#include "kernels/impl/load-inl.h"

namespace fovea::kernels::FOVEA_ROW {
namespace {

// In panels a row's elements lie kPanel apart.
template <class A, class W>
FOVEA_INLINE void embedding(const Embedding& a) {
  const W* table = static_cast<const W*>(a.table);
  const Vec<A> scale = broadcast<A>(a.scale);
  for (size_t r = 0; r < a.rows; ++r) {
    const size_t id = static_cast<uint32_t>(a.ids[r]);
    const W* x = table + (a.in_panels ? panel_index(id, 0, a.width) : id * a.width);
    const size_t step = a.in_panels ? kPanel : 1;
    float* y = a.y + r * a.y_stride;
    size_t i = 0;
    for (; step == 1 && i + kWidth<A> <= a.width; i += kWidth<A>) {
      store(y + i, load<A>(x + i) * scale);
    }
    for (; i < a.width; ++i) y[i] = widen(x[i * step]) * a.scale;
  }
}

// The same of codes, whose number comes after those of a row, or of a panel.
template <class A>
FOVEA_INLINE void embedding_codes(const Embedding& a) {
  const size_t words = code_words(a.width);
  const size_t word_step = a.in_panels ? kPanel : 1;
  for (size_t r = 0; r < a.rows; ++r) {
    const size_t id = static_cast<uint32_t>(a.ids[r]), lane = id % kPanel;
    const int8_t* x = static_cast<const int8_t*>(a.table);
    x += a.in_panels ? id / kPanel * code_panel_bytes(a.width) + (kPanel + lane) * 4
                     : id * code_row_words(a.width) * 4;
    float unit;
    __builtin_memcpy(&unit, x + words * word_step * 4, sizeof unit);
    float* y = a.y + r * a.y_stride;
    for (size_t i = 0; i < a.width; ++i) {
      const float number = static_cast<float>(x[i / 4 * word_step * 4 + i % 4]) * unit;
      y[i] = number * a.scale;
    }
  }
}

// Of codes in groups. A code times its number is exact, and so a sum with a minimum is rounded
// once.
template <class A, class W>
FOVEA_INLINE void embedding_halves(const Embedding& a) {
  constexpr size_t kNumbers = W::kNumbers;
  for (size_t r = 0; r < a.rows; ++r) {
    const size_t id = static_cast<uint32_t>(a.ids[r]), lane = id % kPanel;
    const uint8_t* row = static_cast<const uint8_t*>(a.table);
    row += a.in_panels ? id / kPanel * half_panel_bytes(a.width, kNumbers)
                       : id * half_row_bytes(size_t{a.width}, kNumbers);
    float* y = a.y + r * a.y_stride;
    for (size_t i = 0; i < a.width; ++i) {
      const size_t word = a.in_panels ? half_word_at(i, kNumbers) + lane * 4 : i / 8 * 4;
      const size_t unit = a.in_panels ? half_unit_at(i, kNumbers) + lane * 2
                                      : half_words(size_t{a.width}) * 4 + i / kGroup * kNumbers * 2;
      F16 numbers[kNumbers];
      for (size_t n = 0; n < kNumbers; ++n) {
        __builtin_memcpy(numbers + n, row + unit + n * (a.in_panels ? kPanel : 1) * 2, 2);
      }
      const int code = row[word + i % 4] >> (i & 4) & 15;
      if constexpr (kNumbers == 1) {
        y[i] = static_cast<float>(code - 8) * widen(numbers[0]) * a.scale;
      } else {
        y[i] = (static_cast<float>(code) * widen(numbers[0]) + widen(numbers[1])) * a.scale;
      }
    }
  }
}

template <class A>
void embedding_int4(const Embedding& a) {
  embedding_halves<A, I4>(a);
}

template <class A>
void embedding_uint4(const Embedding& a) {
  embedding_halves<A, U4>(a);
}

template <class A>
void embedding_int8(const Embedding& a) {
  embedding_codes<A>(a);
}

#define FOVEA_FORMAT(name, Element, type)     \
  template <class A>                          \
  void embedding_##name(const Embedding& a) { \
    embedding<A, Element>(a);                 \
  }
#include "kernels/formats.inc"
#undef FOVEA_FORMAT

}  // namespace
}  // namespace fovea::kernels::FOVEA_ROW

#endif  // FOVEA_KERNELS_IMPL_EMBEDDING_INL_H_
