#include "tests/tools/pack/packed.h"

#include <memory>
#include <random>
#include <span>
#include <utility>

#include "tests/support/safetensors.h"
#include "tests/support/temporary_folder.h"

namespace fovea::test {

std::vector<float> random_numbers(size_t count, float scale) {
  std::mt19937 random(5);
  std::normal_distribution<double> normal(0, scale);
  std::vector<float> numbers(count);
  for (float& number : numbers) number = static_cast<float>(normal(random));
  return numbers;
}

std::string packed(const tools::Checkpoint& checkpoint, const tools::Source& source, Layout layout,
                   std::vector<uint32_t> shape, schema::DType type) {
  schema::ModelT model;
  model.weights.push_back(std::make_unique<schema::WeightT>());
  schema::WeightT& weight = *model.weights[0];
  weight.dtype = type;
  weight.layout = layout;
  weight.shape = std::move(shape);
  tools::place_weights(model);
  std::string bytes;
  tools::pack_weight(checkpoint, weight, source, [&](std::span<const uint8_t> more) {
    bytes.append(reinterpret_cast<const char*>(more.data()), more.size());
  });
  CHECK(bytes.size() == weight.size);
  return bytes;
}

std::string packed(const std::vector<float>& numbers, Layout layout, std::vector<uint32_t> shape,
                   schema::DType type) {
  const TemporaryFolder folder;
  const uint32_t k = shape.back(), rows = static_cast<uint32_t>(numbers.size()) / k;
  write_bytes(folder.file("config.json"), "{}");
  write_safetensors(folder.file("model.safetensors"), {{"w", {rows, k}, numbers}});
  return packed(tools::open_checkpoint(folder.path()), {{{rows, "w", {}}}}, layout,
                std::move(shape), type);
}

}  // namespace fovea::test
