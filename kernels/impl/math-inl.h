// Elementary functions on vectors, from multiply-adds alone. Each states its interval and its
// largest error, measured by tests/kernels/math_test.cc; ARITHMETIC.md defines every rounding.
// The polynomials are minimax fits whose coefficients were rounded to f32 one after another,
// the rest being fitted again each time.

#ifndef FOVEA_KERNELS_IMPL_MATH_INL_H_
#define FOVEA_KERNELS_IMPL_MATH_INL_H_

#include "kernels/impl/vec-inl.h"

namespace fovea::kernels::FOVEA_ROW {
namespace {

// 2^x for x <= 0, +0 where x < -125 (so that no subnormal number appears), 1 exactly for 0.
template <class A>
FOVEA_INLINE Vec<A> exp2_negative(Vec<A> x) {
  const Vec<A> sum = x + broadcast<A>(kExponentMagic);
  const Vec<A> r = x - (sum - broadcast<A>(kExponentMagic));  // in [-0.5, 0.5], exact
  Vec<A> p = broadcast<A>(0x1.416b52p-13f);
  p = mul_add(p, r, broadcast<A>(0x1.5f082ep-10f));
  p = mul_add(p, r, broadcast<A>(0x1.3b2de0p-7f));
  p = mul_add(p, r, broadcast<A>(0x1.c6af7cp-5f));
  p = mul_add(p, r, broadcast<A>(0x1.ebfbdcp-3f));
  p = mul_add(p, r, broadcast<A>(0x1.62e430p-1f));
  p = mul_add(p, r, broadcast<A>(1.0f));
  return zero_where_below(p * power_of_two(sum), x, broadcast<A>(-125.0f));
}

// The same of several vectors, step by step: of one after another, processors do not look far
// enough ahead to hide the latency of their multiply-adds.
template <class A, size_t n>
FOVEA_INLINE void exp2_negative_of(Vec<A> (&x)[n]) {
  constexpr float kTerms[] = {0x1.5f082ep-10f, 0x1.3b2de0p-7f, 0x1.c6af7cp-5f,
                              0x1.ebfbdcp-3f,  0x1.62e430p-1f, 1.0f};
  const Vec<A> magic = broadcast<A>(kExponentMagic);
  Vec<A> sum[n], r[n], p[n];
  FOVEA_UNROLL
  for (size_t i = 0; i < n; ++i) sum[i] = x[i] + magic;
  FOVEA_UNROLL
  for (size_t i = 0; i < n; ++i) r[i] = x[i] - (sum[i] - magic);
  FOVEA_UNROLL
  for (size_t i = 0; i < n; ++i) p[i] = broadcast<A>(0x1.416b52p-13f);
  FOVEA_UNROLL
  for (size_t k = 0; k < 6; ++k) {
    FOVEA_UNROLL
    for (size_t i = 0; i < n; ++i) p[i] = mul_add(p[i], r[i], broadcast<A>(kTerms[k]));
  }
  FOVEA_UNROLL
  for (size_t i = 0; i < n; ++i) {
    x[i] = zero_where_below(p[i] * power_of_two(sum[i]), x[i], broadcast<A>(-125.0f));
  }
}

// The logarithm of a normal number > 0: e + f P(f) of x = 2^e (1 + f), sqrt(1/2) <= 1 + f <=
// sqrt(2). Exact for powers of two; NaN for NaN.
template <class A>
FOVEA_INLINE Vec<A> log2_positive(Vec<A> x) {
  Vec<A> exponent, fraction;
  split_power(x, exponent, fraction);
  const Vec<A> f = fraction - broadcast<A>(1.0f);
  Vec<A> p = broadcast<A>(0x1.01ba32p-3f);
  p = mul_add(p, f, broadcast<A>(-0x1.a78036p-3f));
  p = mul_add(p, f, broadcast<A>(0x1.b94dfcp-3f));
  p = mul_add(p, f, broadcast<A>(-0x1.e9809ep-3f));
  p = mul_add(p, f, broadcast<A>(0x1.26dd48p-2f));
  p = mul_add(p, f, broadcast<A>(-0x1.715b7ep-2f));
  p = mul_add(p, f, broadcast<A>(0x1.ec7366p-2f));
  p = mul_add(p, f, broadcast<A>(-0x1.715472p-1f));
  p = mul_add(p, f, broadcast<A>(0x1.715476p+0f));
  return select(x == x, mul_add(p, f, exponent), x);
}

// e^x for x <= 0, +0 where x < -87, 1 exactly for 0. ln 2 is split so that n times its upper part
// is exact for every n that occurs.
template <class A>
FOVEA_INLINE Vec<A> exp_negative(Vec<A> x) {
  const Vec<A> magic = broadcast<A>(kExponentMagic);
  const Vec<A> sum = mul_add(x, broadcast<A>(0x1.715476p+0f), magic);
  const Vec<A> n = sum - magic;
  Vec<A> r = mul_add(n, broadcast<A>(-0x1.62e400p-1f), x);
  r = mul_add(n, broadcast<A>(-0x1.7f7d1cp-20f), r);
  Vec<A> p = broadcast<A>(0x1.6a5250p-10f);
  p = mul_add(p, r, broadcast<A>(0x1.12396ep-7f));
  p = mul_add(p, r, broadcast<A>(0x1.5558aap-5f));
  p = mul_add(p, r, broadcast<A>(0x1.555492p-3f));
  p = mul_add(p, r, broadcast<A>(0x1.fffffcp-2f));
  p = mul_add(p, r * r, r) + broadcast<A>(1.0f);
  return zero_where_below(p * power_of_two(sum), x, broadcast<A>(-87.0f));
}

// +0 for x <= 0, NaN for NaN. Adding +0 settles the sign of zero, for clang 14 makes of the
// comparison a NEON fmax, which takes -0 to +0.
template <class A>
FOVEA_INLINE Vec<A> relu(Vec<A> x) {
  const Vec<A> zero = broadcast<A>(0.0f);
  return select(x < zero, zero, x) + zero;
}

// x / (1 + e^-x) as (x * e') / (1 + e), where e = e^-|x| and e' is e or, for x >= 0, 1.
template <class A>
FOVEA_INLINE Vec<A> times_sigmoid(Vec<A> factor, Vec<A> x) {
  const Vec<A> e = exp_negative<A>(-absolute(x));
  const Vec<A> one = broadcast<A>(1.0f);
  return (factor * select(x < broadcast<A>(0.0f), e, one)) / (one + e);
}

template <class A>
FOVEA_INLINE Vec<A> sigmoid(Vec<A> x) {
  return times_sigmoid<A>(broadcast<A>(1.0f), x);
}

template <class A>
FOVEA_INLINE Vec<A> silu(Vec<A> x) {
  return times_sigmoid<A>(x, x);
}

// x + x^3 P(x^2) for |x| < 0.625, otherwise (1 - e) / (1 + e) with e = e^(-2 |x|).
template <class A>
FOVEA_INLINE Vec<A> tanh(Vec<A> x) {
  const Vec<A> one = broadcast<A>(1.0f);
  const Vec<A> a = absolute(x);
  const Vec<A> z = x * x;
  Vec<A> p = broadcast<A>(-0x1.750ce4p-8f);
  p = mul_add(p, z, broadcast<A>(0x1.51f8cep-6f));
  p = mul_add(p, z, broadcast<A>(-0x1.b835a4p-5f));
  p = mul_add(p, z, broadcast<A>(0x1.1106f6p-3f));
  p = mul_add(p, z, broadcast<A>(-0x1.555532p-2f));
  const Vec<A> small = mul_add(p * z, x, x);
  const Vec<A> e = exp_negative<A>(-(a + a));
  const Vec<A> large = copy_sign((one - e) / (one + e), x);
  return select(a < broadcast<A>(0.625f), small, large);
}

// 0.5 x (1 + tanh(u)), u = sqrt(2 / pi) (x + 0.044715 x^3), which is x sigmoid(2 u).
template <class A>
FOVEA_INLINE Vec<A> gelu_tanh(Vec<A> x) {
  const Vec<A> inner = mul_add(x * x, broadcast<A>(0x1.2444f2p-4f), broadcast<A>(0x1.988454p+0f));
  return times_sigmoid<A>(x, x * inner);
}

// The upper tail of the normal distribution for a >= 0 as 2^-P(a): P = -log2(erfc(a / sqrt 2) / 2)
// is smooth and positive, fitted on [0, 5.6] with an error relative to P. Beyond, the polynomial
// rises faster than P, to infinity, and what it gives is less than 2^-25 and soon 0.
template <class A>
FOVEA_INLINE Vec<A> normal_tail(Vec<A> a) {
  Vec<A> p = broadcast<A>(-0x1.94855ap-26f);
  p = mul_add(p, a, broadcast<A>(0x1.819634p-21f));
  p = mul_add(p, a, broadcast<A>(-0x1.3bca18p-17f));
  p = mul_add(p, a, broadcast<A>(0x1.19b5d8p-14f));
  p = mul_add(p, a, broadcast<A>(-0x1.032e6ap-12f));
  p = mul_add(p, a, broadcast<A>(-0x1.1b5842p-14f));
  p = mul_add(p, a, broadcast<A>(0x1.cc98b8p-8f));
  p = mul_add(p, a, broadcast<A>(-0x1.ae0786p-5f));
  p = mul_add(p, a, broadcast<A>(-0x1.d639dcp-2f));
  p = mul_add(p, a, broadcast<A>(-0x1.26aedep+0f));
  return exp2_negative<A>(mul_add(p, a, broadcast<A>(-1.0f)));
}

// 0.5 x (1 + erf(x / sqrt 2)): x Q(-x) for x < 0, x - x Q(x) otherwise.
template <class A>
FOVEA_INLINE Vec<A> gelu_erf(Vec<A> x) {
  const Vec<A> tail = x * normal_tail<A>(absolute(x));
  return select(x < broadcast<A>(0.0f), tail, x - tail);
}

// sine and cosine of an angle in [0, 2^24]. First whole turns, 364913 at a time: these are 2292816
// less 1.2e-6, so that the subtraction of m * 2292816 is exact, and what it lacks is a small number
// that is added last. m is 0 for angles below 1.1e6, whose bits it leaves alone. Then
// n = round(angle * 2 / pi); the angle minus n pi / 2 in three steps, the first of them exact (Cody
// and Waite). Reduced at once, n would have no room in the sum from 2^22 on.
template <class A>
FOVEA_INLINE void sine_cosine(Vec<A> angle, Vec<A>& sine, Vec<A>& cosine) {
  const Vec<A> magic = broadcast<A>(kRoundMagic);
  const Vec<A> m = mul_add(angle, broadcast<A>(0x1.d44e98p-22f), magic) - magic;
  const Vec<A> near = mul_add(m, broadcast<A>(-2292816.0f), angle);
  const Vec<A> sum = mul_add(near, broadcast<A>(0x1.45f306p-1f), magic);
  const Vec<A> n = sum - magic;
  Vec<A> r = mul_add(n, broadcast<A>(-0x1.921fb6p+0f), near);
  r = mul_add(n, broadcast<A>(0x1.777a5cp-25f), r);
  r = mul_add(n, broadcast<A>(0x1.ee59dap-50f), r);
  r = mul_add(m, broadcast<A>(0x1.3b8fdep-20f), r);
  const Vec<A> z = r * r;
  Vec<A> s = broadcast<A>(-0x1.9951f2p-13f);
  s = mul_add(s, z, broadcast<A>(0x1.110774p-7f));
  s = mul_add(s, z, broadcast<A>(-0x1.555546p-3f));
  s = mul_add(s * z, r, r);
  Vec<A> c = broadcast<A>(0x1.99e0ecp-16f);
  c = mul_add(c, z, broadcast<A>(-0x1.6c0c1ap-10f));
  c = mul_add(c, z, broadcast<A>(0x1.55554ap-5f));
  c = mul_add(c, z * z, mul_add(z, broadcast<A>(-0.5f), broadcast<A>(1.0f)));
  const auto swap = is_odd(sum);
  sine = negate_if_second_bit(select(swap, c, s), sum);
  cosine = negate_if_second_bit(select(swap, s, c), sum + broadcast<A>(1.0f));
}

}  // namespace
}  // namespace fovea::kernels::FOVEA_ROW

#endif  // FOVEA_KERNELS_IMPL_MATH_INL_H_
