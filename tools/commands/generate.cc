// `fovea generate`: text from a language model, token by token.

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "tools/commands/commands.h"
#include "tools/commands/numbers.h"
#include "tools/commands/prompt.h"
#include "tools/commands/talk.h"
#include "tools/common/printable.h"
#include "tools/common/terminal_text.h"
#include "tools/session/chooser.h"
#include "tools/session/decoder.h"
#include "tools/session/session.h"
#include "tools/session/text.h"
#include "tools/session/token_rules.h"

namespace fovea::tools {
namespace {

using Clock = std::chrono::steady_clock;
using Json = nlohmann::ordered_json;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// What came out, and how fast.
struct Story {
  std::vector<int32_t> tokens;
  std::string text;
  const char* stopped = "max-tokens";
  double prompt_seconds = 0;
  double seconds = 0;
};

class Generation {
 public:
  Generation(const TalkOptions& arguments, const ModelFile& file, const Prompt& prompt,
             const Session& session)
      : arguments_(arguments),
        file_(file),
        prompt_(prompt),
        decoder_(file, session),
        text_(Text::find(file, decoder_.has_encoder() ? "target" : "text")),
        rules_(file),
        chooser_(file, arguments.sampler, decoder_.vocabulary()) {
    if (!text_) text_ = Text::find(file, "text");
  }

  Story run() {
    const int32_t first = read_prompt();
    const Clock::time_point begin = Clock::now();
    continue_from(first);
    const std::string rest = terminal_.finish();
    story_.text += rest;
    show(rest);
    story_.seconds = seconds_since(begin);
    return story_;
  }

 private:
  // The first new token. A prompt that gives no likely one is not shown.
  int32_t read_prompt() {
    const Clock::time_point begin = Clock::now();
    if (decoder_.has_encoder()) decoder_.encode(prompt_.source);
    chooser_.add(prompt_.start);
    const int32_t first = choose(decoder_.feed(prompt_.start));
    story_.prompt_seconds = seconds_since(begin);
    echo();
    return first;
  }

  int32_t choose(std::span<const float> logits) {
    const size_t count = story_.tokens.size();
    const int32_t forced = rules_.forced(count, count + 1 == limit());
    if (forced >= 0) return forced;
    if (!decoder_.has_encoder()) return chooser_.choose(rules_.allowed(logits, count));
    std::vector<int32_t> text = prompt_.start;
    text.insert(text.end(), story_.tokens.begin(), story_.tokens.end());
    return chooser_.choose(rules_.allowed(logits, count, text));
  }

  // As llama2.c does, the text begins with the prompt.
  void echo() {
    for (size_t i = 0; i < prompt_.start.size(); ++i) {
      const int32_t id = prompt_.start[i];
      const bool seen = !decoder_.has_encoder() && i >= prompt_.unseen;
      if (seen && text_) show(terminal_.add(text_->decode(previous_, id)));
      previous_ = id;
    }
  }

  // The last token is chosen and never fed.
  size_t limit() const {
    const size_t left = generation_context(file_) - prompt_.start.size() + 1;
    return std::min<size_t>(arguments_.max_tokens, left);
  }

  void continue_from(int32_t next) {
    const size_t count = limit();
    for (size_t i = 0; i < count; ++i) {
      if (file_.model().is_end(next)) {
        story_.stopped = "end of text";
        return;
      }
      append(next);
      if (i + 1 < count) next = choose(decoder_.feed({&next, 1}));
    }
    if (count < arguments_.max_tokens) story_.stopped = "context full";
  }

  // Without a tokenizer, what is shown are ids.
  void append(int32_t token) {
    chooser_.add({&token, 1});
    story_.tokens.push_back(token);
    if (text_) {
      const std::string piece = terminal_.add(text_->decode(previous_, token));
      story_.text += piece;
      show(piece);
    } else {
      show(fmt::format("{}{}", story_.tokens.size() == 1 ? "" : " ", token));
    }
    previous_ = token;
  }

  void show(const std::string& piece) const {
    if (arguments_.json) return;
    std::fwrite(piece.data(), 1, piece.size(), stdout);
    std::fflush(stdout);
  }

