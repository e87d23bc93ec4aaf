// Which powers of two samples give columns.

#include "tools/measure/choose_scales.h"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "kernels/kernels.h"
#include "runtime/preamble.h"
#include "tests/support/temporary_folder.h"
#include "tools/common/npy.h"
#include "tools/graph/builder.h"
#include "tools/plan/plan.h"
#include "tools/write/write.h"

namespace fovea::test {
namespace {

using schema::DType;
using schema::Layout;
using tools::Graph;

constexpr uint32_t kColumns = 8, kOutputs = 20;

// Exponents of a norm of ones with this gain in column 0 and `other` elsewhere, before a matrix of
// this number there and ones elsewhere, which is to have a format; nothing where none are chosen.
std::vector<int> chosen(float gain, float number, DType type, float other = 1.0f) {
  Graph graph;
  auto dim = std::make_unique<schema::DimT>();
  dim->name = "tokens";
  dim->max = dim->limit = 4;
  graph.model.dims.push_back(std::move(dim));
  graph.model.sequences = 1;
  graph.model.format = static_cast<uint32_t>(kFormatVersion);
  graph.model.arithmetic_revision = kernels::kArithmeticRevision;
  std::vector<float> gains(kColumns, other), numbers(kOutputs * kColumns, 1.0f);
  gains[0] = gain;
  for (uint32_t i = 0; i < kOutputs; ++i) numbers[i * kColumns] = number;
  schema::WeightT norm, matrix;
  norm.name = "norm";
  norm.layout = Layout::Row16;
  norm.shape = {kColumns};
  matrix.name = "matrix";
  matrix.layout = Layout::Panels16;
  matrix.shape = {kOutputs, kColumns};
  tools::MethodBuilder method(graph, "forward", -1);
  const int32_t n = tools::add_weight(graph, norm, {{{kColumns, {}, gains}}});
  const int32_t m = tools::add_weight(graph, matrix, {{{kOutputs, {}, numbers}}});
  const int32_t x = method.input("x", DType::Float32, method.rows({1, 0}, kColumns));
  method.output(method.linear(method.rms_norm(x, n, 0), m, -1, kOutputs), "y");
  method.finish();
  const TemporaryFolder folder;
  tools::plan(graph.model);
  const uint64_t size = tools::place_weights(graph.model);
  const auto pack = [&](const tools::ByteSink& sink) { tools::pack_weights({}, graph, sink); };
  tools::write_model(graph.model, size, pack, folder.file("m.fovea"));
  const std::vector<float> ones(3 * kColumns, 1.0f);
  const auto npy = tools::npy_bytes(
      FOVEA_FLOAT32, std::vector<uint64_t>{3, kColumns},
      {reinterpret_cast<const uint8_t*>(ones.data()), ones.size() * sizeof(float)});
  write_bytes(folder.file("s.npy"), std::string(npy.begin(), npy.end()));
  const tools::ModelFile file(folder.file("m.fovea"));
  const tools::Samples samples(file, {folder.file("s.npy")});
  Graph wanted;
  for (const DType each : {DType::Float32, type}) {
    wanted.model.weights.push_back(std::make_unique<schema::WeightT>());
    wanted.model.weights.back()->dtype = each;
  }
  const tools::Checkpoint checkpoint = {};
  const auto scales = tools::choose_scales({checkpoint, graph, file, folder.file("m"), 1}, wanted,
                                           tools::scalable_rows(graph), samples);
  return scales.empty() ? std::vector<int>() : scales[0].exponents;
}

}  // namespace

TEST_CASE("a column that is large beside its weights is divided by a power of two") {
  using Exponents = std::vector<int>;
  CHECK(chosen(64, 1, DType::Int8) == Exponents{3, 0, 0, 0, 0, 0, 0, 0});
  CHECK(chosen(64, 0.015625f, DType::Int8) == Exponents{6, 0, 0, 0, 0, 0, 0, 0});
  CHECK(chosen(0.015625f, 64, DType::Int8) == Exponents{-6, 0, 0, 0, 0, 0, 0, 0});
  // What all columns have in common is no reason.
  CHECK(chosen(64 * 256, 1, DType::Int8, 256) == Exponents{3, 0, 0, 0, 0, 0, 0, 0});
  CHECK(chosen(1, 1, DType::Int8) == Exponents());
  CHECK(chosen(64, 1, DType::Int4) == Exponents());
  CHECK(chosen(64, 1, DType::Float16) == Exponents());
}

}  // namespace fovea::test
