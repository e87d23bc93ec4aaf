// Biases that make up for what codes leave on average.

#include "tools/measure/correct_biases.h"

#include <doctest/doctest.h>

#include <cmath>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "kernels/kernels.h"
#include "runtime/preamble.h"
#include "tests/support/temporary_folder.h"
#include "tools/common/npy.h"
#include "tools/graph/builder.h"
#include "tools/graph/format.h"
#include "tools/measure/compensate.h"
#include "tools/pack/source_reader.h"
#include "tools/plan/plan.h"
#include "tools/session/seen.h"
#include "tools/write/write.h"

namespace fovea::test {
namespace {

using schema::Layout;
using tools::Graph;

constexpr uint32_t kWidth = 40, kRows = 200;  // a group of int4, and a quarter of one

// Numbers from -1 to 1, the same with every standard library.
std::vector<float> numbers(size_t count, uint32_t seed) {
  std::vector<float> made(count);
  for (float& number : made) {
    seed = seed * 1664525u + 1013904223u;
    number = static_cast<float>(static_cast<int32_t>(seed)) * 0x1p-31f;
  }
  return made;
}

// What is between input x [rows, kWidth] and outputs.
struct Network {
  Graph graph = {};
  tools::MethodBuilder method = prepare(graph);
  int32_t x = method.input("x", schema::DType::Float32, method.rows({1, 0}, kWidth));

  int32_t matrix(const std::string& name, uint32_t seed) {
    return weight(name, Layout::Panels16, {kWidth, kWidth}, numbers(kWidth * kWidth, seed));
  }
  int32_t bias(const std::string& name, uint32_t seed) {
    return weight(name, Layout::Row16, {kWidth}, numbers(kWidth, seed));
  }
  int32_t linear(int32_t from, int32_t m, int32_t b) { return method.linear(from, m, b, kWidth); }
  int32_t relu(int32_t from) { return method.activation(from, schema::Function::Relu); }

 private:
  static tools::MethodBuilder prepare(Graph& graph) {
    auto dim = std::make_unique<schema::DimT>();
    dim->name = "tokens";
    dim->max = dim->limit = kRows;
    graph.model.dims.push_back(std::move(dim));
    graph.model.sequences = 1;
    graph.model.format = static_cast<uint32_t>(kFormatVersion);
    graph.model.arithmetic_revision = kernels::kArithmeticRevision;
    return {graph, "forward", -1};
  }
  int32_t weight(const std::string& name, Layout layout, std::vector<uint32_t> shape,
                 std::vector<float> all) {
    schema::WeightT made;
    made.name = name;
    made.layout = layout;
    made.shape = std::move(shape);
    return tools::add_weight(graph, made, {{{kWidth, {}, std::move(all)}}});
  }
};

// Gives what makes the outputs.
using Build = std::function<std::vector<int32_t>(Network&)>;

// A network in f32 and with nearest codes.
class Pair {
 public:
  Pair(const Build& build, const std::string& format) {
    finish(exact_, build);
    finish(coded_, build);
    tools::set_format(coded_.graph, tools::format_of(format));
    const auto& weights = coded_.graph.model.weights;
    for (size_t i = 0; i < weights.size(); ++i) {
      if (!tools::format_of(weights[i]->dtype).is_codes()) continue;
      tools::SourceReader reader({}, exact_.graph.sources[i], kWidth, tools::format_of(format));
      codes_[i] = tools::nearest(reader, kWidth, kWidth, weights[i]->dtype);
    }
    exact_file_ = write(exact_.graph, "exact", {});
    write_coded();
  }

  bool has_biases() const { return tools::has_biases(exact_.graph, codes_); }
  size_t correct() {
    const tools::Checkpoint checkpoint = {};
    const auto made = tools::correct_biases(
        {checkpoint, exact_.graph, *exact_file_, folder_.file("m"), 1},
        {coded_.graph, *coded_file_, codes_}, tools::Samples(*exact_file_, {rows(1)}));
    for (const auto& [weight, all] : made) coded_.graph.sources[weight] = {{{kWidth, {}, all}}};
    write_coded();
    return made.size();
  }

  // Means over rows of what an output has too much, by column.
  std::vector<double> errors(size_t output, uint32_t seed) const {
    const std::vector<float> exact = run(exact_.graph, *exact_file_, output, seed),
                             coded = run(coded_.graph, *coded_file_, output, seed);
    std::vector<double> means(kWidth);
    for (size_t i = 0; i < exact.size(); ++i) {
      means[i % kWidth] += (double{coded[i]} - double{exact[i]}) / kRows;
    }
    return means;
  }
  double error(size_t output, uint32_t seed) const {
    double sum = 0;
    for (const double mean : errors(output, seed)) sum += mean * mean;
    return std::sqrt(sum / kWidth);
  }