  const TalkOptions& arguments_;
  const ModelFile& file_;
  const Prompt& prompt_;
  Decoder decoder_;
  std::optional<Text> text_;
  TokenRules rules_;
  Chooser chooser_;
  TerminalText terminal_;
  Story story_;
  int32_t previous_ = -1;
};

double rate(size_t count, double seconds) {
  return seconds > 0 ? static_cast<double>(count) / seconds : 0;
}

void print_json(const Prompt& prompt, const Story& story, const BoundSession& session) {
  const Json json = {
      {"prompt", prompt.text},
      {"text", story.text},
      {"prompt_tokens", prompt.tokens()},
      {"tokens", story.tokens},
      {"stopped", story.stopped},
      {"prompt_tokens_per_second", rate(prompt.tokens().size(), story.prompt_seconds)},
      {"tokens_per_second", rate(story.tokens.size(), story.seconds)},
      {"row", session->row()},
      {"threads", session.threads()},
      {"arena_bytes", session.memory().total}};
  fmt::print("{}\n", json_text(json));
}

void print_summary(const Prompt& prompt, const Story& story, const BoundSession& session) {
  fmt::print("\n");
  std::fflush(stdout);
  const size_t read = prompt.tokens().size();
  fmt::print(stderr,
             "prompt {} tokens, {:.0f} tokens/s; {} new tokens, {:.0f} tokens/s; stopped: {}; {}, "
             "{} thread{}\n",
             read, rate(read, story.prompt_seconds), story.tokens.size(),
             rate(story.tokens.size(), story.seconds), story.stopped, session->row(),
             session.threads(), session.threads() == 1 ? "" : "s");
}

void generate(const TalkOptions& arguments) {
  const std::string row = chosen_row();
  const ModelFile file(arguments.file);
  generation_context(file);  // refuses what cannot generate before its prompt
  const Prompt prompt = make_prompt(file, arguments.prompt);
  const BoundSession session(file, arguments.threads, row);
  Generation generation(arguments, file, prompt, *session);
  const Story story = generation.run();
  (arguments.json ? print_json : print_summary)(prompt, story, session);
}

}  // namespace

void add_generate(CLI::App& app) {
  const auto arguments = std::make_shared<TalkOptions>();
  SamplerOptions& sampler = arguments->sampler;
  CLI::App* command = app.add_subcommand("generate", "Writes text with a language model");
  command->add_option("FILE", arguments->file, "A .fovea file")->required();
  add_prompt_options(*command, arguments->prompt);
  command->add_option("--max-tokens", arguments->max_tokens, "New tokens at most")
      ->capture_default_str()
      ->check(whole_between(1, 1 << 30));
  command->add_option("--temperature", sampler.temperature, "0: always the likeliest token")
      ->capture_default_str()
      ->check(number_between(0, 100));
  command->add_option("--top-k", sampler.top_k, "Of the K likeliest tokens only; 0: of all")
      ->capture_default_str()
      ->check(any_uint32());
  command->add_option("--top-p", sampler.top_p, "Of the likeliest that have P together")
      ->capture_default_str()
      ->check(number_between(0, 1));
  command->add_option("--min-p", sampler.min_p, "Of those that have P times the likeliest's share")
      ->capture_default_str()
      ->check(number_between(0, 1));
  command
      ->add_option("--repetition-penalty", sampler.repetition_penalty,
                   "Divides logits above 0, multiplies others, of tokens that were there; 1: none")
      ->capture_default_str()
      ->check(number_between(0.01, 100));
  command->add_option("--seed", sampler.seed, "The same seed gives the same text")
      ->capture_default_str()
      ->check(any_uint64());
  command->add_option("--threads", arguments->threads, "Threads")->check(thread_count());
  command->add_flag("--json", arguments->json, "Prints JSON at the end instead of text");
  CLI::Option* chat = command->add_flag(
      "--chat", arguments->chat,
      "Talks: the prompt, or else each line of standard input, is a message of a user");
  chat->excludes(command->get_option("--tokens"));
  command->add_option("--system", arguments->system, "With --chat: what stands before all messages")
      ->needs(chat);
  command->callback([arguments] { (arguments->chat ? talk : generate)(*arguments); });
}

}  // namespace fovea::tools
