#include "tools/measure/correct_biases.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>

#include "tools/common/progress.h"
#include "tools/graph/format.h"
#include "tools/graph/uses.h"
#include "tools/measure/changing_model.h"
#include "tools/measure/counterparts.h"
#include "tools/measure/input_watch.h"
#include "tools/pack/source_reader.h"

namespace fovea::tools {
namespace {

using schema::Attributes;

// Operators that multiply rows by a matrix of codes and add a bias, all of them the same two.
struct BiasedLayer {
  size_t weight, bias;
  std::vector<Place> places = {};
};

bool adds_bias(const schema::OperatorT& op, const ChosenCodes& codes) {
  const bool multiplies =
      op.attributes.type == Attributes::Linear || op.attributes.type == Attributes::GatedLinear;
  return multiplies && weight_at(op, 1) >= 0 && codes.contains(static_cast<size_t>(op.weights[0]));
}

size_t count_uses(const Graph& graph, size_t weight) {
  ptrdiff_t uses = 0;
  for (const auto& method : graph.model.methods) {
    for (const auto& op : method->operators) {
      uses += std::count(op->weights.begin(), op->weights.end(), static_cast<int32_t>(weight));
    }
  }
  return static_cast<size_t>(uses);
}

// In the order of their use.
std::vector<BiasedLayer> layers_of(const Graph& graph, const ChosenCodes& codes) {
  std::vector<BiasedLayer> found;
  for (uint32_t m = 0; m < graph.model.methods.size(); ++m) {
    const auto& operators = graph.model.methods[m]->operators;
    for (uint32_t i = 0; i < operators.size(); ++i) {
      if (!adds_bias(*operators[i], codes)) continue;
      const BiasedLayer layer = {static_cast<size_t>(operators[i]->weights[0]),
                                 static_cast<size_t>(operators[i]->weights[1])};
      const auto same = [&](const BiasedLayer& other) {
        return other.weight == layer.weight && other.bias == layer.bias;
      };
      auto at = std::find_if(found.begin(), found.end(), same);
      if (at == found.end()) at = found.insert(found.end(), layer);
      at->places.emplace_back(m, i);
    }
  }
  std::erase_if(found, [&](const BiasedLayer& layer) {
    return count_uses(graph, layer.bias) != layer.places.size();
  });
  return found;
}

// Of each column, over rows.
class Mean {
 public:
  explicit Mean(size_t columns) : sums_(columns) {}

  void add(std::span<const float> rows) {
    for (size_t i = 0; i < rows.size(); ++i) sums_[i % sums_.size()] += double{rows[i]};
    count_ += rows.size() / sums_.size();
  }
  size_t count() const { return count_; }
  std::vector<double> get() const {
    std::vector<double> means = sums_;
    for (double& mean : means) mean /= static_cast<double>(count_);
    return means;
  }

 private:
  std::vector<double> sums_;
  size_t count_ = 0;
};

class Correction {
 public:
  Correction(const ExactModel& exact, const CodedModel& coded, const Samples& samples)
      : exact_(exact),
        coded_(coded.graph),
        codes_(coded.codes),
        samples_(samples),
        layers_(layers_of(exact.graph, coded.codes)),
        counterparts_(counterparts(exact.graph, coded.graph)),
        changing_(coded.file, exact.checkpoint, coded.graph, exact.path + ".changing",
                  exact.threads) {}

  std::map<size_t, std::vector<float>> correct() {
    std::map<size_t, std::vector<float>> made;
    const std::vector<Mean> exact = exact_means();
    Progress progress("correcting biases", layers_.size());
    for (size_t i = 0; i < layers_.size(); ++i) {
      progress.update(i);
      if (exact[i].count() == 0) continue;
      std::vector<float> numbers = corrected(layers_[i], exact[i].get(), seen_mean(layers_[i]));
      changing_.put(layers_[i].bias, numbers);
      made[layers_[i].bias] = std::move(numbers);
    }
    return made;
  }

 private:
  size_t columns_of(const BiasedLayer& layer) const {
    return matrices_of(*exact_.graph.model.weights[layer.weight]).k.value();
  }

  // What all layers read in the exact model.
  std::vector<Mean> exact_means() const {
    std::vector<Mean> means;
    std::vector<std::vector<Place>> places;
    for (const BiasedLayer& layer : layers_) {
      means.emplace_back(columns_of(layer));
      places.push_back(layer.places);
    }
    const BoundSession session(exact_.file, exact_.threads, chosen_row());
    const RowsWatch watch(*session, std::move(places),
                          [&](size_t i, std::span<const float> rows) { means[i].add(rows); });
    for (const Sample& sample : samples_.all()) run_sample(exact_.file, *session, sample);
    return means;
  }

  // What a layer is given as codes.
  std::vector<double> seen_mean(const BiasedLayer& layer) const {
    std::vector<Place> places;
    for (const auto& [method, op] : layer.places) {
      places.emplace_back(method, counterparts_[method][op]);
    }
    Mean mean(columns_of(layer));
    const Session& session = *changing_.session();
    const RowsWatch watch(session, {std::move(places)},
                          [&](size_t, std::span<const float> rows) { mean.add(rows); });
    for (const Sample& sample : samples_.all()) run_sample(changing_.file(), session, sample);
    return mean.get();
  }

  // Means of what it reads.
  std::vector<float> corrected(const BiasedLayer& layer, const std::vector<double>& exact,
                               const std::vector<double>& seen) const {
    const Codes& codes = codes_.at(layer.weight);
    const size_t columns = seen.size();
    const CodeGroups groups(coded_.model.weights[layer.weight]->dtype, columns);
    std::vector<float> biases(codes.codes.size() / columns), row(columns);
    reader_of(layer.bias, 1).read(0, biases);
    SourceReader reader = reader_of(layer.weight, columns);
    for (size_t output = 0; output < biases.size(); ++output) {
      reader.read(output, row);
      double sum = double{biases[output]};
      for (size_t i = 0; i < columns; ++i) {
        sum += double{row[i]} * exact[i] - decoded(groups, codes, output, i) * seen[i];
      }
      const auto number = static_cast<float>(sum);
      if (std::isfinite(number)) biases[output] = number;
    }
    return biases;
  }

  SourceReader reader_of(size_t weight, size_t columns) const {
    return {exact_.checkpoint, exact_.graph.sources[weight], columns,
            format_of(schema::DType::Float32)};
  }

  const ExactModel& exact_;
  const Graph& coded_;
  const ChosenCodes& codes_;
  const Samples& samples_;
  std::vector<BiasedLayer> layers_;
  std::vector<std::vector<uint32_t>> counterparts_;
  ChangingModel changing_;
};

}  // namespace

bool has_biases(const Graph& graph, const ChosenCodes& codes) {
  return !layers_of(graph, codes).empty();
}

std::map<size_t, std::vector<float>> correct_biases(const ExactModel& exact,
                                                    const CodedModel& coded,
                                                    const Samples& samples) {
  return Correction(exact, coded, samples).correct();
}

}  // namespace fovea::tools
