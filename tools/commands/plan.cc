#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "tools/commands/commands.h"
#include "tools/commands/maxima.h"
#include "tools/commands/repeated.h"
#include "tools/commands/summary.h"
#include "tools/common/mapped_file.h"
#include "tools/common/output_file.h"
#include "tools/plan/plan.h"
#include "tools/write/read.h"
#include "tools/write/write.h"

namespace fovea::tools {
namespace {

struct PlanOptions {
  std::string input, output;
  std::vector<std::string> maxima;
};

void copy_weights(const MappedFile& file, std::span<const uint8_t> weights, const ByteSink& sink) {
  constexpr size_t kStep = size_t{16} << 20;
  const size_t start = static_cast<size_t>(weights.data() - file.bytes().data());
  for (size_t at = 0; at < weights.size(); at += kStep) {
    const size_t count = std::min(kStep, weights.size() - at);
    sink(weights.subspan(at, count));
    file.forget(start + at, count);
  }
}

void plan_again(const PlanOptions& options) {
  const Maxima maxima = parse_maxima(options.maxima);
  const MappedFile file(options.input);
  ModelContent content = read_model(file);
  OutputFile output(options.output);
  set_maxima(content.model, maxima);
  plan(content.model);
  write_model(
      content.model, content.weights.size(),
      [&](const ByteSink& sink) { copy_weights(file, content.weights, sink); }, output);
  print_summary(output, content.model, content.model.source);
}

}  // namespace

void add_plan(CLI::App& app) {
  auto options = std::make_shared<PlanOptions>();
  CLI::App* command = app.add_subcommand("plan", "Changes the maxima of a .fovea file");
  command->add_option("FILE", options->input, "A .fovea file")->required();
  command->add_option("-o,--output", options->output, "File to write, - for standard output")
      ->required();
  add_repeated(command, "--max", options->maxima, "DIM=N: new maximum of a dim, or of the context");
  command->callback([options] { plan_again(*options); });
}

}  // namespace fovea::tools
