// The command line of `fovea convert`.

#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <vector>

#include "tools/commands/commands.h"
#include "tools/commands/convert.h"
#include "tools/commands/maxima.h"
#include "tools/commands/numbers.h"
#include "tools/commands/repeated.h"
#include "tools/commands/show_packing.h"
#include "tools/common/error.h"
#include "tools/graph/cache_format.h"
#include "tools/graph/dropout.h"
#include "tools/graph/format.h"
#include "tools/graph/shrink.h"

namespace fovea::tools {
namespace {

constexpr const char* kAuto = "auto";

std::vector<std::string> weights_choices() {
  std::vector<std::string> names = format_names();
  names.emplace_back(kAuto);
  return names;
}

// What runs samples, and what is run on them.
void add_samples(CLI::App* command, ConvertOptions* options, std::string* budget) {
  add_repeated(
      command, "--samples", options->samples,
      "FILE of inputs that codes are chosen by: .npz or .npy arrays of methods' inputs (one extent "
      "more: several samples), or a text where the model has a tokenizer. May be repeated");
  command->add_flag("--nearest-codes", options->nearest,
                    "--samples scales columns for int8 alone, which takes seconds; codes are the "
                    "nearest ones");
  add_repeated(command, "--measure", options->measured,
               "FILE of inputs that --report and --budget measure on; without it those of "
               "--samples, on which chosen codes look better than they are");
  command->add_option("--report", options->report,
                      "FILE.json or FILE.html: what the formats of weights cost, by weight and in "
                      "all; a table on standard error, too");
  command->add_option("--budget", *budget,
                      "With --weights auto: loss=NUMBER (mean loss of a token above f32's, or the "
                      "noise of outputs as a share of their energy), or bytes=NUMBER of the file");
  command->add_option("--threads", options->threads, "Threads that run samples")
      ->check(thread_count());
}

// Throws UsageError where options do not go together.
void check_samples(ConvertOptions* options, const std::string& budget) {
  options->chooses = options->format == kAuto;
  const bool measures = !options->report.empty() || options->chooses;
  if (options->chooses != !budget.empty()) {
    throw UsageError("--weights auto and --budget go together");
  }
  if (options->chooses) {
    options->format = "f32";
    options->budget = parse_cost_budget(budget);
  }
  if (!options->report.empty()) check_report_name(options->report);
  if (options->nearest && options->samples.empty()) {
    throw UsageError("--nearest-codes says what --samples are for: give some");
  }
  if (!options->measured.empty() && !measures) {
    throw UsageError("--measure is for --report or --weights auto");
  }
  if (measures && options->samples.empty() && options->measured.empty()) {
    throw UsageError("--report and --weights auto run inputs: give --measure or --samples");
  }
}

// What is parsed when all options were read.
struct Texts {
  std::vector<std::string> maxima, keeps, attention;
  std::string dropout, budget;
};

void add_source(CLI::App* command, ConvertOptions* options, Texts* texts) {
  command
      ->add_option("INPUT", options->input,
                   "Hugging Face folder (config.json and safetensors), safetensors file beside "
                   "its config.json, GGUF file, or llama2.c checkpoint")
      ->required();
  command->add_option("-o,--output", options->output, "File to write, - for standard output")
      ->required();
  add_repeated(command, "--max", texts->maxima,
               "DIM=N: maximum of a dim (tokens, batch, ...) or of the context");
  command->add_option("--tokenizer", options->tokenizer,
                      "tokenizer.json, a model of SentencePiece, or a tokenizer of llama2.c, to "
                      "put into the file; without it, a "
                      "Hugging Face folder's or a GGUF file's own");
  command->add_flag("--no-tokenizer", options->no_tokenizer,
                    "Leaves the folder's or the file's tokenizer out");
  command
      ->add_option("--shrink", options->shrink,
                   "N: pictures are N times as high and wide as the model's images, which are "
                   "made of means of N x N pixels")
      ->check(whole_between(1, kMostShrink));
  add_repeated(command, "--ignore", options->ignored,
               "KEY of the config that does not matter, as though it were not there");
}

void add_formats(CLI::App* command, ConvertOptions* options, Texts* texts) {
  command
      ->add_option(
          "--weights", options->format,
          "Format of matrices and embeddings: f32 unless given; the rest is always f32. auto: one "
          "for each tensor, within --budget")
      ->check(CLI::IsMember(weights_choices()));
  add_repeated(
      command, "--keep", texts->keeps,
      "NAME=TYPE: the tensor of this name in a format of its own; * stands for any text, of "
      "several that are like it the last counts");
  command
      ->add_option("--cache", options->cache,
                   "Format of keys and values that runs keep in caches: f32 unless given")
      ->check(CLI::IsMember(cache_format_names()));
}

void add_attention(CLI::App* command, ConvertOptions* options, Texts* texts) {
  add_repeated(
      command, "--attention", texts->attention,
      "KIND, KIND@LAYER or KIND@LAYER-LAYER, separated by commas: what attention tells, as "
      "outputs attention.N.KIND and cross_attention.N.KIND. weights, entropy, effective "
      "(number of keys), max (and its position), average (over heads), average_entropy, "
      "average_effective, or numbers: all of these but weights and average; scaled_scores, "
      "capped_scores, scores. Of some heads and queries: KIND@LAYER:heads=0-3:queries=last");
  command->add_option(
      "--dropout", texts->dropout,
      "P: every self-attention drops weights with this probability, in passes that an input "
      "`dropout` tells apart (Monte-Carlo dropout)");
  command->add_flag("--positions-in-cache", options->in_cache,
                    "The first keys of --max kept=N stand right before the window, however long "
                    "the sequence is (StreamingLLM)");
}

void add_comparison(CLI::App* command, ConvertOptions* options) {
  CLI::Option* compared = command->add_option(
      "--compare", options->reference,
      "REF.npz with inputs and what they should give, by name: outputs, and parts of the "
      "checkpoint "
      "(model.layers.0.mlp, say). Exit code 1 where the model gives something else");
  command
      ->add_option("--tolerance", options->tolerance,
                   "With --compare: largest difference as a share of an array's largest number; "
                   "1e-4 unless given, of other formats than f32 1e-2")
      ->needs(compared)
      ->check(number_between(0, 1));
}

}  // namespace

void add_convert(CLI::App& app) {
  auto options = std::make_shared<ConvertOptions>();
  auto texts = std::make_shared<Texts>();
  CLI::App* command = app.add_subcommand("convert", "Makes a .fovea file of a trained model");
  add_source(command, options.get(), texts.get());
  add_formats(command, options.get(), texts.get());
  add_samples(command, options.get(), &texts->budget);
  add_attention(command, options.get(), texts.get());
  add_comparison(command, options.get());
  command->add_flag("--quiet", options->quiet, "No summary at the end");
  command->callback([options, texts, drops = command->get_option("--dropout")] {
    check_samples(options.get(), texts->budget);
    for (const std::string& text : texts->keeps) options->keeps.push_back(parse_keep(text));
    if (drops->count() > 0) options->dropout = parse_probability(texts->dropout);
    options->maxima = parse_maxima(texts->maxima);
    for (const std::string& text : texts->attention) {
      for (const ReportChoice& choice : parse_reports(text)) options->attention.push_back(choice);
    }
    convert(*options);
  });
}

}  // namespace fovea::tools
