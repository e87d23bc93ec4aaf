// The spectrum of 512 real samples.

#ifndef FOVEA_EXAMPLES_KEYWORD_FFT_H_
#define FOVEA_EXAMPLES_KEYWORD_FFT_H_

#include <cstddef>

namespace keyword {

inline constexpr size_t kFftSize = 512;

// Radix 2 over 256 complex numbers made of even and odd samples, then split into the spectrum of
// real ones: half the work of a complex transform of 512.
class Fft {
 public:
  Fft();

  // |X[k]| for k in [0, bins), bins <= 256.
  void magnitudes(const float samples[kFftSize], float* out, size_t bins) const;

 private:
  static constexpr size_t kHalf = kFftSize / 2;

  struct Complex {
    float re, im;
  };

  void transform(Complex z[kHalf]) const;

  Complex roots_[kHalf];  // exp(-2 pi i k / 512)
  unsigned char reversed_[kHalf];
};

}  // namespace keyword

#endif  // FOVEA_EXAMPLES_KEYWORD_FFT_H_
