// What the kernel tests share: the rows of this machine, guarded buffers, packing, tolerances.

#ifndef FOVEA_TESTS_KERNELS_SUPPORT_H_
#define FOVEA_TESTS_KERNELS_SUPPORT_H_

#include <cstdint>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "kernels/kernels.h"
#include "tests/reference/ops.h"
#include "tests/support/same_bits.h"

namespace fovea::test {

// Half a unit in the last place of 1: one rounding is off by a factor in 1 +- kRounding at most.
inline constexpr double kRounding = 0x1p-24;
// Half of the smallest subnormal number, the absolute error of an underflow.
inline constexpr double kUnderflow = 0x1p-150;

// Rows that are compiled in and that this machine can run: those that keep the bits of
// ARITHMETIC.md, fastest first, and all of them, with 32-bit NEON last.
std::vector<const kernels::Kernels*> exact_rows();
std::vector<const kernels::Kernels*> runnable_rows();
// Of rows that share their kernels of floats the first: those with products of codes of their own.
std::vector<const kernels::Kernels*> distinct(const std::vector<const kernels::Kernels*>& rows);

// Widths around every vector's: powers of two times 1, 2 and 3, plus and minus one.
std::vector<size_t> awkward_sizes(size_t up_to);

class Random {
 public:
  explicit Random(uint32_t seed) : engine_(seed) {}
  size_t from(size_t low, size_t high) {
    return std::uniform_int_distribution<size_t>(low, high)(engine_);
  }
  bool coin() { return from(0, 1) == 1; }
  float number(double scale = 1.0) {
    return static_cast<float>(std::normal_distribution<double>(0.0, scale)(engine_));
  }
  std::vector<float> numbers(size_t count, double scale = 1.0);

 private:
  std::mt19937 engine_;
};

// Floats between guard zones of NaN, at a chosen misalignment. Inputs: a read past either end
// shows up as NaN in the result. Outputs start as NaN too; intact() says whether the guards, and
// whatever lies between rows, still hold it.
class Guarded {
 public:
  explicit Guarded(size_t count, size_t misalignment = 0);
  Guarded(const std::vector<float>& values, size_t misalignment = 0);
  // Rows of `width` floats, `stride` apart; what lies between them is guarded too.
  Guarded(const std::vector<float>& values, size_t width, size_t stride, size_t misalignment);
  Guarded(Guarded&&) = default;
  Guarded& operator=(Guarded&&) = default;

  float* data() { return start_; }
  const float* data() const { return start_; }
  bool intact() const;                             // both guard zones
  bool intact(size_t width, size_t stride) const;  // and the gaps between rows
  std::vector<float> rows(size_t width, size_t stride) const;

 private:
  static constexpr size_t kGuard = 64;
  std::vector<float> storage_;
  float* start_;
  size_t count_;
};

bool is_poison(float x);
bool same_bits(const Guarded& a, const Guarded& b, size_t count);

// [outputs, k] into panels [ceil(outputs / 16)][k][16], padded with zeros.
std::vector<float> pack(const std::vector<float>& w, size_t outputs, size_t k);
// Padded with zeros to a multiple of 16.
std::vector<float> padded(const std::vector<float>& x);

// Memory of a kernel's scratch, filled with NaN and guarded.
class Scratch {
 public:
  explicit Scratch(uint64_t bytes);
  float* data() { return start_; }
  bool intact() const;

 private:
  std::vector<float> storage_;
  float* start_;
  size_t floats_;
};

// The largest error of a function's kernel at x, as math_test.cc finds it: a few ulp of the result,
// and for GELU a few roundings of x.
double function_error(kernels::Function function, double x);

// The index of the first element of `actual` that is further than its tolerance from `expected`,
// as a message; empty if there is none. Tolerances are absolute, one per element.
std::string difference(const std::vector<float>& actual, const Doubles& expected,
                       const Doubles& tolerance);

}  // namespace fovea::test

#endif  // FOVEA_TESTS_KERNELS_SUPPORT_H_