 private:
  static void finish(Network& network, const Build& build) {
    const std::vector<int32_t> outputs = build(network);
    for (size_t i = 0; i < outputs.size(); ++i) {
      network.method.output(outputs[i], "y" + std::to_string(i));
    }
    network.method.finish();
  }
  std::unique_ptr<tools::ModelFile> write(Graph& graph, const std::string& name,
                                          const tools::ChosenCodes& codes) const {
    tools::plan(graph.model);
    const uint64_t size = tools::place_weights(graph.model);
    const auto pack = [&](const tools::ByteSink& sink) {
      tools::pack_weights({}, graph, sink, codes);
    };
    tools::write_model(graph.model, size, pack, folder_.file(name));
    return std::make_unique<tools::ModelFile>(folder_.file(name));
  }
  void write_coded() { coded_file_ = write(coded_.graph, "coded", codes_); }

  // Rows that are above 0 on average.
  std::string rows(uint32_t seed) const {
    std::vector<float> all = numbers(kRows * kWidth, seed);
    for (float& number : all) number += 0.5f;
    const auto npy = tools::npy_bytes(
        FOVEA_FLOAT32, std::vector<uint64_t>{kRows, kWidth},
        {reinterpret_cast<const uint8_t*>(all.data()), all.size() * sizeof(float)});
    write_bytes(folder_.file("s.npy"), std::string(npy.begin(), npy.end()));
    return folder_.file("s.npy");
  }
  std::vector<float> run(const Graph& graph, const tools::ModelFile& file, size_t output,
                         uint32_t seed) const {
    const tools::Samples samples(file, {rows(seed)});
    const tools::BoundSession session(file, 1, "");
    tools::run_sample(file, *session, samples.all()[0]);
    const schema::MethodT& method = *graph.model.methods[0];
    for (uint32_t i = 0; i < method.operators.size(); ++i) {
      if (method.operators[i]->outputs[0] != static_cast<int32_t>(method.outputs[output])) continue;
      return tools::first_output(*session->get(), 0, i)->values;
    }
    return {};
  }

  TemporaryFolder folder_;
  Network exact_, coded_;
  tools::ChosenCodes codes_;
  std::unique_ptr<tools::ModelFile> exact_file_, coded_file_;
};

constexpr double kRounding = 1e-5;

}  // namespace

TEST_CASE("biases by samples take the mean error away, of others next to all of it") {
  const auto two = [](Network& n) -> std::vector<int32_t> {
    const int32_t hidden = n.relu(n.linear(n.x, n.matrix("m", 11), n.bias("b", 12)));
    return {n.linear(hidden, n.matrix("n", 13), n.bias("c", 14))};
  };
  for (const std::string format : {"int8", "int4", "uint4"}) {
    CAPTURE(format);
    Pair pair(two, format);
    const double before = pair.error(0, 1), of_others = pair.error(0, 2);
    CHECK(before > 100 * kRounding);
    CHECK(pair.has_biases());
    CHECK(pair.correct() == 2);
    CHECK(pair.error(0, 1) < kRounding);
    CHECK(pair.error(0, 2) < of_others / 3);
  }
}

TEST_CASE("a matrix and a bias of two places are right for both together") {
  const auto twice = [](Network& n) -> std::vector<int32_t> {
    const int32_t m = n.matrix("m", 11), b = n.bias("b", 12);
    return {n.linear(n.x, m, b), n.linear(n.relu(n.x), m, b)};
  };
  Pair pair(twice, "int4");
  CHECK(pair.correct() == 1);
  const std::vector<double> one = pair.errors(0, 1), other = pair.errors(1, 1);
  CHECK(pair.error(0, 1) > 10 * kRounding);
  for (size_t i = 0; i < kWidth; ++i) CHECK(std::abs(one[i] + other[i]) < kRounding);
}

TEST_CASE("each bias of one matrix is right for its own rows") {
  const auto apart = [](Network& n) -> std::vector<int32_t> {
    const int32_t m = n.matrix("m", 11);
    return {n.linear(n.x, m, n.bias("b", 12)), n.linear(n.relu(n.x), m, n.bias("c", 13))};
  };
  Pair pair(apart, "int8");
  CHECK(pair.correct() == 2);
  CHECK(pair.error(0, 1) < kRounding);
  CHECK(pair.error(1, 1) < kRounding);
}

TEST_CASE("biases that matrices share, or that there are none of, stay") {
  const auto shared = [](Network& n) -> std::vector<int32_t> {
    const int32_t b = n.bias("b", 12);
    return {n.linear(n.linear(n.x, n.matrix("m", 11), b), n.matrix("n", 13), b)};
  };
  const auto bare = [](Network& n) -> std::vector<int32_t> {
    return {n.linear(n.x, n.matrix("m", 11), -1)};
  };
  const auto one = [](Network& n) -> std::vector<int32_t> {
    return {n.linear(n.x, n.matrix("m", 11), n.bias("b", 12))};
  };
  Pair sharing(shared, "int8"), without(bare, "int8"), exact(one, "f32");
  for (Pair* pair : {&sharing, &without, &exact}) {
    CHECK(!pair->has_biases());
    CHECK(pair->correct() == 0);
  }
}

}  // namespace fovea::test
