// An encoder of fovea's own layout, of one layer, as plainly as it can be written.

#include <algorithm>
#include <cmath>

#include "tests/reference/attention.h"
#include "tests/tools/import/fovea_layout.h"

namespace fovea::test {
namespace {

class LayoutOracle {
 public:
  LayoutOracle(const FoveaLayout& model, const Doubles& features) : m_(model) {
    const size_t rows = features.size() / kWidth;
    x = linear(features, m_.values("features.weight"), {}, rows, kWidth, kWidth);
    attend_all(rows);
    const Doubles normed = norm("layers.0.ffn_norm", x);
    Doubles wide = linear(normed, m_.values("layers.0.ffn.up.weight"), {}, rows, kWidth, kFfn);
    for (double& v : wide) v = std::max(v, 0.0);
    add(linear(wide, m_.values("layers.0.ffn.down.weight"), {}, rows, kFfn, kWidth));
    x = norm("norm", x);
  }
  Doubles x;

 private:
  static constexpr uint32_t kWidth = FoveaLayout::kWidth, kHeads = FoveaLayout::kHeads;
  static constexpr uint32_t kHeadWidth = FoveaLayout::kHeadWidth, kFfn = FoveaLayout::kFfn;
  static constexpr double kEpsilon = 1e-5;

  Doubles norm(const std::string& name, const Doubles& rows) const {
    return rms_norm(rows, m_.values(name + ".weight"), kWidth, kEpsilon);
  }
  void add(const Doubles& y) {
    for (size_t i = 0; i < x.size(); ++i) x[i] += y[i];
  }
  Doubles project(const Doubles& rows, const char* part) const {
    return linear(rows, m_.values(std::string("layers.0.attention.") + part + ".weight"), {},
                  rows.size() / kWidth, kWidth, kWidth);
  }
  // Each head divided by its length and times its temperature.
  void shorten(Doubles& rows, bool with_temperature) const {
    for (size_t at = 0; at < rows.size(); at += kHeadWidth) {
      double squares = 0;
      for (size_t i = 0; i < kHeadWidth; ++i) squares += rows[at + i] * rows[at + i];
      const Doubles t =
          with_temperature ? m_.values("layers.0.attention.temperature") : Doubles(kHeads, 1.0);
      for (size_t i = 0; i < kHeadWidth; ++i) {
        rows[at + i] *= squares == 0 ? 0 : t[at / kHeadWidth % kHeads] / std::sqrt(squares);
      }
    }
  }
  void attend_all(size_t rows) {
    const auto& config = m_.config;
    const bool unit = config.value("qk_norm", "none") == "l2";
    const Doubles normed = norm("layers.0.attention_norm", x);
    Doubles query = project(normed, "query"), key = project(normed, "key");
    const Doubles value = project(normed, config.value("tie_key_value", false) ? "key" : "value");
    if (unit) shorten(key, false), shorten(query, config.value("temperature", false));
    Scores scores;
    scores.scale = config.value("attention_scale", unit ? 1.0 : 1 / std::sqrt(double{kHeadWidth}));
    if (config.contains("window")) scores.before = scores.after = config["window"].get<int64_t>();
    Doubles seen(x.size());
    for (size_t head = 0; head < kHeads; ++head) {
      Doubles keys, values;
      for (size_t t = 0; t < rows; ++t) {
        const auto at = static_cast<long>(t * kWidth + head * kHeadWidth);
        keys.insert(keys.end(), key.begin() + at, key.begin() + at + kHeadWidth);
        values.insert(values.end(), value.begin() + at, value.begin() + at + kHeadWidth);
      }
      for (size_t t = 0; t < rows; ++t) {
        scores.position = static_cast<int64_t>(t);
        const size_t at = t * kWidth + head * kHeadWidth;
        const Attended made =
            attend(&query[at], keys.data(), values.data(), rows, kHeadWidth, kHeadWidth, scores);
        std::copy(made.y.begin(), made.y.end(), seen.begin() + static_cast<long>(at));
      }
    }
    add(project(seen, "output"));
  }

  const FoveaLayout& m_;
};

}  // namespace

Doubles exact_hidden(const FoveaLayout& encoder, const Doubles& features) {
  return LayoutOracle(encoder, features).x;
}

}  // namespace fovea::test
