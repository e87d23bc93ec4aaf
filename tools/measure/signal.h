// How near numbers come to those that they stand for.

#ifndef FOVEA_TOOLS_MEASURE_SIGNAL_H_
#define FOVEA_TOOLS_MEASURE_SIGNAL_H_

#include <cstdint>
#include <span>

namespace fovea::tools {

class Signal {
 public:
  // As many of either. Numbers that are not finite count as errors that are not.
  void add(std::span<const float> exact, std::span<const float> found);
  void add(const Signal& more);

  bool is_empty() const { return count_ == 0; }
  // Signal to noise; infinite without noise.
  double decibels() const;
  // The energy of the noise as a share of the signal's.
  double noise() const;
  double largest_error() const { return largest_; }
  // 1 where both are zeros.
  double cosine() const;

 private:
  uint64_t count_ = 0;
  double exact_ = 0, found_ = 0, both_ = 0, noise_ = 0, largest_ = 0;
};

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_MEASURE_SIGNAL_H_
