#include "tests/reference/cached.h"

#include <algorithm>
#include <cmath>

namespace fovea::test {

// Numbers from 2^e on lie 2^(e - 10) apart, those below 2^-14 2^-24.
float cached_f16(float x) {
  if (!std::isfinite(x) || x == 0) return x;
  const int exponent = std::max(std::ilogb(x), -14);
  const double step = std::ldexp(1.0, exponent - 10);
  const double nearest = std::nearbyint(static_cast<double>(x) / step) * step;
  const auto result = static_cast<float>(std::abs(nearest) >= 65520 ? INFINITY : nearest);
  return std::copysign(result, x);
}

CachedCodes cached_codes(const float* x, size_t rows, size_t width) {
  CachedCodes result;
  for (size_t r = 0; r < rows; ++r, x += width) {
    float most = 0;
    bool finite = true;
    for (size_t i = 0; i < width; ++i) {
      most = std::max(most, std::abs(x[i]));
      finite = finite && std::isfinite(x[i]);
    }
    const bool codes = finite && most >= 0x1p-119f;
    result.units.push_back(codes ? most / 127.0f : finite ? 0.0f : NAN);
    const float factor = 127.0f / most;
    for (size_t i = 0; i < width; ++i) {
      const float code = codes ? std::nearbyint(x[i] * factor) : 0.0f;
      result.codes.push_back(static_cast<int8_t>(code));
    }
  }
  return result;
}

std::vector<float> cached(CacheFormat format, const float* x, size_t rows, size_t width) {
  std::vector<float> result(x, x + rows * width);
  if (format == CacheFormat::kF16) {
    for (float& v : result) v = cached_f16(v);
  } else if (format == CacheFormat::kInt8) {
    const CachedCodes codes = cached_codes(x, rows, width);
    for (size_t i = 0; i < result.size(); ++i) {
      result[i] = static_cast<float>(codes.codes[i]) * codes.units[i / width];
    }
  }
  return result;
}

}  // namespace fovea::test
