#include "tools/commands/convert.h"

#include <fmt/format.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kernels/kernels.h"
#include "runtime/preamble.h"
#include "tools/checkpoint/checkpoint.h"
#include "tools/commands/compare.h"
#include "tools/commands/show_packing.h"
#include "tools/commands/summary.h"
#include "tools/common/error.h"
#include "tools/common/output_file.h"
#include "tools/common/printable.h"
#include "tools/common/table.h"
#include "tools/graph/cache_format.h"
#include "tools/graph/dropout.h"
#include "tools/graph/equalize.h"
#include "tools/graph/format.h"
#include "tools/graph/fuse.h"
#include "tools/graph/positions.h"
#include "tools/graph/shrink.h"
#include "tools/import/chat/add_chat.h"
#include "tools/import/config.h"
#include "tools/import/import.h"
#include "tools/import/special_tokens.h"
#include "tools/import/text/gguf_tokenizer.h"
#include "tools/import/text/tokenizer_folder.h"
#include "tools/import/text/tokenizer_json.h"
#include "tools/import/tokenizer.h"
#include "tools/measure/calibrate.h"
#include "tools/measure/choose_formats.h"
#include "tools/measure/choose_scales.h"
#include "tools/measure/correct_biases.h"
#include "tools/measure/packing.h"
#include "tools/pack/pack.h"
#include "tools/plan/plan.h"
#include "tools/write/write.h"

#ifndef FOVEA_VERSION
#define FOVEA_VERSION "unknown"
#endif

