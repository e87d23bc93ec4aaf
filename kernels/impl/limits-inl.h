// What the processor can do at most, measured through the same vector operations as the kernels.

#ifndef FOVEA_KERNELS_IMPL_LIMITS_INL_H_
#define FOVEA_KERNELS_IMPL_LIMITS_INL_H_

#include "kernels/impl/vec-inl.h"

namespace fovea::kernels::FOVEA_ROW {
namespace {

// Each of the sums is needed for what is stored: compilers would leave out others.
template <class A, size_t n>
FOVEA_INLINE void store_total(float* y, const Vec<A> (&sums)[n]) {
  Vec<A> total = sums[0];
  FOVEA_UNROLL
  for (size_t j = 1; j < n; ++j) total = total + sums[j];
  FOVEA_UNROLL
  for (size_t j = 0; j < kVectors<A>; ++j) store(y + j * kWidth<A>, total);
}

// As many independent sums as a tile has hide the latency of a multiply-add: Zen 4, Skylake and
// Cortex-A76 need 8, and with 9 AVX2 still stayed 5 % below.
template <class A>
void multiply_add_limit(const LimitF32& a) {
  constexpr size_t kVecs = Tuning<A>::kAccumulators;
  Vec<A> sum[kVecs];
  FOVEA_UNROLL
  for (size_t j = 0; j < kVecs; ++j) sum[j] = broadcast<A>(static_cast<float>(j));
  const Vec<A> x = broadcast<A>(a.x[0]);
  const Vec<A> y = broadcast<A>(a.x[1]);
  const size_t steps = divide_up(a.count, kVecs * kWidth<A>);
  for (size_t i = 0; i < steps; ++i) {
    FOVEA_UNROLL
    for (size_t j = 0; j < kVecs; ++j) sum[j] = mul_add(x, y, sum[j]);
  }
  store_total<A>(a.y, sum);
}

// Terms are loaded again for each step, or compilers would multiply once for all of them. Where
// products are of pairs, two vectors of sums are one.
template <class A, class W>
void code_limit_of(const LimitF32& a) {
  using D = Dot<A, W>;
  constexpr size_t kSums = D::kSums, kAt = kSums * kWidth<A> * 4 * (kHasPairs<W> ? 2 : 1);
  alignas(64) int8_t codes[128] = {};
  const uint32_t x[4] = {0x81828384u, 0x81828384u, 0x81828384u, 0x81828384u};
  const size_t steps = divide_up(a.count, kAt);
  Vec<A> floats[kSums];
  if constexpr (kHasPairs<W>) {
    typename D::PairSum sums[kSums / 2];
    FOVEA_UNROLL
    for (size_t j = 0; j < kSums / 2; ++j) sums[j] = D::start_pair(codes);
    for (int8_t& code : codes) code = 1;
    for (size_t i = 0; i < steps; ++i) {
      __asm__ volatile("" : : "r"(codes) : "memory");
      const typename D::PairTerms terms = D::pair_terms(codes, sizeof codes / 2);
      const typename D::Terms factor = D::pair_factor(x, x + 2);
      FOVEA_UNROLL
      for (size_t j = 0; j < kSums / 2; ++j) D::add_pair(sums[j], factor, terms);
    }
    FOVEA_UNROLL
    for (size_t j = 0; j < kSums; ++j) floats[j] = D::floats_of_row(sums[j / 2], j % 2);
  } else {
    typename D::Sum sums[kSums];
    FOVEA_UNROLL
    for (size_t j = 0; j < kSums; ++j) sums[j] = D::start(codes);
    for (int8_t& code : codes) code = 1;
    for (size_t i = 0; i < steps; ++i) {
      __asm__ volatile("" : : "r"(codes) : "memory");
      const typename D::Terms terms = D::terms(codes);
      const typename D::Factor factor = D::factor(x[0]);
      FOVEA_UNROLL
      for (size_t j = 0; j < kSums; ++j) D::add(sums[j], factor, terms);
    }
    FOVEA_UNROLL
    for (size_t j = 0; j < kSums; ++j) floats[j] = D::floats(sums[j]);
  }
  store_total<A>(a.y, floats);
}

template <class A>
void code_limit(const LimitF32& a) {
  code_limit_of<A, I8>(a);
}

// Four places are read in turn: processors fetch several streams ahead faster than one, and Zen 4
// four faster than eight.
template <class A>
void read_limit(const LimitF32& a) {
  constexpr size_t kStreams = 4;
  const size_t part = a.count / kStreams;
  Vec<A> sum[kStreams];
  FOVEA_UNROLL
  for (size_t j = 0; j < kStreams; ++j) sum[j] = broadcast<A>(0.0f);
  for (size_t i = 0; i + kWidth<A> <= part; i += kWidth<A>) {
    FOVEA_UNROLL
    for (size_t j = 0; j < kStreams; ++j) sum[j] = sum[j] + load<A>(a.x + j * part + i);
  }
  store_total<A>(a.y, sum);
}

}  // namespace
}  // namespace fovea::kernels::FOVEA_ROW

#endif  // FOVEA_KERNELS_IMPL_LIMITS_INL_H_
