// Small folders of every family (tests/families/make.py) through the whole of it: converted, run
// through the public API in several ways, against what transformers makes of them in double
// precision. Prints README's table.

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <string>

#include "tests/support/temporary_folder.h"
#include "tests/tools/families/runs.h"
#include "tools/commands/convert.h"
#include "tools/import/import.h"

namespace fovea::test {
namespace {

constexpr double kMost = 3e-5;  // of the largest number of an output

double check_method(Session& session, const std::string& name, const Reference& r) {
  CAPTURE(name);
  const char* method = name.c_str();
  double worst = 0;
  const auto check = [&](const Outputs& outputs) {
    const double error = worst_of(outputs, r.outputs);
    CHECK(error < kMost);
    worst = std::max(worst, error);
  };
  if (r.listens()) {
    check(run_samples(session, r, 1));
    check(run_samples(session, r, 4));
    check(run_samples(session, r, 2));
    return worst;
  }
  if (session.has_input(method, "pixels")) {
    const Outputs alone = run_images(session, method, r, 1);
    check(alone);
    CHECK(run_images(session, method, r, 2) == alone);
    return worst;
  }
  check(run_alone(session, method, r, 64));
  check(run_packed(session, method, r));
  for (const size_t chunk : {1, 3}) {
    if (name != "encode" && name != "encode_text") check(run_alone(session, method, r, chunk));
  }
  return worst;
}

// Of several methods' outputs, names are METHOD.NAME.
std::map<std::string, Outputs> by_method(const Session& session, const Outputs& all) {
  std::map<std::string, Outputs> methods;
  for (const auto& [name, numbers] : all) {
    const size_t point = name.find('.');
    const std::string method = point != name.npos        ? name.substr(0, point)
                               : session.has("decode")   ? "decode"
                               : session.has("encode")   ? "encode"
                               : session.has("forecast") ? "forecast"
                                                         : "forward";
    methods[method][point == name.npos ? name : name.substr(point + 1)] = numbers;
  }
  return methods;
}

double check_folder(const fs::path& folder) {
  CAPTURE(folder.string());
  const TemporaryFolder made;
  tools::ConvertOptions options;
  const fs::path gguf = folder / "model.gguf";
  options.input = fs::exists(gguf) ? gguf.string() : folder.string();
  options.output = made.file("model.fovea");
  options.quiet = true;
  const Reference r = read_reference(folder);
  options.maxima = {{"batch", 4}};
  if (!r.tokens.empty()) options.maxima["tokens"] = 56;
  if (!r.samples.empty()) options.maxima["samples"] = static_cast<uint32_t>(r.samples.size() / 4);
  if (!r.source.empty()) options.maxima["source_tokens"] = 56;
  tools::convert(options);
  Session session(options.output);
  double worst = 0;
  for (const auto& [method, outputs] : by_method(session, r.outputs)) {
    Reference of_method = r;
    of_method.outputs = outputs;
    worst = std::max(worst, check_method(session, method, of_method));
  }
  return worst;
}

struct Row {
  size_t configurations = 0;
  double worst = 0;
};

}  // namespace

TEST_CASE("folders of every family give what transformers does, alone, packed and in chunks") {
  std::map<std::string, Row> table;
  for (const auto& entry : fs::directory_iterator(FOVEA_FAMILIES)) {
    const std::string name = entry.path().filename().string();
    Row& row = table[name.substr(0, name.rfind('-'))];
    ++row.configurations;
    row.worst = std::max(row.worst, check_folder(entry.path()));
  }
  std::printf("| family | configurations | largest error |\n|---|---|---|\n");
  for (const auto& [family, row] : table) {
    std::printf("| %s | %zu | %.1e |\n", family.c_str(), row.configurations, row.worst);
    CHECK(row.configurations >= 2);
  }
  CHECK(table.size() >= 60);
}

TEST_CASE("a decoder with a config of its own says which tokens texts begin and end with") {
  const std::string folder = std::string(FOVEA_FAMILIES) + "/vision-encoder-decoder-2";
  const tools::Graph graph = tools::import_model(tools::open_checkpoint(folder), {});
  REQUIRE(graph.model.special != nullptr);
  CHECK(graph.model.special->begin == std::vector<int32_t>{0});
  CHECK(graph.model.special->start == std::vector<int32_t>{2});
  CHECK(graph.model.special->end == std::vector<int32_t>{2});
}

TEST_CASE("GGUF files of every architecture give what transformers does of the same weights") {
  size_t files = 0;
  for (const auto& entry : fs::directory_iterator(FOVEA_GGUF)) {
    if (!fs::exists(entry.path() / "model.gguf")) continue;
    ++files;
    const double worst = check_folder(entry.path());
    std::printf("%s: %.1e\n", entry.path().filename().c_str(), worst);
  }
  CHECK(files >= 22);
}

}  // namespace fovea::test
