#include "tools/graph/dropout.h"

#include <fmt/format.h>

#include <charconv>
#include <map>
#include <memory>
#include <utility>

#include "tools/common/error.h"
#include "tools/graph/uses.h"

namespace fovea::tools {
namespace {

// What attentions of several methods have in common if they are one layer: the state of their keys
// and how many before them read it; of keys in tensors, the method instead.
using Layer = std::pair<int64_t, uint32_t>;

constexpr size_t kDropoutInput = 6;  // of Attention

class Dropper {
 public:
  Dropper(schema::ModelT& model, float probability) : model_(model), probability_(probability) {}

  void add(size_t index) {
    schema::MethodT& method = *model_.methods[index];
    std::map<int64_t, uint32_t> readers;
    int32_t input = -1;
    for (auto& op : method.operators) {
      if (op->attributes.AsAttention() == nullptr || is_cross(model_, method, *op)) continue;
      const int64_t keys = op->states.empty() ? -1 - static_cast<int64_t>(index) : op->states[0];
      if (input < 0) input = add_input(method);
      drop(*op, input, {keys, readers[keys]++});
    }
  }

  bool any() const { return !layers_.empty(); }

 private:
  static int32_t add_input(schema::MethodT& method) {
    auto tensor = std::make_unique<schema::TensorT>();
    tensor->name = kDropout;
    tensor->dtype = schema::DType::Int32;
    tensor->extents = {2};
    method.tensors.push_back(std::move(tensor));
    const auto index = static_cast<int32_t>(method.tensors.size()) - 1;
    method.inputs.push_back(static_cast<uint32_t>(index));
    return index;
  }

  void drop(schema::OperatorT& op, int32_t input, const Layer& layer) {
    const auto number = static_cast<uint32_t>(layers_.size());
    auto dropout = std::make_unique<schema::DropoutT>();
    dropout->probability = probability_;
    dropout->layer = layers_.emplace(layer, number).first->second;
    op.attributes.AsAttention()->dropout = std::move(dropout);
    op.inputs.resize(kDropoutInput, -1);
    op.inputs.push_back(input);
  }

  schema::ModelT& model_;
  float probability_;
  std::map<Layer, uint32_t> layers_;  // their numbers
};

}  // namespace

float parse_probability(const std::string& text) {
  float number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error == std::errc() && stop == end && number > 0 && number < 1) return number;
  throw UsageError(
      fmt::format("--dropout {}: a probability is a number above 0 and below 1", text));
}

void add_dropout(schema::ModelT& model, float probability) {
  Dropper dropper(model, probability);
  for (size_t i = 0; i < model.methods.size(); ++i) dropper.add(i);
  if (!dropper.any()) throw UsageError("--dropout: the model has no self-attention");
}

}  // namespace fovea::tools
