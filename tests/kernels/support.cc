#include "tests/kernels/support.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace fovea::test {
namespace {

constexpr uint32_t kPoison = 0x7fc0dead;

float poison() {
  float x;
  std::memcpy(&x, &kPoison, sizeof x);
  return x;
}

float* aligned(float* p, size_t alignment) {
  const uintptr_t at = reinterpret_cast<uintptr_t>(p);
  return p + (alignment - at % alignment) % alignment / sizeof(float);
}

}  // namespace

std::vector<const kernels::Kernels*> exact_rows() {
  std::vector<const kernels::Kernels*> rows;
  for (auto row = kernels::compiled_rows(); *row != nullptr; ++row) {
    if (kernels::cpu_has(**row)) rows.push_back(*row);
  }
  return rows;
}

std::vector<const kernels::Kernels*> runnable_rows() {
  std::vector<const kernels::Kernels*> rows = exact_rows();
  const kernels::Kernels* neon32 = kernels::select_row("neon32");
  if (neon32 != nullptr) rows.push_back(neon32);
  return rows;
}

std::vector<const kernels::Kernels*> distinct(const std::vector<const kernels::Kernels*>& rows) {
  std::vector<const kernels::Kernels*> first;
  for (const kernels::Kernels* row : rows) {
    const bool is_new = std::none_of(first.begin(), first.end(), [row](const auto* other) {
      return row->attention_f32 == other->attention_f32;
    });
    if (is_new) first.push_back(row);
  }
  return first;
}

std::vector<size_t> awkward_sizes(size_t up_to) {
  std::vector<size_t> sizes;
  for (size_t power = 1; power <= up_to; power *= 2) {
    for (size_t n : {power - 1, power, power + 1, 3 * power - 1, 3 * power, 3 * power + 1}) {
      if (n > 0 && n <= up_to) sizes.push_back(n);
    }
  }
  return sizes;
}

std::vector<float> Random::numbers(size_t count, double scale) {
  std::vector<float> x(count);
  for (float& v : x) v = number(scale);
  return x;
}

Guarded::Guarded(size_t count, size_t misalignment)
    : storage_(count + 2 * kGuard + 16 + misalignment, poison()), count_(count) {
  start_ = aligned(storage_.data() + kGuard, 64) + misalignment;
}

Guarded::Guarded(const std::vector<float>& values, size_t misalignment)
    : Guarded(values.size(), misalignment) {
  for (size_t i = 0; i < values.size(); ++i) start_[i] = values[i];
}

Guarded::Guarded(const std::vector<float>& values, size_t width, size_t stride, size_t misalignment)
    : Guarded(values.empty() ? 0 : (values.size() / width - 1) * stride + width, misalignment) {
  for (size_t i = 0; i < values.size(); ++i) start_[i / width * stride + i % width] = values[i];
}

bool Guarded::intact() const {
  return intact(count_, count_);
}

bool Guarded::intact(size_t width, size_t stride) const {
  for (const float* p = storage_.data(); p < storage_.data() + storage_.size(); ++p) {
    const bool inside = p >= start_ && p < start_ + count_;
    const bool gap = !inside || (stride != 0 && static_cast<size_t>(p - start_) % stride >= width);
    if (gap && !is_poison(*p)) return false;
  }
  return true;
}

std::vector<float> Guarded::rows(size_t width, size_t stride) const {
  std::vector<float> x;
  for (size_t start = 0; start + width <= count_; start += stride) {
    x.insert(x.end(), start_ + start, start_ + start + width);
  }
  return x;
}

bool is_poison(float x) {
  return std::memcmp(&x, &kPoison, sizeof x) == 0;
}

bool same_bits(const Guarded& a, const Guarded& b, size_t count) {
  return std::memcmp(a.data(), b.data(), count * sizeof(float)) == 0;
}

std::vector<float> pack(const std::vector<float>& w, size_t outputs, size_t k) {
  std::vector<float> panels((outputs + 15) / 16 * 16 * k, 0.0f);
  for (size_t n = 0; n < outputs; ++n) {
    for (size_t i = 0; i < k; ++i) panels[(n / 16 * k + i) * 16 + n % 16] = w[n * k + i];
  }
  return panels;
}

std::vector<float> padded(const std::vector<float>& x) {
  std::vector<float> y = x;
  y.resize((x.size() + 15) / 16 * 16, 0.0f);
  return y;
}

Scratch::Scratch(uint64_t bytes) : floats_(static_cast<size_t>(bytes) / sizeof(float)) {
  storage_.assign(floats_ + 64, poison());
  start_ = aligned(storage_.data() + 16, 64);
}

bool Scratch::intact() const {
  for (const float& x : storage_) {
    if ((&x < start_ || &x >= start_ + floats_) && !is_poison(x)) return false;
  }
  return true;
}

double function_error(kernels::Function function, double x) {
  if (function == kernels::Function::kNone || function == kernels::Function::kRelu) return 0.0;
  const bool gelu =
      function == kernels::Function::kGeluErf || function == kernels::Function::kGeluTanh;
  const double flushed = 0x1p-118;  // e^-87 and what it multiplies
  return 8 * kRounding * std::fabs(apply(function, x)) + flushed * (1 + std::fabs(x)) +
         (gelu ? 2.5 * kRounding * std::fabs(x) : 0.0);
}

std::string difference(const std::vector<float>& actual, const Doubles& expected,
                       const Doubles& tolerance) {
  if (actual.size() != expected.size()) return "sizes differ";
  for (size_t i = 0; i < actual.size(); ++i) {
    const double error = std::fabs(static_cast<double>(actual[i]) - expected[i]);
    if (error <= tolerance[i]) continue;  // false for NaN
    char text[160];
    std::snprintf(text, sizeof text, "[%zu] is %.9g, not %.9g: off by %.3g, more than %.3g", i,
                  static_cast<double>(actual[i]), expected[i], error, tolerance[i]);
    return text;
  }
  return "";
}

}  // namespace fovea::test
