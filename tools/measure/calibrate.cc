#include "tools/measure/calibrate.h"

#include <algorithm>
#include <vector>

#include "tools/common/error.h"
#include "tools/common/progress.h"
#include "tools/graph/format.h"
#include "tools/graph/uses.h"
#include "tools/measure/changing_model.h"
#include "tools/measure/compensate.h"
#include "tools/measure/input_watch.h"

namespace fovea::tools {
namespace {

// Of the mean of the diagonal. A table that is also looked up is right for every row, whatever the
// head reads.
constexpr double kDamping = 0.01, kLookedUp = 0.3;

// Moments of more columns take more than a gigabyte: then codes are the nearest ones.
constexpr size_t kMostColumns = 8192;

struct Weight {
  size_t index = 0;
  bool looked_up = false;
  std::vector<Place> matrices = {};  // operators that multiply rows by it
};

// In the order in which they are to be chosen.
std::vector<Weight> weights_of(const Graph& graph, const Graph& wanted) {
  std::vector<Weight> found;
  const auto find = [&](int32_t index) -> Weight& {
    const auto same = [&](const Weight& weight) {
      return weight.index == static_cast<size_t>(index);
    };
    const auto at = std::find_if(found.begin(), found.end(), same);
    return at != found.end() ? *at : found.emplace_back(Weight{static_cast<size_t>(index)});
  };
  for (uint32_t m = 0; m < graph.model.methods.size(); ++m) {
    const auto& operators = graph.model.methods[m]->operators;
    for (uint32_t i = 0; i < operators.size(); ++i) {
      const int32_t index = weight_at(*operators[i], 0);
      if (index < 0) continue;
      if (!format_of(wanted.model.weights[static_cast<size_t>(index)]->dtype).is_codes()) continue;
      const schema::Attributes kind = operators[i]->attributes.type;
      Weight& weight = find(index);
      weight.looked_up |= kind == schema::Attributes::Embedding;
      if (kind == schema::Attributes::Linear || kind == schema::Attributes::GatedLinear) {
        weight.matrices.emplace_back(m, i);
      }
    }
  }
  std::stable_partition(found.begin(), found.end(),
                        [](const Weight& weight) { return weight.looked_up; });
  return found;
}

class Calibration {
 public:
  Calibration(const ExactModel& exact, const Samples& samples)
      : exact_(exact),
        samples_(samples),
        session_(exact.file, exact.threads, chosen_row()),
        changing_(exact.file, exact.checkpoint, exact.graph, exact.path + ".changing",
                  exact.threads) {}

  Codes choose(const Weight& weight, schema::DType type) {
    const schema::WeightT& table = *exact_.graph.model.weights[weight.index];
    const Matrices matrices = matrices_of(table);
    const size_t columns = matrices.k.value();
    const size_t rows = size_t{matrices.experts} * matrices.group * matrices.outputs;
    SourceReader reader(exact_.checkpoint, exact_.graph.sources[weight.index], columns,
                        format_of(type));
    const bool has_moments = !weight.matrices.empty() && columns <= kMostColumns;
    Codes codes;
    if (has_moments) {
      Moments moments(columns);
      look(weight, &moments);
      if (moments.is_usable()) {
        moments.damp(kDamping + (weight.looked_up ? kLookedUp : 0));
        codes = compensate(reader, rows, type, moments);
      }
    }
    if (codes.codes.empty()) codes = nearest(reader, rows, columns, type);
    changing_.put(weight.index, codes, type);
    return codes;
  }

 private:
  void look(const Weight& weight, Moments* moments) {
    InputWatch exact(*session_, weight.matrices);
    InputWatch seen(*changing_.session(), weight.matrices);
    for (const Sample& sample : samples_.all()) {
      run_sample(exact_.file, *session_, sample);
      run_sample(changing_.file(), *changing_.session(), sample);
      moments->add(exact.take(), seen.take());
    }
  }

  const ExactModel& exact_;
  const Samples& samples_;
  BoundSession session_;
  ChangingModel changing_;
};

}  // namespace

std::vector<size_t> chosen_weights(const ExactModel& exact, const Graph& wanted) {
  std::vector<size_t> indices;
  for (const Weight& weight : weights_of(exact.graph, wanted)) indices.push_back(weight.index);
  return indices;
}

ChosenCodes calibrate(const ExactModel& exact, const Graph& wanted, const Samples& samples) {
  const std::vector<Weight> weights = weights_of(exact.graph, wanted);
  if (weights.empty()) {
    throw UsageError(
        "--samples chooses codes, and no weight is: give --weights int8, uint4 or int4");
  }
  Calibration calibration(exact, samples);
  ChosenCodes chosen;
  Progress progress("choosing codes", weights.size());
  for (const Weight& weight : weights) {
    chosen[weight.index] = calibration.choose(weight, wanted.model.weights[weight.index]->dtype);
    progress.update(chosen.size());
  }
  return chosen;
}

}  // namespace fovea::tools
