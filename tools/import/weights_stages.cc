// Weights that stages of a grid are joined with.

#include <cmath>
#include <utility>

#include "tools/import/weights.h"

namespace fovea::tools {

// In double precision: norm(fuse . (linear . x + bias)) is (gain * fuse . linear) . x and what is
// added, with gain the batch norm's by column.
StageWeights Weights::stages(const StagesSpec& spec, const std::vector<uint32_t>& columns) {
  const uint32_t n = spec.width;
  const auto count = static_cast<uint32_t>(columns.size());
  const std::vector<float> fuse = elements(spec.fuse + ".weight", {n, n * count, 1, 1});
  const std::vector<float> gains = numbers(spec.norm + ".weight", n);
  const std::vector<float> biases = numbers(spec.norm + ".bias", n);
  const std::vector<float> means = numbers(spec.norm + ".running_mean", n);
  const std::vector<float> variances = numbers(spec.norm + ".running_var", n);
  ignore(spec.norm + ".num_batches_tracked");
  std::vector<double> gain(n), added(n);
  for (uint32_t i = 0; i < n; ++i) {
    gain[i] = double{gains[i]} / std::sqrt(double{variances[i]} + spec.epsilon);
    added[i] = double{biases[i]} - gain[i] * double{means[i]};
  }
  StageWeights made;
  for (uint32_t s = 0; s < count; ++s) {
    const uint32_t k = columns[s];
    const std::vector<float> linear = elements(spec.linears[s] + ".weight", {n, k});
    const std::vector<float> bias = numbers(spec.linears[s] + ".bias", n);
    std::vector<float> matrix(size_t{n} * k);
    std::vector<double> row(k);
    for (uint32_t i = 0; i < n; ++i) {
      const float* const of = &fuse[(size_t{i} * count + count - 1 - s) * n];
      row.assign(k, 0);
      for (uint32_t j = 0; j < n; ++j) {
        const double factor = gain[i] * double{of[j]};
        added[i] += factor * double{bias[j]};
        for (uint32_t c = 0; c < k; ++c) row[c] += factor * double{linear[size_t{j} * k + c]};
      }
      for (uint32_t c = 0; c < k; ++c) matrix[size_t{i} * k + c] = static_cast<float>(row[c]);
    }
    made.matrices.push_back(constants(spec.linears[s] + ".weight, joined", {n, k},
                                      std::move(matrix), schema::Layout::Panels16));
  }
  const std::vector<float> bias(added.begin(), added.end());
  made.bias = constants(spec.fuse + ".bias", {n}, bias, schema::Layout::Row16);
  return made;
}

}  // namespace fovea::tools