namespace fovea::tools {
namespace {

// Names of the files that the weights came from, without their folder: a conversion elsewhere
// gives the same bytes.
std::string source_text(const Checkpoint& checkpoint) {
  std::string names;
  for (const MappedFile& file : checkpoint.files) {
    names += " " + std::filesystem::path(file.path()).filename().string();
  }
  return checkpoint.format + names;
}

void describe_origin(const Checkpoint& checkpoint, schema::ModelT& model) {
  model.format = static_cast<uint32_t>(kFormatVersion);
  model.arithmetic_revision = kernels::kArithmeticRevision;
  model.converter = "fovea " FOVEA_VERSION;
  model.source = source_text(checkpoint);
  model.source_crc = checkpoint.crc();
}

// What `fovea plan` may change later: all but the dims that the context bounds.
void record_limits(Graph& graph) {
  schema::ModelT& model = graph.model;
  for (auto& dim : model.dims) dim->limit = graph.limits[dim->name];
  for (const auto& method : model.methods) {
    for (const auto& update : method->updates) {
      if (update->mode != schema::UpdateMode::Append) continue;
      model.dims[update->dim]->limit = 0;
      model.caches[update->cache]->limit = graph.limits["context"];
    }
  }
}

// Numbers that were trained: not those that an importer computes.
uint64_t parameters(const Graph& graph) {
  uint64_t count = 0;
  for (size_t i = 0; i < graph.sources.size(); ++i) {
    if (graph.sources[i].again) continue;
    for (const Part& part : graph.sources[i].parts) {
      if (part.constants.empty() && !part.tensor.empty()) {
        count += part.outputs * matrices_of(*graph.model.weights[i]).k.value();
      }
    }
  }
  return count;
}

// What the config or the file calls the architecture.
std::string family(const Checkpoint& checkpoint) {
  for (const char* key : {"model_type", "arch"}) {
    const auto found = checkpoint.config.find(key);
    if (found != checkpoint.config.end() && found->is_string()) return *found;
  }
  return checkpoint.format;
}

int32_t first_of(const std::vector<int32_t>& ids) {
  return ids.empty() ? -1 : ids[0];
}

using Tokenizers = std::vector<std::unique_ptr<schema::WordTokenizerT>>;

Tokenizers only(std::unique_ptr<schema::WordTokenizerT> tokenizer) {
  Tokenizers list;
  if (tokenizer != nullptr) list.push_back(std::move(tokenizer));
  return list;
}

// Those of the folder or of the file, where there are any. What they cannot say is refused: ids of
// another tokenizer are nonsense to the model.
Tokenizers own_tokenizers(const ConvertOptions& options, const Checkpoint& checkpoint,
                          uint32_t rows) {
  if (options.no_tokenizer) return {};
  try {
    if (checkpoint.texts.is_object()) {
      return only(read_gguf_tokenizer(checkpoint.texts, rows, checkpoint.path));
    }
    if (!std::filesystem::is_directory(options.input)) return {};
    return read_folder_tokenizers(options.input, rows);
  } catch (const InputError& error) {
    fail("{}; --no-tokenizer converts the model without one", error.what());
  }
}

void add_tokenizer(const ConvertOptions& options, const Checkpoint& checkpoint, Graph& graph) {
  schema::ModelT& model = graph.model;
  const uint32_t rows = embedding_rows(model);
  if (rows == 0 && !options.tokenizer.empty()) {
    fail("{}: the model takes no tokens, so that --tokenizer has no use", options.input);
  }
  if (rows == 0 || (options.tokenizer.empty() && !model.tokenizers.empty())) return;
  const bool other = !options.tokenizer.empty() && !is_json(options.tokenizer);
  if (other && !is_sentence_piece(options.tokenizer)) {
    model.tokenizers.push_back(read_llama2c_tokenizer(options.tokenizer, model));
    return;
  }
  const Tokenizers made = options.tokenizer.empty() ? own_tokenizers(options, checkpoint, rows)
                          : other ? only(read_sentence_piece(options.tokenizer, rows))
                                  : only(read_tokenizer_json(options.tokenizer, rows));
  for (const auto& tokenizer : made) {
    if (model.special != nullptr) {
      if (other) {  // a model of SentencePiece does not say what stands around texts
        const auto& begin = model.special->begin;
        tokenizer->single.insert(tokenizer->single.begin(), begin.begin(), begin.end());
      }
      tokenizer->bos = first_of(model.special->begin);
      tokenizer->eos = first_of(model.special->end);
      tokenizer->pad = first_of(model.special->padding);
    }
    tokenizer->filled = graph.filled;
    if (tokenizer->filled > 0 && tokenizer->pad < 0) {
      fail(
          "{}: every text of this model is filled up to {} tokens, and no pad_token says with "
          "which; --no-tokenizer converts the model without one",
          options.input, tokenizer->filled);
    }
    model.tokenizers.push_back(tokenizer->packed());
  }
}

void write_graph(const Checkpoint& checkpoint, Graph& graph, OutputFile& output, bool commit,
                 const ChosenCodes& chosen = {}) {
  describe_origin(checkpoint, graph.model);
  plan(graph.model);
  const uint64_t size = place_weights(graph.model);
  const auto pack = [&](const ByteSink& sink) { pack_weights(checkpoint, graph, sink, chosen); };
  write_uncommitted(graph.model, size, pack, output);
  if (commit) output.commit();
}

// Gives the path of the model without fused operators, for as long as `use` runs.
void with_plain_model(const ConvertOptions& options, const Checkpoint& checkpoint,
                      const std::function<void(const std::string&)>& use) {
  Graph graph = import_model(checkpoint, options.maxima);
  if (options.shrink > 1) shrink_pictures(graph.model, options.shrink);
  set_format(graph, format_of(options.format), options.keeps);
  set_cache_format(graph.model, options.cache);
  OutputFile output(options.output + ".parts");
  write_graph(checkpoint, graph, output, false);
  use(output.temporary_path());
}

// All but the formats of weights and caches. `between`: fuse()'s.
Graph prepared(const ConvertOptions& options, const Checkpoint& checkpoint,
               const std::function<void(Graph&)>& between) {
  Graph graph = fuse(import_model(checkpoint, options.maxima), between);
  add_tokenizer(options, checkpoint, graph);
  chat::add_chat(checkpoint, graph);
  expose_attention(graph.model, options.attention);
  if (options.shrink > 1) shrink_pictures(graph.model, options.shrink);
  if (options.in_cache) place_in_cache(graph.model);
  if (options.dropout > 0) add_dropout(graph.model, options.dropout);
  return graph;
}

// `keeps` come before those of the options, of which the last counts.
Graph in_formats(const ConvertOptions& options, Graph graph, std::vector<Keep> keeps) {
  keeps.insert(keeps.end(), options.keeps.begin(), options.keeps.end());
  set_format(graph, format_of(options.format), keeps);
  set_cache_format(graph.model, options.cache);
  record_limits(graph);
  return graph;
}

// Runs samples through the model in f32, which is there for as long as this is.
class Measurer {
 public:
  Measurer(const ConvertOptions& options, const Checkpoint& checkpoint)
      : options_(options),
        checkpoint_(checkpoint),
        graph_(prepared(options, checkpoint, [this](Graph& g) { rows_ = scalable_rows(g); })) {
    write();
    samples_.emplace(*file_, options.samples);
    measured_.emplace(*file_, options.measured.empty() ? options.samples : options.measured);
    if (samples_->all().empty()) return;
    scales_ = choose_scales(exact(), unscaled(), rows_, *samples_);
    graph_ = prepared_scaled();
    write();
  }

