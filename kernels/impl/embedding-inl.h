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
