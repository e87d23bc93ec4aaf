// The discrete Fourier transform (Cooley and Tukey 1965, in Stockham's order), of any size without
// a prime factor above 61. Every sum and product is rounded by itself, so that wide instructions
// change no bit.

#ifndef FOVEA_RUNTIME_OPERATORS_FOURIER_H_
#define FOVEA_RUNTIME_OPERATORS_FOURIER_H_

#include <cstdint>

namespace fovea {

inline constexpr uint32_t kMostFactor = 61;

struct Complex {
  float re, im;
};
inline Complex operator+(Complex a, Complex b) {
  return {a.re + b.re, a.im + b.im};
}
inline Complex operator-(Complex a, Complex b) {
  return {a.re - b.re, a.im - b.im};
}
inline Complex operator*(Complex a, Complex b) {
  return {a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
}

// The factor that is taken out next: 4, 2, then the odd ones in ascending order; 0 where the
// smallest is above kMostFactor.
inline uint32_t next_factor(uint32_t n) {
  if (n % 4 == 0) return 4;
  if (n % 2 == 0) return 2;
  for (uint32_t p = 3; p <= kMostFactor; p += 2) {
    if (n % p == 0) return p;
  }
  return 0;
}

// One stage: `size` numbers, `apart` of them of each of the transforms that are left side by side.
// roots[k * step] is exp(-2 pi i k / (size of the whole)).
struct Stage {
  const Complex* from;
  Complex* to;
  const Complex* roots;
  uint32_t step, factor, parts, apart;  // parts * factor: of each transform

  Complex root(uint32_t k) const { return roots[k * step]; }
  // Number j of transform `i` has the root of its place.
  void put(uint32_t i, uint32_t j, uint32_t k, Complex value) const {
    to[j + apart * (factor * i + k)] = i == 0 || k == 0 ? value : value * root(i * k * apart);
  }
};

inline void fold_even(const Stage& s, uint32_t i, uint32_t j) {
  const Complex* t = s.from + j + s.apart * i;
  const uint32_t far = s.apart * s.parts;
  if (s.factor == 2) {
    s.put(i, j, 0, t[0] + t[far]);
    s.put(i, j, 1, t[0] - t[far]);
    return;
  }
  const Complex a = t[0] + t[2 * far], b = t[0] - t[2 * far];
  const Complex c = t[far] + t[3 * far], d = t[far] - t[3 * far];
  s.put(i, j, 0, a + c);
  s.put(i, j, 1, {b.re + d.im, b.im - d.re});
  s.put(i, j, 2, a - c);
  s.put(i, j, 3, {b.re - d.im, b.im + d.re});
}

// Numbers k and factor - k share cosines and, but for their sign, sines.
inline void fold_odd(const Stage& s, uint32_t i, uint32_t j) {
  const Complex* t = s.from + j + s.apart * i;
  const uint32_t far = s.apart * s.parts, half = s.factor / 2;
  Complex sums[kMostFactor / 2], differences[kMostFactor / 2];
  Complex all = t[0];
  for (uint32_t r = 1; r <= half; ++r) {
    const Complex a = t[r * far], b = t[(s.factor - r) * far];
    sums[r - 1] = a + b;
    differences[r - 1] = a - b;
    all = all + sums[r - 1];
  }
  s.put(i, j, 0, all);
  for (uint32_t k = 1; k <= half; ++k) {
    Complex with = t[0], against = {0.0f, 0.0f};
    for (uint32_t r = 1; r <= half; ++r) {
      const Complex w = s.root(r * k % s.factor * (s.parts * s.apart));
      with = with + Complex{w.re * sums[r - 1].re, w.re * sums[r - 1].im};
      against = against + Complex{w.im * differences[r - 1].re, w.im * differences[r - 1].im};
    }
    s.put(i, j, k, {with.re - against.im, with.im + against.re});
    s.put(i, j, s.factor - k, {with.re + against.im, with.im - against.re});
  }
}

// Transforms `size` numbers at `x`; `other` has room for as many. Returns where the result is. The
// roots are those of size * step numbers.
inline const Complex* transform(Complex* x, Complex* other, uint32_t size, const Complex* roots,
                                uint32_t step) {
  uint32_t left = size, apart = 1;
  while (left > 1) {
    const uint32_t factor = next_factor(left);
    const Stage s = {x, other, roots, step, factor, left / factor, apart};
    for (uint32_t i = 0; i < s.parts; ++i) {
      for (uint32_t j = 0; j < apart; ++j) factor % 2 == 0 ? fold_even(s, i, j) : fold_odd(s, i, j);
    }
    left /= factor;
    apart *= factor;
    Complex* const made = other;
    other = x;
    x = made;
  }
  return x;
}

}  // namespace fovea

#endif  // FOVEA_RUNTIME_OPERATORS_FOURIER_H_
