// How the elements of a format become floats: load() is the one converting point of products.

#ifndef FOVEA_KERNELS_IMPL_LOAD_INL_H_
#define FOVEA_KERNELS_IMPL_LOAD_INL_H_

#include "kernels/formats.h"
#include "kernels/impl/vec-inl.h"

namespace fovea::kernels::FOVEA_ROW {
namespace {

template <class W>
constexpr bool kIsFloat = false;
template <>
constexpr bool kIsFloat<float> = true;

// The next n vectors; p moves past them.
template <class A, class W, size_t n>
FOVEA_INLINE void load_terms(const W*& p, Vec<A> (&v)[n]) {
  if constexpr (kIsFloat<W>) {
    load_next<A>(p, v);
  } else {
    FOVEA_UNROLL
    for (size_t j = 0; j < n; ++j) v[j] = load<A>(p + j * kWidth<A>);
    p += n * kWidth<A>;
  }
}

}  // namespace
}  // namespace fovea::kernels::FOVEA_ROW

#endif  // FOVEA_KERNELS_IMPL_LOAD_INL_H_