  // What convert() gives formats: with columns scaled, where samples say how.
  Graph prepared_scaled() const {
    return prepared(options_, checkpoint_, [this](Graph& graph) {
      for (const ChosenScale& scale : scales_) scale_rows(graph, scale.rows, scale.exponents);
    });
  }

  // Codes by samples, where there are any, for formatted(formats). Its biases make up for them.
  ChosenCodes choose(Graph& graph, const std::vector<Keep>& formats) const {
    if (options_.samples.empty() || options_.nearest) return {};
    if (options_.chooses && chosen_weights(exact(), graph).empty()) return {};
    ChosenCodes chosen = calibrate(exact(), graph, *samples_);
    if (has_biases(graph, chosen)) correct(graph, formatted(formats), chosen);
    return chosen;
  }

  // The graph that is written, but for what samples choose.
  Graph formatted(const std::vector<Keep>& keeps) const {
    return in_formats(options_, prepared_scaled(), keeps);
  }

  // A format for each weight, within the budget.
  std::vector<Keep> formats() const {
    const std::vector<FormatStep> steps = format_steps(exact(), *measured_);
    return choose_formats(exact(), steps, options_.budget,
                          [&](const std::vector<Keep>& keeps) { return attempt(keeps); });
  }

  Packing packing(const Graph& graph, const ModelFile& packed, const ChosenCodes& chosen) const {
    return measure_packing(exact(), graph, packed, chosen, *measured_);
  }

 private:
  // The graph in its formats, as far as they are known: those that are to be chosen are taken for
  // int8.
  Graph unscaled() const {
    Graph graph = prepared(options_, checkpoint_, {});
    set_format(graph, format_of(options_.chooses ? "int8" : options_.format), options_.keeps);
    return graph;
  }

  // `coded`: the same graph, to be written.
  void correct(Graph& graph, Graph coded, const ChosenCodes& chosen) const {
    OutputFile output(options_.output + ".coded");
    write_graph(checkpoint_, coded, output, false, chosen);
    const ModelFile file(output.temporary_path());
    for (const auto& [weight, numbers] :
         correct_biases(exact(), {coded, file, chosen}, *samples_)) {
      Part part;
      part.outputs = static_cast<uint32_t>(numbers.size());
      part.constants = numbers;
      graph.sources[weight] = {{std::move(part)}};
    }
  }

  void write() {
    file_.reset();
    output_.emplace(options_.output + ".exact");
    write_graph(checkpoint_, graph_, *output_, false);
    file_.emplace(output_->temporary_path());
  }

  ExactModel exact() const {
    return {checkpoint_, graph_, *file_, options_.output, options_.threads};
  }

