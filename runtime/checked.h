// Arithmetic on numbers from a file. An overflow sticks, as the largest number of all, so that one
// look at the end suffices.

#ifndef FOVEA_RUNTIME_CHECKED_H_
#define FOVEA_RUNTIME_CHECKED_H_

#include <cstdint>

namespace fovea {

// Out of line, and of plain numbers, which come and go in registers: firmware is a kilobyte
// smaller.
[[gnu::noinline]] inline constexpr uint64_t saturating_product(uint64_t a, uint64_t b) {
  uint64_t product = 0;
  const bool bad = __builtin_mul_overflow(a, b, &product) || a == UINT64_MAX || b == UINT64_MAX;
  return bad ? UINT64_MAX : product;
}

class Checked {
 public:
  constexpr Checked(uint64_t value) : value_(value) {}  // NOLINT: numbers convert freely

  constexpr Checked operator*(Checked other) const {
    return saturating_product(value_, other.value_);
  }
  constexpr Checked operator+(Checked other) const {
    uint64_t sum = 0;
    return __builtin_add_overflow(value_, other.value_, &sum) ? UINT64_MAX : sum;
  }
  // Rounds up to a multiple of `unit`, a power of two.
  constexpr Checked round_up(uint64_t unit) const {
    const Checked sum = *this + (unit - 1);
    return sum.value_ == UINT64_MAX ? sum : Checked(sum.value_ & ~(unit - 1));
  }

  // True where no step overflowed and the value is at most `limit`.
  constexpr bool within(uint64_t limit) const { return value_ <= limit && value_ != UINT64_MAX; }
  constexpr uint64_t value() const { return value_; }  // UINT64_MAX after an overflow

 private:
  uint64_t value_;
};

inline constexpr uint64_t round_up(uint64_t value, uint64_t unit) {
  return (value + unit - 1) / unit * unit;
}

// No object of a model may take more bytes than this; sums of a few thousand cannot overflow.
inline constexpr uint64_t kMaxBytes = uint64_t{1} << 48;

}  // namespace fovea

#endif  // FOVEA_RUNTIME_CHECKED_H_
