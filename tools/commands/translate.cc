// `fovea translate`: what an encoder-decoder makes of texts.

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tools/commands/commands.h"
#include "tools/commands/numbers.h"
#include "tools/commands/texts.h"
#include "tools/common/error.h"
#include "tools/common/printable.h"
#include "tools/common/terminal_text.h"
#include "tools/session/chooser.h"
#include "tools/session/decoder.h"
#include "tools/session/text.h"
#include "tools/session/token_rules.h"

namespace fovea::tools {
namespace {

using Json = nlohmann::ordered_json;

struct Arguments {
  std::string file;
  std::vector<std::string> texts;
  std::string to;  // a piece that comes first
  uint32_t max_tokens = UINT32_MAX;
  uint32_t threads = 1;
  bool json = false;
};

struct Translation {
  std::vector<int32_t> source, tokens;
  std::string text;
  bool ended = false;
};

// The tokenizer of a side, or that of both.
Text find_text(const ModelFile& file, const char* side) {
  for (const char* name : {side, "text"}) {
    if (const std::optional<Text> text = Text::find(file, name)) return *text;
  }
  fail("{}: has no tokenizer: convert it with --tokenizer FILE, or use `fovea run`", file.path());
}

const schema::Tokenizer& table_of(const ModelFile& file, const char* side) {
  auto tokenizer = file.model().tokenizer(side);
  if (!tokenizer) tokenizer = file.model().tokenizer("text");
  return *file.tables().tokenizers()->Get(tokenizer->index());
}

class Translator {
 public:
  explicit Translator(const Arguments& arguments)
      : row_(chosen_row()),
        file_(arguments.file),
        context_(context_of(file_)),
        source_(find_text(file_, "source")),
        target_(find_text(file_, "target")),
        silent_(silent_ids(file_)),
        start_(start_ids(file_)),
        rules_(file_) {
    if (start_.empty()) {
      fail("{}: does not say what its decoder begins with: convert a folder that does",
           file_.path());
    }
    if (!arguments.to.empty()) rules_.force_first(piece_id(arguments.to));
    most_ = std::min<size_t>(arguments.max_tokens, context_ + 1 - start_.size());
    session_.emplace(file_, arguments.threads, row_);
    decoder_.emplace(file_, **session_);
  }

  Translation translate(const std::string& text) {
    Translation made;
    made.source = read(text);
    file_.check((*session_)->reset());
    decoder_->encode(made.source);
    Chooser chooser(file_, {}, decoder_->vocabulary());
    TerminalText terminal;
    std::span<const float> logits = decoder_->feed(start_);
    int32_t previous = -1;
    while (made.tokens.size() < most_) {
      const size_t count = made.tokens.size();
      const int32_t forced = rules_.forced(count, count + 1 == most_);
      const int32_t next = forced >= 0 ? forced : chooser.choose(rules_.allowed(logits, count));
      made.tokens.push_back(next);
      made.ended = file_.model().is_end(next);
      if (made.ended) break;
      if (!silent_.contains(next)) {
        made.text += terminal.add(target_.decode(previous, next));
        previous = next;
      }
      if (made.tokens.size() < most_) logits = decoder_->feed({&next, 1});
    }
    made.text += terminal.finish();
    return made;
  }

 private:
  static uint32_t context_of(const ModelFile& file) {
    if (!has_encoder(file)) {
      fail("{}: has no encoder: what it continues is for `fovea generate`", file.path());
    }
    return generation_context(file);
  }

  std::vector<int32_t> read(const std::string& text) const {
    const std::vector<int32_t> ids =
        source_.says_around() ? source_.whole(text).ids : source_.encode(text);
    const uint32_t most = prompt_limit(file_);
    if (ids.empty()) fail("{}: a text has no tokens", file_.path());
    if (ids.size() > most) {
      fail("{}: a text has {} tokens, the encoder holds {}: shorten it", file_.path(), ids.size(),
           most);
    }
    return ids;
  }

  int32_t piece_id(const std::string& piece) const {
    const auto* pieces = table_of(file_, "target").pieces();
    for (uint32_t i = 0; i < size_of(pieces); ++i) {
      if (pieces->Get(i)->string_view() == piece) return static_cast<int32_t>(i);
    }
    throw UsageError(fmt::format("--to {}: the model has no such token", piece));
  }

  std::string row_;
  ModelFile file_;
  uint32_t context_;
  Text source_, target_;
  std::set<int32_t> silent_;
  std::vector<int32_t> start_;
  TokenRules rules_;
  size_t most_ = 0;
  std::optional<BoundSession> session_;
  std::optional<Decoder> decoder_;
};

void translate(const Arguments& arguments) {
  Translator translator(arguments);
  for_each_text(arguments.texts, [&](const std::string& text) {
    const Translation made = translator.translate(text);
    if (arguments.json) {
      const Json json = {{"source", text},
                         {"text", made.text},
                         {"source_tokens", made.source},
                         {"tokens", made.tokens},
                         {"stopped", made.ended ? "end of text" : "max-tokens"}};
      fmt::print("{}\n", json.dump(-1, ' ', true, Json::error_handler_t::replace));
    } else {
      fmt::print("{}\n", made.text);
    }
    std::fflush(stdout);
  });
}

}  // namespace

void add_translate(CLI::App& app) {
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* command = app.add_subcommand(
      "translate", "What an encoder-decoder makes of texts: translations, summaries");
  command->add_option("FILE", arguments->file, "A .fovea file of an encoder-decoder")->required();
  command->add_option("TEXT", arguments->texts,
                      "Texts; without one, or with -, the lines of standard input");
  command->add_option("--to", arguments->to,
                      "The token that comes first, such as fra_Latn: a language, where models have "
                      "tokens for these");
  command->add_option("--max-tokens", arguments->max_tokens, "Tokens of a result at most")
      ->check(whole_between(1, 1 << 30));
  command->add_option("--threads", arguments->threads, "Threads")->check(thread_count());
  command->add_flag("--json", arguments->json, "A line of JSON for each text");
  command->callback([arguments] { translate(*arguments); });
}

}  // namespace fovea::tools
