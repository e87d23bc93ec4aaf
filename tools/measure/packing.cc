#include "tools/measure/packing.h"

#include <algorithm>

#include "runtime/layout.h"
#include "tools/common/error.h"
#include "tools/common/progress.h"
#include "tools/graph/format.h"
#include "tools/graph/uses.h"
#include "tools/measure/changing_model.h"
#include "tools/measure/counterparts.h"

namespace fovea::tools {
namespace {

using schema::DType;

struct Layers {
  std::vector<Layer> layers;
  std::vector<size_t> weights;  // of each
};

// The operators that read weights which are not f32, in both graphs.
Layers layers_of(const Graph& exact, const Graph& packed) {
  Layers found;
  const auto others = counterparts(exact, packed);
  for (uint32_t m = 0; m < exact.model.methods.size(); ++m) {
    const auto& operators = exact.model.methods[m]->operators;
    for (uint32_t i = 0; i < operators.size(); ++i) {
      const int32_t weight = weight_at(*operators[i], 0);
      if (weight < 0) continue;
      const auto index = static_cast<size_t>(weight);
      if (packed.model.weights[index]->dtype == DType::Float32) continue;
      found.layers.push_back({{m, i}, {m, others[m][i]}});
      found.weights.push_back(index);
    }
  }
  return found;
}

std::string tensor_of(const Source& source, const std::string& name) {
  for (const Part& part : source.parts) {
    if (!part.tensor.empty()) return part.tensor;
  }
  return name;
}

double cost_alone(const ExactModel& exact, const BoundSession& session, ChangingModel& changing,
                  const Samples& samples) {
  return quality_of({exact.file, *session}, {changing.file(), *changing.session()}, samples).cost();
}

// The next format that loses next to nothing of what one loses: another of 4 bits loses as much.
DType better(DType type) {
  if (type == DType::Int4 || type == DType::UInt4) return DType::Int8;
  return type == DType::Int8 ? DType::Float16 : DType::Float32;
}

// Bits of a number in a large matrix.
double bits_of(DType type) {
  switch (type) {
    case DType::Int4:
      return 4.5;
    case DType::UInt4:
      return 5;
    case DType::Int8:
      return 8;
    case DType::Float32:
      return 32;
    default:
      return 16;
  }
}

}  // namespace

uint64_t bytes_in(const schema::WeightT& weight, DType type) {
  return weight_bytes(weight.layout, weight.shape.data(),
                      static_cast<uint32_t>(weight.shape.size()), type)
      .value();
}

Packing measure_packing(const ExactModel& exact, const Graph& graph, const ModelFile& packed,
                        const ChosenCodes& chosen, const Samples& samples) {
  Layers layers = layers_of(exact.graph, graph);
  const BoundSession session(exact.file, exact.threads, chosen_row());
  Packing packing = {};
  {
    const BoundSession other(packed, exact.threads, chosen_row());
    packing.quality = quality_of({exact.file, *session}, {packed, *other}, samples, &layers.layers);
  }
  packing.exact_bytes = exact.file.size();
  packing.bytes = packed.size();
  packing.samples = samples.all().size();
  ChangingModel changing(exact.file, exact.checkpoint, exact.graph, exact.path + ".changing",
                         exact.threads);
  const auto& weights = graph.model.weights;
  Progress progress("measuring", weights.size());
  for (size_t i = 0; i < weights.size(); ++i) {
    const DType type = weights[i]->dtype;
    progress.update(i);
    if (type == DType::Float32) continue;
    PackedWeight weight = {i,
                           weights[i]->name,
                           tensor_of(exact.graph.sources[i], weights[i]->name),
                           format_of(type).name,
                           bytes_in(*weights[i], DType::Float32),
                           bytes_in(*weights[i], type),
                           {},
                           0};
    for (size_t l = 0; l < layers.layers.size(); ++l) {
      if (layers.weights[l] == i) weight.signal.add(layers.layers[l].signal);
    }
    const auto codes = chosen.find(i);
    codes == chosen.end() ? changing.put(i, format_of(type)) : changing.put(i, codes->second, type);
    weight.cost = cost_alone(exact, session, changing, samples);
    changing.put_back(i);
    packing.weights.push_back(std::move(weight));
  }
  return packing;
}

std::vector<std::string> worth_keeping(const Packing& packing, size_t most) {
  struct Choice {
    double worth;
    std::string text;
  };
  std::vector<Choice> choices;
  for (const PackedWeight& weight : packing.weights) {
    const Format& next = format_of(better(format_of(weight.format).type));
    const double bits = bits_of(next.type) - bits_of(format_of(weight.format).type);
    const double more = bits / 32 * static_cast<double>(weight.exact_bytes);
    if (weight.cost > 0) choices.push_back({weight.cost / more, weight.tensor + "=" + next.name});
  }
  std::stable_sort(choices.begin(), choices.end(),
                   [](const Choice& a, const Choice& b) { return a.worth > b.worth; });
  std::vector<std::string> texts;
  for (size_t i = 0; i < std::min(most, choices.size()); ++i) texts.push_back(choices[i].text);
  return texts;
}

}  // namespace fovea::tools
