// `fovea generate`: text from a language model, token by token.

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tools/commands/commands.h"
#include "tools/common/decoder.h"
#include "tools/common/error.h"
#include "tools/common/printable.h"
#include "tools/common/sampler.h"
#include "tools/common/session.h"
#include "tools/common/text.h"

namespace fovea::tools {
namespace {

using Clock = std::chrono::steady_clock;
using Json = nlohmann::ordered_json;

struct Arguments {
  std::string file;
  std::string prompt;
  uint32_t max_tokens = 256;
  SamplerOptions sampler;
  uint32_t threads = 1;
  bool json = false;
};

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// What came out, and how fast.
struct Story {
  std::vector<int32_t> prompt;
  std::vector<int32_t> tokens;
  std::string text;
  const char* stopped = "max-tokens";
  double prompt_seconds = 0;
  double seconds = 0;
};

class Generation {
 public:
  Generation(const Arguments& arguments, const ModelFile& file, const Session& session)
      : arguments_(arguments),
        file_(file),
        decoder_(file, session),
        source_(file, decoder_.has_encoder() ? "source" : "text"),
        target_(file, decoder_.has_encoder() ? "target" : "text"),
        sampler_(arguments.sampler) {}

  Story run() {
    std::vector<int32_t> start;
    if (target_.special().bos >= 0) start.push_back(target_.special().bos);
    const std::vector<int32_t> prompt = source_.encode(arguments_.prompt);
    if (decoder_.has_encoder()) {
      story_.prompt = prompt;
    } else {
      start.insert(start.end(), prompt.begin(), prompt.end());
      story_.prompt = start;
    }
    check_length(start);
    std::span<const float> logits = read_prompt(start);
    previous_ = start.back();
    const Clock::time_point begin = Clock::now();
    continue_from(logits, limit(start.size()));
    story_.seconds = seconds_since(begin);
    return story_;
  }

 private:
  void check_length(const std::vector<int32_t>& start) const {
    if (start.empty() || story_.prompt.empty()) {
      fail("{}: an empty prompt needs a model with a begin-of-text token: give --prompt TEXT",
           file_.path());
    }
    if (start.size() > decoder_.context()) {
      fail("{}: the prompt has {} tokens, the context holds {}: shorten it", file_.path(),
           start.size(), decoder_.context());
    }
  }

  std::span<const float> read_prompt(const std::vector<int32_t>& start) {
    const Clock::time_point begin = Clock::now();
    if (decoder_.has_encoder()) decoder_.encode(story_.prompt);
    const std::span<const float> logits = decoder_.feed(start);
    story_.prompt_seconds = seconds_since(begin);
    if (!decoder_.has_encoder()) echo(start);
    return logits;
  }

  // As llama2.c does, the text begins with the prompt.
  void echo(const std::vector<int32_t>& start) {
    for (size_t i = 1; i < start.size(); ++i) show(target_.decode(start[i - 1], start[i]));
    if (target_.special().bos < 0) show(target_.decode(-1, start[0]));
  }

  // The last token is chosen and never fed.
  size_t limit(size_t start) const {
    return std::min<size_t>(arguments_.max_tokens, decoder_.context() - start + 1);
  }

  void continue_from(std::span<const float> logits, size_t count) {
    for (size_t i = 0; i < count; ++i) {
      const int32_t next = sampler_.choose(logits);
      if (next == target_.special().eos || next == target_.special().bos) {
        story_.stopped = "end of text";
        return;
      }
      const std::string piece = target_.decode(previous_, next);
      story_.tokens.push_back(next);
      story_.text += piece;
      show(piece);
      previous_ = next;
      if (i + 1 < count) logits = decoder_.feed({&next, 1});
    }
    if (count < arguments_.max_tokens) story_.stopped = "context full";
  }

  void show(const std::string& piece) const {
    if (arguments_.json) return;
    std::fwrite(piece.data(), 1, piece.size(), stdout);
    std::fflush(stdout);
  }

  const Arguments& arguments_;
  const ModelFile& file_;
  Decoder decoder_;
  Text source_, target_;
  Sampler sampler_;
  Story story_;
  int32_t previous_ = -1;
};

double rate(size_t count, double seconds) {
  return seconds > 0 ? static_cast<double>(count) / seconds : 0;
}

void report(const Arguments& arguments, const Story& story, const BoundSession& session) {
  if (arguments.json) {
    const Json json = {
        {"prompt", arguments.prompt},
        {"text", story.text},
        {"prompt_tokens", story.prompt},
        {"tokens", story.tokens},
        {"stopped", story.stopped},
        {"prompt_tokens_per_second", rate(story.prompt.size(), story.prompt_seconds)},
        {"tokens_per_second", rate(story.tokens.size(), story.seconds)},
        {"row", session->row()},
        {"threads", session.threads()},
        {"arena_bytes", session.memory().total}};
    fmt::print("{}\n", json_text(json));
    return;
  }
  fmt::print("\n");
  std::fflush(stdout);
  fmt::print(stderr,
             "prompt {} tokens, {:.0f} tokens/s; {} new tokens, {:.0f} tokens/s; stopped: {}; {}, "
             "{} thread{}\n",
             story.prompt.size(), rate(story.prompt.size(), story.prompt_seconds),
             story.tokens.size(), rate(story.tokens.size(), story.seconds), story.stopped,
             session->row(), session.threads(), session.threads() == 1 ? "" : "s");
}

void generate(const Arguments& arguments) {
  const std::string row = chosen_row();
  const ModelFile file(arguments.file);
  const BoundSession session(file, arguments.threads, row);
  Generation generation(arguments, file, *session);
  report(arguments, generation.run(), session);
}

}  // namespace

void add_generate(CLI::App& app) {
  const auto arguments = std::make_shared<Arguments>();
  SamplerOptions& sampler = arguments->sampler;
  CLI::App* command = app.add_subcommand("generate", "Writes text with a language model");
  command->add_option("FILE", arguments->file, "A .fovea file")->required();
  command->add_option("--prompt", arguments->prompt, "What to begin with, or to translate");
  command->add_option("--max-tokens", arguments->max_tokens, "New tokens at most")
      ->capture_default_str()
      ->check(CLI::Range(1, 1 << 30));
  command->add_option("--temperature", sampler.temperature, "0: always the likeliest token")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 100.0));
  command->add_option("--top-k", sampler.top_k, "Of the K likeliest tokens only; 0: of all")
      ->capture_default_str();
  command->add_option("--top-p", sampler.top_p, "Of the likeliest that have P together")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 1.0));
  command->add_option("--seed", sampler.seed, "The same seed gives the same text")
      ->capture_default_str();
  command->add_option("--threads", arguments->threads, "Threads")->check(CLI::Range(1, 256));
  command->add_flag("--json", arguments->json, "Prints JSON at the end instead of text");
  command->callback([arguments] { generate(*arguments); });
}

}  // namespace fovea::tools
