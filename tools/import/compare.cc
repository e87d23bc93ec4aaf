#include "tools/import/compare.h"

#include <algorithm>
#include <cmath>

namespace fovea::tools {
namespace {

constexpr double kComputed = 8 * 0x1p-24;  // relative error of a number that was computed in f32

}  // namespace

bool same_numbers(const Checkpoint& checkpoint, const std::string& a, const std::string& b) {
  constexpr uint64_t kStep = uint64_t{1} << 16;
  const StoredTensor& first = checkpoint.at(a);
  if (first.shape != checkpoint.at(b).shape) return false;
  std::vector<float> left(std::min(kStep, first.elements())), right(left.size());
  for (uint64_t at = 0; at < first.elements(); at += kStep) {
    const size_t count = static_cast<size_t>(std::min(kStep, first.elements() - at));
    checkpoint.read(a, at, std::span(left).first(count));
    checkpoint.read(b, at, std::span(right).first(count));
    if (!std::equal(left.begin(), left.begin() + static_cast<ptrdiff_t>(count), right.begin())) {
      return false;
    }
    checkpoint.forget(a, at, at + count);
    checkpoint.forget(b, at, at + count);
  }
  return true;
}

bool holds_numbers(const Checkpoint& checkpoint, const std::string& name,
                   const std::vector<double>& numbers) {
  const StoredTensor& tensor = checkpoint.at(name);
  if (tensor.elements() != numbers.size()) return false;
  std::vector<float> stored(numbers.size());
  checkpoint.read(name, 0, stored);
  for (size_t i = 0; i < numbers.size(); ++i) {
    const double error = std::fabs(static_cast<double>(stored[i]) - numbers[i]);
    const double relative = kComputed + tensor.codec.relative;
    if (!(error <= relative * std::fabs(numbers[i]) + tensor.codec.absolute)) return false;
  }
  return true;
}

}  // namespace fovea::tools
