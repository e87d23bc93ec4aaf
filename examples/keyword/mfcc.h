// Mel-frequency cepstral coefficients as KWT-1 was trained on them, frame by frame, in fixed
// memory.
//
//   frame         480 samples (30 ms) every 160 (10 ms), samples / 32768
//   window        Hann, periodic: 0.5 - 0.5 cos(2 pi t / 480)
//   spectrum      magnitude of the DFT of 512, zeros after the 480
//   bands         80 triangles between 20 and 7600 Hz on the scale 1127 ln(1 + f / 700), each of
//                 height 1, which take the magnitudes of bins 1 to 243
//   logarithm     ln(max(x, 1e-12))
//   coefficients  the first 40 of the DCT: sqrt(2 / 80) cos(pi i (j + 0.5) / 80)

#ifndef FOVEA_EXAMPLES_KEYWORD_MFCC_H_
#define FOVEA_EXAMPLES_KEYWORD_MFCC_H_

#include <cstddef>
#include <cstdint>
#include <span>

#include "examples/keyword/fft.h"

namespace keyword {

inline constexpr size_t kSampleRate = 16000;
inline constexpr size_t kFrameLength = 480;
inline constexpr size_t kHop = 160;
inline constexpr size_t kFrames = 98;  // what the model sees
inline constexpr size_t kCoefficients = 40;
inline constexpr size_t kWindow = kFrameLength + (kFrames - 1) * kHop;  // samples
static_assert(kWindow == kSampleRate, "a window is one second");

class Mfcc {
 public:
  Mfcc();

  // Takes the next samples and computes each frame that they complete.
  void push(std::span<const int16_t> samples);

  // Frames since the start. The last 98 are kept.
  uint64_t frames() const { return frames_; }

  // The last 98 frames, the oldest first. [98, 40]
  void window(float features[kFrames * kCoefficients]) const;

 private:
  static constexpr size_t kBands = 80;
  static constexpr size_t kBins = 244;

  // Where a bin lies between the peaks of two bands: `share` of it goes to the upper one.
  struct Place {
    uint8_t lower;
    float share;
  };

  void prepare_bands();
  void add_frame();
  void measure_bands(float logarithms[kBands]) const;

  Fft fft_;
  float hann_[kFrameLength];
  Place places_[kBins];
  float cosines_[4 * kBands];  // sqrt(2 / 80) cos(2 pi k / 320)

  int16_t samples_[kFrameLength];  // of the frame that is not complete yet
  size_t count_ = 0;
  float ring_[kFrames][kCoefficients] = {};
  uint64_t frames_ = 0;
};

}  // namespace keyword

#endif  // FOVEA_EXAMPLES_KEYWORD_MFCC_H_
