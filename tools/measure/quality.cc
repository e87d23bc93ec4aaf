#include "tools/measure/quality.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "tools/session/seen.h"

namespace fovea::tools {
namespace {

// What operators of a run made, in their order.
class OutputWatch {
 public:
  OutputWatch(const Session& session, std::vector<Place> operators)
      : session_(session), operators_(std::move(operators)), trace_{this, record, nullptr, false} {
    session_.set_trace(&trace_);
  }
  ~OutputWatch() { session_.set_trace(nullptr); }
  OutputWatch(const OutputWatch&) = delete;
  OutputWatch& operator=(const OutputWatch&) = delete;

  struct Made {
    size_t layer;
    std::vector<float> numbers;
  };
  std::vector<Made> take() { return std::exchange(made_, {}); }

 private:
  static void record(void* context, const fovea_record* record) {
    OutputWatch& watch = *static_cast<OutputWatch*>(context);
    const Place place = {record->method, record->operator_index};
    const auto found = std::find(watch.operators_.begin(), watch.operators_.end(), place);
    if (found == watch.operators_.end()) return;
    auto seen = first_output(*watch.session_.get(), record->method, record->operator_index);
    if (!seen) return;
    const auto layer = static_cast<size_t>(found - watch.operators_.begin());
    watch.made_.push_back({layer, std::move(seen->values)});
  }

  Session session_;
  std::vector<Place> operators_;
  std::vector<Made> made_;
  fovea_trace trace_;
};

struct Output {
  std::string name;
  std::vector<float> numbers;
  size_t width;
};

// All of f32 that a method has given.
std::vector<Output> outputs_of(const Side& side, uint32_t method) {
  std::vector<Output> found;
  for (uint32_t i = 0; i < side.file.model().output_count(method); ++i) {
    const fovea_tensor tensor = side.file.check(side.file.model().output(method, i));
    if (tensor.type != FOVEA_FLOAT32) continue;
    const auto numbers = side.file.check(side.session.method(method).output<float>(tensor.name));
    found.push_back({tensor.name, {numbers.begin(), numbers.end()}, numbers.width()});
  }
  return found;
}

// The ids of the one sequence that a run of a decoder reads; none for other models.
std::vector<int32_t> ids_of(const ModelFile& file, const SampleRun& run) {
  if (file.model().find_method("encode") >= 0 || file.model().label_count() > 0) return {};
  for (const auto& [name, npy] : run.inputs) {
    if (name == "lengths" && npy.data.size() != sizeof(int32_t)) return {};
  }
  for (const auto& [name, npy] : run.inputs) {
    if (npy.type != FOVEA_INT32 || name == "lengths" || npy.shape.empty()) continue;
    std::vector<int32_t> ids(npy.data.size() / sizeof(int32_t));
    if (ids.empty() || ids.size() != npy.shape.back()) return {};
    std::memcpy(ids.data(), npy.data.data(), npy.data.size());
    return ids;
  }
  return {};
}

// Minus the logarithm of the probability of one.
double loss_of(std::span<const float> logits, int32_t id) {
  const double most = static_cast<double>(*std::max_element(logits.begin(), logits.end()));
  double sum = 0;
  for (const float logit : logits) sum += std::exp(static_cast<double>(logit) - most);
  return most + std::log(sum) - static_cast<double>(logits[static_cast<size_t>(id)]);
}

class Comparer {
 public:
  Comparer(const Side& exact, const Side& other, std::vector<Layer>* layers)
      : exact_(exact), other_(other), layers_(layers) {}

  void compare(const Sample& sample) {
    std::vector<Place> exact_places, other_places;
    for (size_t i = 0; layers_ != nullptr && i < layers_->size(); ++i) {
      exact_places.push_back((*layers_)[i].exact);
      other_places.push_back((*layers_)[i].other);
    }
    OutputWatch exact(exact_.session, exact_places), other(other_.session, other_places);
    std::vector<std::vector<Output>> outputs;
    std::vector<std::vector<OutputWatch::Made>> made;
    run_sample(exact_.file, exact_.session, sample, [&](const SampleRun& run) {
      outputs.push_back(outputs_of(exact_, run.method));
      made.push_back(exact.take());
    });
    size_t i = 0;
    last_.clear();
    run_sample(other_.file, other_.session, sample, [&](const SampleRun& run) {
      compare_layers(made[i], other.take());
      compare_outputs(run, outputs[i++], outputs_of(other_, run.method));
    });
  }

  Quality& quality() { return quality_; }

 private:
  void compare_layers(const std::vector<OutputWatch::Made>& exact,
                      const std::vector<OutputWatch::Made>& other) {
    for (size_t i = 0; i < exact.size(); ++i) {
      (*layers_)[exact[i].layer].signal.add(exact[i].numbers, other[i].numbers);
    }
  }

  void compare_outputs(const SampleRun& run, const std::vector<Output>& exact,
                       const std::vector<Output>& other) {
    const std::vector<int32_t> ids = ids_of(exact_.file, run);
    for (size_t i = 0; i < exact.size(); ++i) {
      const std::string name =
          std::string(exact_.file.method_name(run.method)) + "." + exact[i].name;
      signal(name).add(exact[i].numbers, other[i].numbers);
      quality_.all.add(exact[i].numbers, other[i].numbers);
      if (exact[i].name == "logits") compare_logits(ids, exact[i], other[i]);
    }
  }

  Signal& signal(const std::string& name) {
    for (auto& [known, one] : quality_.outputs) {
      if (known == name) return one;
    }
    return quality_.outputs.emplace_back(name, Signal()).second;
  }

  // The first token of a run of several is foretold by the last of the run before it.
  void compare_logits(const std::vector<int32_t>& ids, const Output& exact, const Output& other) {
    const size_t width = exact.width, rows = exact.numbers.size() / width;
    for (size_t row = 0; row < rows; ++row) {
      const auto a = std::span(exact.numbers).subspan(row * width, width);
      const auto b = std::span(other.numbers).subspan(row * width, width);
      ++quality_.rows;
      quality_.agreeing += std::max_element(a.begin(), a.end()) - a.begin() ==
                           std::max_element(b.begin(), b.end()) - b.begin();
    }
    if (rows != ids.size()) return;
    for (size_t row = 0; row < rows; ++row) {
      count(ids[row], last_, last_other_);
      const auto at = static_cast<ptrdiff_t>(row * width),
                 end = static_cast<ptrdiff_t>((row + 1) * width);
      last_.assign(exact.numbers.begin() + at, exact.numbers.begin() + end);
      last_other_.assign(other.numbers.begin() + at, other.numbers.begin() + end);
    }
  }

  // Nothing where there is no row before it.
  void count(int32_t id, std::span<const float> exact, std::span<const float> other) {
    if (id < 0 || static_cast<size_t>(id) >= exact.size()) return;
    ++quality_.tokens;
    quality_.exact_loss += loss_of(exact, id);
    quality_.loss += loss_of(other, id);
  }

  const Side& exact_;
  const Side& other_;
  std::vector<Layer>* layers_;
  Quality quality_ = {};
  std::vector<float> last_, last_other_;
};

}  // namespace

double Quality::cost() const {
  if (tokens > 0) return (loss - exact_loss) / static_cast<double>(tokens);
  return all.noise();
}

Quality quality_of(const Side& exact, const Side& other, const Samples& samples,
                   std::vector<Layer>* layers) {
  Comparer comparer(exact, other, layers);
  for (const Sample& sample : samples.all()) comparer.compare(sample);
  return comparer.quality();
}

}  // namespace fovea::tools
