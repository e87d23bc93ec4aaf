#include "tests/reference/ops.h"

#include <algorithm>
#include <cmath>

namespace fovea::test {

Doubles to_doubles(const float* x, size_t count) {
  return Doubles(x, x + count);
}

Doubles absolutes(const Doubles& x) {
  Doubles y;
  for (double v : x) y.push_back(std::fabs(v));
  return y;
}

double apply(kernels::Function function, double x) {
  switch (function) {
    case kernels::Function::kNone:
      return x;
    case kernels::Function::kRelu:
      return std::fmax(x, 0.0);
    case kernels::Function::kSilu:
      return x / (1.0 + std::exp(-x));
    case kernels::Function::kGeluErf:
      return 0.5 * x * std::erfc(-x / std::sqrt(2.0));
    case kernels::Function::kGeluTanh: {
      // 0.5 x (1 + tanh(u)) as x / (1 + e^(-2 u)), which keeps its digits for negative x.
      const double u = std::sqrt(2.0 / M_PI) * (x + 0.044715 * x * x * x);
      return x / (1.0 + std::exp(-2.0 * u));
    }
    case kernels::Function::kTanh:
      return std::tanh(x);
    case kernels::Function::kSigmoid:
      return 1.0 / (1.0 + std::exp(-x));
  }
  return std::nan("");
}

Doubles linear(const Doubles& x, const Doubles& w, const Doubles& bias, size_t rows, size_t k,
               size_t outputs) {
  Doubles y;
  for (size_t r = 0; r < rows; ++r) {
    for (size_t n = 0; n < outputs; ++n) {
      double sum = bias.empty() ? 0.0 : bias[n];
      for (size_t i = 0; i < k; ++i) sum += x[r * k + i] * w[n * k + i];
      y.push_back(sum);
    }
  }
  return y;
}

Doubles rms_norm(const Doubles& x, const Doubles& gain, size_t width, double epsilon) {
  Doubles y;
  for (size_t start = 0; start < x.size(); start += width) {
    double squares = 0.0;
    for (size_t i = 0; i < width; ++i) squares += x[start + i] * x[start + i];
    const double r = 1.0 / std::sqrt(squares / static_cast<double>(width) + epsilon);
    for (size_t i = 0; i < width; ++i) y.push_back(x[start + i] * r * gain[i]);
  }
  return y;
}

Doubles layer_norm(const Doubles& x, const Doubles& gain, const Doubles& bias, size_t width,
                   double epsilon) {
  Doubles y;
  const double n = static_cast<double>(width);
  for (size_t start = 0; start < x.size(); start += width) {
    double mean = 0.0;
    for (size_t i = 0; i < width; ++i) mean += x[start + i] / n;
    double variance = 0.0;
    for (size_t i = 0; i < width; ++i) variance += std::pow(x[start + i] - mean, 2) / n;
    const double r = 1.0 / std::sqrt(variance + epsilon);
    for (size_t i = 0; i < width; ++i) y.push_back((x[start + i] - mean) * r * gain[i] + bias[i]);
  }
  return y;
}

void rotate(double* x, size_t heads, size_t head_width, const Doubles& angles, bool interleaved) {
  const size_t pairs = angles.size();
  for (size_t h = 0; h < heads; ++h) {
    for (size_t i = 0; i < pairs; ++i) {
      double& a = x[h * head_width + (interleaved ? 2 * i : i)];
      double& b = x[h * head_width + (interleaved ? 2 * i + 1 : i + pairs)];
      const double turned = a * std::cos(angles[i]) - b * std::sin(angles[i]);
      b = b * std::cos(angles[i]) + a * std::sin(angles[i]);
      a = turned;
    }
  }
}

Doubles softmax(const Doubles& x, size_t width) {
  Doubles y;
  for (size_t start = 0; start < x.size(); start += width) {
    const double max = *std::max_element(&x[start], &x[start] + width);
    double sum = 0.0;
    for (size_t i = 0; i < width; ++i) sum += std::exp(x[start + i] - max);
    for (size_t i = 0; i < width; ++i) y.push_back(std::exp(x[start + i] - max) / sum);
  }
  return y;
}

}  // namespace fovea::test
