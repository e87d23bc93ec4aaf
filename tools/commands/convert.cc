#include "tools/commands/convert.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kernels/kernels.h"
#include "runtime/preamble.h"
#include "tools/checkpoint/checkpoint.h"
#include "tools/commands/commands.h"
#include "tools/commands/compare.h"
#include "tools/commands/maxima.h"
#include "tools/commands/numbers.h"
#include "tools/commands/repeated.h"
#include "tools/commands/summary.h"
#include "tools/common/error.h"
#include "tools/common/output_file.h"
#include "tools/common/printable.h"
#include "tools/common/table.h"
#include "tools/graph/dropout.h"
#include "tools/graph/format.h"
#include "tools/graph/fuse.h"
#include "tools/import/chat/add_chat.h"
#include "tools/import/config.h"
#include "tools/import/import.h"
#include "tools/import/special_tokens.h"
#include "tools/import/text/gguf_tokenizer.h"
#include "tools/import/text/tokenizer_folder.h"
#include "tools/import/text/tokenizer_json.h"
#include "tools/import/tokenizer.h"
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

void add_tokenizer(const ConvertOptions& options, const Checkpoint& checkpoint,
                   schema::ModelT& model) {
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
    model.tokenizers.push_back(tokenizer->packed());
  }
}

void write_graph(const Checkpoint& checkpoint, Graph& graph, OutputFile& output, bool commit) {
  describe_origin(checkpoint, graph.model);
  plan(graph.model);
  const uint64_t size = place_weights(graph.model);
  const auto pack = [&](const ByteSink& sink) { pack_weights(checkpoint, graph, sink); };
  write_uncommitted(graph.model, size, pack, output);
  if (commit) output.commit();
}

// Gives the path of the model without fused operators, for as long as `use` runs.
void with_plain_model(const ConvertOptions& options, const Checkpoint& checkpoint,
                      const std::function<void(const std::string&)>& use) {
  Graph graph = import_model(checkpoint, options.maxima);
  set_format(graph, format_of(options.format), options.keeps);
  OutputFile output(options.output + ".parts");
  write_graph(checkpoint, graph, output, false);
  use(output.temporary_path());
}

// Numbers of f16 weights have 11 bits.
double tolerance_of(const ConvertOptions& options) {
  return options.tolerance.value_or(options.format == "f32" ? 1e-4 : 1e-2);
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

void convert(const ConvertOptions& options) {
  const bool compares = !options.reference.empty();
  if (compares && options.output == "-") {
    throw UsageError("--compare runs the model, which has to be written to a file");
  }
  Checkpoint checkpoint = open_checkpoint(options.input);
  remove_keys(checkpoint.config, options.ignored);
  std::optional<Reference> reference;
  if (compares) reference.emplace(options.reference);
  OutputFile output(options.output);
  Graph graph = fuse(import_model(checkpoint, options.maxima));
  add_tokenizer(options, checkpoint, graph.model);
  chat::add_chat(checkpoint, graph);
  expose_attention(graph.model, options.attention);
  if (options.dropout > 0) add_dropout(graph.model, options.dropout);
  set_format(graph, format_of(options.format), options.keeps);
  record_limits(graph);
  write_graph(checkpoint, graph, output, true);
  for (const std::string& note : graph.notes) {
    fmt::print(stderr, "fovea: {}\n", printable(note));
  }
  if (!options.quiet) {
    print_summary(output, graph.model,
                  fmt::format("{}, {} parameters, stored as {}", family(checkpoint),
                              grouped(parameters(graph)), options.format),
                  missing_tokenizer(graph.model, options.input));
  }
  if (compares) compare_written(options, checkpoint, *reference);
}

void add_convert(CLI::App& app) {
  auto options = std::make_shared<ConvertOptions>();
  auto maxima = std::make_shared<std::vector<std::string>>();
  CLI::App* command = app.add_subcommand("convert", "Makes a .fovea file of a trained model");
  command
      ->add_option("INPUT", options->input,
                   "Hugging Face folder (config.json and safetensors), safetensors file beside "
                   "its config.json, GGUF file, or llama2.c checkpoint")
      ->required();
  command->add_option("-o,--output", options->output, "File to write, - for standard output")
      ->required();
  add_repeated(command, "--max", *maxima,
               "DIM=N: maximum of a dim (tokens, batch, ...) or of the context");
  command->add_option("--tokenizer", options->tokenizer,
                      "tokenizer.json, a model of SentencePiece, or a tokenizer of llama2.c, to "
                      "put into the file; without it, a "
                      "Hugging Face folder's or a GGUF file's own");
  command->add_flag("--no-tokenizer", options->no_tokenizer,
                    "Leaves the folder's or the file's tokenizer out");
  add_repeated(command, "--ignore", options->ignored,
               "KEY of the config that does not matter, as though it were not there");
  command
      ->add_option("--weights", options->format,
                   "Format of matrices and embeddings: f32 unless given; the rest is always f32")
      ->check(CLI::IsMember(format_names()));
  auto keeps = std::make_shared<std::vector<std::string>>();
  add_repeated(
      command, "--keep", *keeps,
      "NAME=TYPE: the tensor of this name in a format of its own; * stands for any text, of "
      "several that are like it the last counts");
  auto attention = std::make_shared<std::vector<std::string>>();
  add_repeated(
      command, "--attention", *attention,
      "KIND, KIND@LAYER or KIND@LAYER-LAYER, separated by commas: what attention tells, as "
      "outputs attention.N.KIND and cross_attention.N.KIND. weights, entropy, effective "
      "(number of keys), max (and its position), average (over heads), average_entropy, "
      "average_effective, or numbers: all of these but weights and average");
  auto dropout = std::make_shared<std::string>();
  const CLI::Option* drops = command->add_option(
      "--dropout", *dropout,
      "P: every self-attention drops weights with this probability, in passes that an input "
      "`dropout` tells apart (Monte-Carlo dropout)");
  CLI::Option* compared = command->add_option(
      "--compare", options->reference,
      "REF.npz with inputs and what they should give, by name: outputs, and parts of the "
      "checkpoint "
      "(model.layers.0.mlp, say). Exit code 1 where the model gives something else");
  command
      ->add_option("--tolerance", options->tolerance,
                   "With --compare: largest difference as a share of an array's largest number; "
                   "1e-4 unless given, of f16 weights 1e-2")
      ->needs(compared)
      ->check(number_between(0, 1));
  command->add_flag("--quiet", options->quiet, "No summary at the end");
  command->callback([options, maxima, keeps, attention, dropout, drops] {
    for (const std::string& text : *keeps) options->keeps.push_back(parse_keep(text));
    if (drops->count() > 0) options->dropout = parse_probability(*dropout);
    options->maxima = parse_maxima(*maxima);
    for (const std::string& text : *attention) {
      for (const ReportChoice& choice : parse_reports(text)) options->attention.push_back(choice);
    }
    convert(*options);
  });
}

}  // namespace fovea::tools
