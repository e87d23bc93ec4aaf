// Arithmetic on numbers from a file. An overflow sticks, so that one look at the end suffices.

#ifndef FOVEA_RUNTIME_CHECKED_H_
#define FOVEA_RUNTIME_CHECKED_H_

#include <cstdint>

namespace fovea {

class Checked {
 public:
  constexpr Checked(uint64_t value) : value_(value) {}  // NOLINT: numbers convert freely

  // Firmware is a kilobyte smaller where this is out of line.
  [[gnu::noinline]] constexpr Checked operator*(Checked other) const {
    Checked result(0);
    result.bad_ =
        __builtin_mul_overflow(value_, other.value_, &result.value_) || bad_ || other.bad_;
    return result;
  }
  constexpr Checked operator+(Checked other) const {
    Checked result(0);
    result.bad_ =
        __builtin_add_overflow(value_, other.value_, &result.value_) || bad_ || other.bad_;
    return result;
  }
  // Rounds up to a multiple of `unit`, a power of two.
  constexpr Checked round_up(uint64_t unit) const {
    Checked result = *this + (unit - 1);
    result.value_ &= ~(unit - 1);
    return result;
  }

  // True where no step overflowed and the value is at most `limit`.
  constexpr bool within(uint64_t limit) const { return !bad_ && value_ <= limit; }
  constexpr uint64_t value() const { return value_; }
  constexpr uint64_t saturated() const { return bad_ ? UINT64_MAX : value_; }

 private:
  uint64_t value_;
  bool bad_ = false;
};

inline constexpr uint64_t round_up(uint64_t value, uint64_t unit) {
  return (value + unit - 1) / unit * unit;
}

// No object of a model may take more bytes than this; sums of a few thousand cannot overflow.
inline constexpr uint64_t kMaxBytes = uint64_t{1} << 48;

}  // namespace fovea

#endif  // FOVEA_RUNTIME_CHECKED_H_
