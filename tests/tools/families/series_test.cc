// Series with gaps, of any length (Chronos-Bolt).

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <optional>
#include <string>

#include "tests/support/temporary_folder.h"
#include "tests/tools/families/runs.h"
#include "tests/tools/refused.h"
#include "tools/commands/convert.h"
#include "tools/graph/expose.h"
#include "tools/import/import.h"

namespace fovea::test {

namespace {

// A folder of chronos-bolt, and what it foresees of series of so many samples each.
class Foreseer : TemporaryFolder {
 public:
  explicit Foreseer(const std::string& name, const tools::Maxima& maxima = {},
                    const char* attention = "") {
    tools::ConvertOptions options;
    options.input = std::string(FOVEA_FAMILIES) + "/" + name;
    options.output = file("m.fovea");
    options.quiet = true;
    options.maxima = maxima;
    options.maxima["batch"] = 2;
    if (*attention != '\0') options.attention = tools::parse_reports(attention);
    tools::convert(options);
    session_.emplace(options.output);
  }
  Numbers foresee(const Numbers& series, size_t sequences,
                  const std::string& output = "prediction") {
    Outputs made = {{output, {}}};
    session_->hear("values", series, sequences);
    session_->take(made);
    return made[output];
  }

 private:
  std::optional<Session> session_;
};

Numbers joined(std::initializer_list<Numbers> parts) {
  Numbers all;
  for (const Numbers& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

}  // namespace

TEST_CASE("what is missing before a series changes no bit, alone or in a batch") {
  const Numbers gap(18, NAN);
  Numbers series, other;
  for (int i = 0; i < 13; ++i) series.push_back(static_cast<float>(40 + 3 * std::sin(i)));
  for (int i = 0; i < 31; ++i) other.push_back(static_cast<float>(i % 7));
  for (const char* name : {"chronos-bolt-1", "chronos-bolt-2"}) {
    CAPTURE(name);
    const bool one = name[13] == '1';  // whose context is 24
    Foreseer model(name);
    const Numbers shown = one ? Numbers(other.begin() + 7, other.end()) : other;
    const Numbers before(gap.begin(), gap.begin() + (one ? 11 : 18));
    const Numbers alone = model.foresee(series, 1), third = model.foresee(shown, 1);
    for (const float number : alone) CHECK(std::isfinite(number));
    CHECK(model.foresee(joined({before, series}), 1) == alone);
    CHECK(model.foresee(joined({before, series, shown}), 2) == joined({alone, third}));
    CHECK(model.foresee(joined({shown, before, series}), 2) == joined({third, alone}));
    // A context that is just as long has fewer patches, and so another order of sums.
    Foreseer shorter(name, {{"samples", 13}});
    const Numbers same = shorter.foresee(series, 1);
    CHECK(worst_of({{"", same}}, {{"", alone}}) < 3e-6);
  }
}

TEST_CASE("series of one number, of the same ones and of none foresee numbers") {
  Foreseer model("chronos-bolt-1");
  const Numbers none = model.foresee(Numbers(24, NAN), 1);
  for (const float number : none) CHECK(std::isfinite(number));
  // Nothing is scaled where all is missing; divided by 1e-5 where nothing varies.
  CHECK(model.foresee({NAN}, 1) == none);
  for (const float number : model.foresee({7.3f}, 1)) CHECK(std::abs(number - 7.3f) < 1e-3f);
  CHECK(model.foresee({NAN, 7.3f, NAN}, 1) != none);
  for (const float number : model.foresee(Numbers(21, 0.1f), 1)) {
    CHECK(std::abs(number - 0.1f) < 1e-3f);
  }
}

TEST_CASE("a decoder in the encoder's method looks at patches of which any sample is there") {
  Foreseer model("chronos-bolt-1", {}, "weights");
  Numbers series(14, 1);
  series[0] = 5;
  std::fill(series.begin() + 6, series.begin() + 10, NAN);
  const Numbers weights = model.foresee(series, 1, "cross_attention.1.weights");
  REQUIRE(weights.size() == 2 * 16);  // of two heads
  for (size_t head = 0; head < 2; ++head) {
    double sum = 0;
    for (size_t i = 0; i < 16; ++i) {
      // Four patches of the series, of which one is empty, and the token behind them.
      const bool seen = i == 2 || i == 3 || i == 5 || i == 6;
      CHECK((weights[head * 16 + i] > 0) == seen);
      sum += double{weights[head * 16 + i]};
    }
    CHECK(std::abs(sum - 1) < 1e-6);
  }
}

TEST_CASE("a series has no more samples than the context, which may be made shorter") {
  const auto most = [](const tools::Maxima& maxima, uint32_t* limit) {
    const tools::Graph graph = tools::import_model(
        tools::open_checkpoint(std::string(FOVEA_FAMILIES) + "/chronos-bolt-2"), maxima);
    REQUIRE(graph.model.dims[0]->name == "samples");
    *limit = graph.limits.at("samples");
    return graph.model.dims[0]->max;
  };
  uint32_t limit = 0;
  CHECK(most({}, &limit) == 37);
  CHECK(limit == 37);
  CHECK(most({{"samples", 12}}, &limit) == 12);
  CHECK(limit == 15);  // pieces of 5
  CHECK_THROWS_AS(most({{"samples", 38}}, &limit), tools::UsageError);
}

}  // namespace fovea::test