  Tried attempt(const std::vector<Keep>& formats) const {
    Graph graph = formatted(formats);
    OutputFile output(options_.output + ".tried");
    const ChosenCodes chosen = choose(graph, formats);
    write_graph(checkpoint_, graph, output, false, chosen);
    const ModelFile file(output.temporary_path());
    if (options_.budget.bytes) return {file.size(), 0};
    const BoundSession session(*file_, options_.threads, chosen_row());
    const BoundSession other(file, options_.threads, chosen_row());
    return {file.size(), quality_of({*file_, *session}, {file, *other}, *measured_).cost()};
  }

  const ConvertOptions& options_;
  const Checkpoint& checkpoint_;
  std::vector<ScalableRows> rows_;
  Graph graph_;
  std::optional<OutputFile> output_;
  std::optional<ModelFile> file_;
  std::optional<Samples> samples_, measured_;
  std::vector<ChosenScale> scales_;
};

// Numbers of f16 have 11 bits.
double tolerance_of(const ConvertOptions& options) {
  const bool exact = options.format == "f32" && options.cache == "f32" && !options.chooses;
  return options.tolerance.value_or(exact ? 1e-4 : 1e-2);
}

// What the numbers are stored as.
std::string stored_as(const ConvertOptions& options, const schema::ModelT& model) {
  const bool tells = !model.states.empty() && options.cache != "f32";
  return (options.chooses ? "chosen" : options.format) +
         (tells ? ", caches in " + options.cache : "");
}

void compare_written(const ConvertOptions& options, const Checkpoint& checkpoint,
                     const Reference& reference) {
  const ModelFile file(options.output);
  const Comparison comparison = compare(
      reference, file, [&](const auto& use) { with_plain_model(options, checkpoint, use); });
  if (!options.quiet) fmt::print(stderr, "{}", comparison_text(comparison));
  expect_near(reference, comparison, tolerance_of(options));
}

}  // namespace

namespace {

void report(const ConvertOptions& options, const Measurer& measurer, const Graph& graph,
            const ChosenCodes& chosen) {
  const ModelFile packed(options.output);
  const Packing packing = measurer.packing(graph, packed, chosen);
  if (!options.report.empty()) {
    const auto name = std::filesystem::path(options.output).filename().string();
    write_report(packing, options.report, name + ": what the formats of weights cost");
  }
  if (!options.quiet) fmt::print(stderr, "{}", packing_text(packing));
}

void check_output(const ConvertOptions& options) {
  if (options.output != "-") return;
  if (!options.reference.empty()) {
    throw UsageError("--compare runs the model, which has to be written to a file");
  }
  if (!options.samples.empty() || !options.measured.empty()) {
    throw UsageError("samples are run by the model, which has to be written to a file");
  }
}

}  // namespace

void convert(const ConvertOptions& options) {
  check_output(options);
  Checkpoint checkpoint = open_checkpoint(options.input);
  remove_keys(checkpoint.config, options.ignored);
  std::optional<Reference> reference;
  if (!options.reference.empty()) reference.emplace(options.reference);
  OutputFile output(options.output);
  std::optional<Measurer> measurer;
  if (!options.samples.empty() || !options.measured.empty()) measurer.emplace(options, checkpoint);
  std::vector<Keep> keeps;
  if (options.chooses) keeps = measurer->formats();
  Graph graph = measurer ? measurer->formatted(keeps)
                         : in_formats(options, prepared(options, checkpoint, {}), keeps);
  ChosenCodes chosen;
  if (measurer) chosen = measurer->choose(graph, keeps);
  write_graph(checkpoint, graph, output, true, chosen);
  for (const std::string& note : graph.notes) {
    fmt::print(stderr, "fovea: {}\n", printable(note));
  }
  if (!options.quiet) {
    print_summary(output, graph.model,
                  fmt::format("{}, {} parameters, stored as {}", family(checkpoint),
                              grouped(parameters(graph)), stored_as(options, graph.model)),
                  missing_tokenizer(graph.model, options.input));
  }
  if (!options.report.empty() || options.chooses) report(options, *measurer, graph, chosen);
  if (reference) compare_written(options, checkpoint, *reference);
}

}  // namespace fovea::tools
