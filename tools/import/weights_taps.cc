// Matrices of convolutions.

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

#include "tools/common/error.h"
#include "tools/import/weights.h"

namespace fovea::tools {
namespace {

// What PyTorch calls lengths and directions, as its releases have them.
constexpr std::pair<const char*, const char*> kApart[] = {
    {".weight_g", ".weight_v"},
    {".parametrizations.weight.original0", ".parametrizations.weight.original1"}};

}  // namespace

std::vector<float> Weights::tap_factors(const std::string& name, const TapsShape& shape,
                                        std::string* tensor) {
  *tensor = stored(name + ".weight");
  for (const auto& [lengths, directions] : kApart) {
    if (has(name + ".weight") || !has(name + lengths)) continue;
    *tensor = stored(name + directions);
    check_shape(*tensor, shape.stored());
    std::vector<float> all(size_t{shape.outputs} * (shape.columns / shape.groups) * shape.taps);
    checkpoint_.read(*tensor, 0, all);
    std::vector<double> squares(shape.taps, 0.0);
    for (size_t i = 0; i < all.size(); ++i)
      squares[i % shape.taps] += double{all[i]} * double{all[i]};
    std::vector<float> factors = numbers(name + lengths, shape.taps);
    for (size_t j = 0; j < factors.size(); ++j) {
      factors[j] = static_cast<float>(double{factors[j]} / std::sqrt(squares[j]));
    }
    return factors;
  }
  return std::vector<float>(shape.taps, 1.0f);
}

int32_t Weights::taps(const std::string& name, const TapsShape& shape) {
  std::string tensor;
  const auto factors = std::make_shared<std::vector<float>>(tap_factors(name, shape, &tensor));
  check_shape(tensor, shape.stored());
  used_.insert(tensor);
  const uint32_t columns = shape.columns / shape.groups, taps = shape.taps;
  const auto generate = [this_checkpoint = &checkpoint_, tensor, factors, columns, taps](
                            uint64_t first, std::span<float> out) {
    const uint64_t size = uint64_t{columns} * taps;
    std::vector<float> row(size);
    for (uint64_t at = 0; at < out.size(); at += size) {
      this_checkpoint->read(tensor, first + at, row);
      for (uint64_t i = 0; i < size; ++i) {
        out[at + i] = row[i % columns * taps + i / columns] * (*factors)[i / columns];
      }
    }
    const bool finite =
        std::all_of(out.begin(), out.end(), [](float x) { return std::isfinite(x); });
    if (!finite) {
      fail("{}: tensor {} holds numbers that are not finite", this_checkpoint->path, tensor);
    }
  };
  schema::WeightT weight;
  weight.name = name + ".weight by taps";
  weight.layout = schema::Layout::Panels16;
  weight.shape = {shape.outputs, taps * columns};
  if (shape.groups > 1) weight.shape = {shape.groups, shape.outputs / shape.groups, taps * columns};
  return add_weight(graph_, std::move(weight), {{{shape.outputs, {}, {}, generate}}});
}

int32_t Weights::depthwise(const std::string& name, const TapsShape& shape) {
  const std::vector<float> all = elements(name + ".weight", shape.stored());
  std::vector<float> made(all.size());
  for (size_t i = 0; i < all.size(); ++i) {
    made[i % shape.taps * shape.columns + i / shape.taps] = all[i];
  }
  return constants(name + ".weight by taps", {shape.taps, shape.columns}, std::move(made),
                   schema::Layout::Row16);
}

int32_t Weights::taps_bias(const LinearSpec& linear, const TapsShape& shape) {
  if (shape.groups == 1) return bias(linear, shape.outputs);
  const std::string name = linear.name + ".bias";
  if (linear.bias == Bias::kNone || (linear.bias == Bias::kOptional && !has(name))) return -1;
  const std::string tensor = stored(name);
  check_shape(tensor, {shape.outputs});
  used_.insert(tensor);
  schema::WeightT weight;
  weight.name = name;
  weight.layout = schema::Layout::Row16;
  weight.shape = {shape.groups, shape.outputs / shape.groups};
  return add_weight(graph_, std::move(weight), {{{shape.outputs, tensor, {}, {}, {}}}});
}

}  // namespace fovea::tools
