// `fovea translate`: what an encoder-decoder makes of texts.

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "runtime/text/word_tables.h"
#include "tools/commands/commands.h"
#include "tools/commands/numbers.h"
#include "tools/commands/texts.h"
#include "tools/common/error.h"
#include "tools/common/printable.h"
#include "tools/common/terminal_text.h"
#include "tools/session/beams.h"
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
  std::string from, to;  // languages, by their pieces
  uint32_t beams = 0;    // 0: as the file says
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
    most_ = std::min<size_t>(most_tokens(arguments), context_ + 1 - start_.size());
    settings_ = beam_settings(*file_.model().get());
    settings_.start = {start_.data(), static_cast<uint32_t>(start_.size())};
    settings_.search.most = static_cast<uint32_t>(start_.size() + most_);
    if (!arguments.from.empty()) from_ = piece_id(arguments.from, "source", "--from");
    if (!arguments.to.empty()) go_to(arguments.to);
    session_.emplace(file_, arguments.threads, row_);
    decoder_.emplace(file_, **session_);
    choose_beams(arguments.beams);
  }

  Translation translate(const std::string& text) {
    Translation made;
    made.source = read(text);
    if (beams_) {
      show(beams_->search(*decoder_, made.source), made);
      return made;
    }
    file_.check((*session_)->reset());
    decoder_->encode(made.source);
    SamplerOptions options;
    options.repetition_penalty = settings_.search.repetition_penalty;
    Chooser chooser(file_, options, decoder_->vocabulary());
    chooser.add(start_);
    std::vector<int32_t> all = start_, tokens;
    std::span<const float> logits = decoder_->feed(start_);
    while (tokens.size() < most_) {
      const size_t count = tokens.size();
      const int32_t forced = rules_.forced(count, count + 1 == most_);
      const int32_t next =
          forced >= 0 ? forced : chooser.choose(rules_.allowed(logits, count, all));
      tokens.push_back(next);
      all.push_back(next);
      chooser.add({&next, 1});
      if (file_.model().is_end(next)) break;
      if (tokens.size() < most_) logits = decoder_->feed({&next, 1});
    }
    show(tokens, made);
    return made;
  }

 private:
  // Tokens of a result: what is asked for, else what the file says.
  size_t most_tokens(const Arguments& arguments) const {
    const uint32_t said = file_.model().search().most;
    if (arguments.max_tokens != UINT32_MAX || said <= start_.size()) return arguments.max_tokens;
    return said - start_.size();
  }

  // A language is a token that the decoder is made to begin with, or a code in front of the text.
  void go_to(const std::string& language) {
    const schema::Tokenizer& table = table_of(file_, "source");
    const auto* begin = is_of_words(table) ? words_of(table).code_begin() : nullptr;
    if (size_of(begin) == 0) {
      forced_ = piece_id(language, "target", "--to");
      rules_.force_first(forced_);
      settings_.forced = {&forced_, 1};
      return;
    }
    const bool whole = language.starts_with(begin->string_view());
    code_ = whole ? language : begin->str() + language + words_of(table).code_end()->str();
    (void)piece_id(code_, "source", "--to");
    code_ += ' ';
  }

  // Those that are asked for, else as many as the file says and has sequences for.
  void choose_beams(uint32_t asked) {
    const uint32_t sequences = file_.tables().sequences();
    if (asked != 0) settings_.search.beams = asked;
    if (asked == 0 && settings_.search.beams > sequences) {
      fmt::print(stderr,
                 "fovea: {}: its checkpoint looks with {} beams, for which --max batch={} was not "
                 "said; without beams\n",
                 file_.path(), settings_.search.beams, settings_.search.beams);
      settings_.search.beams = 1;
    }
    if (settings_.search.beams > 1) beams_.emplace(file_, **session_, settings_);
  }

  void show(const std::vector<int32_t>& tokens, Translation& made) const {
    TerminalText terminal;
    int32_t previous = -1;
    made.tokens = tokens;
    for (const int32_t id : tokens) {
      made.ended = file_.model().is_end(id);
      if (made.ended) break;
      if (silent_.contains(id)) continue;
      made.text += terminal.add(target_.decode(previous, id));
      previous = id;
    }
    made.text += terminal.finish();
  }

  static uint32_t context_of(const ModelFile& file) {
    if (!has_encoder(file)) {
      fail("{}: has no encoder: what it continues is for `fovea generate`", file.path());
    }
    return generation_context(file);
  }

  std::vector<int32_t> read(const std::string& given) const {
    const std::string text = code_ + given;
    std::vector<int32_t> ids =
        source_.says_around() ? source_.whole(text).ids : source_.encode(text);
    if (from_ >= 0) ids[language_place(ids)] = from_;
    const uint32_t most = prompt_limit(file_);
    if (ids.empty()) fail("{}: a text has no tokens", file_.path());
    if (ids.size() > most) {
      fail("{}: a text has {} tokens, the encoder holds {}: shorten it", file_.path(), ids.size(),
           most);
    }
    return ids;
  }

  // Where what stands around texts has a token that neither begins nor ends one: the language.
  size_t language_place(const std::vector<int32_t>& ids) const {
    const schema::Tokenizer& table = table_of(file_, "source");
    const auto* around = is_of_words(table) ? words_of(table).single() : nullptr;
    const uint32_t count = size_of(around);
    for (uint32_t i = 0, behind = 0; i < count; ++i) {
      const int32_t id = around->Get(i);
      behind |= id < 0 ? 1u : 0u;
      if (id < 0 || file_.model().is_end(id) || id == table.bos() || id == table.pad()) continue;
      return behind != 0 ? ids.size() - (count - i) : i;
    }
    throw UsageError("--from: the model has no token for the language of texts");
  }

  int32_t piece_id(const std::string& piece, const char* side, const char* option) const {
    const auto* pieces = table_of(file_, side).pieces();
    for (uint32_t i = 0; i < size_of(pieces); ++i) {
      if (pieces->Get(i)->string_view() == piece) return static_cast<int32_t>(i);
    }
    throw UsageError(fmt::format("{} {}: the model has no such token", option, piece));
  }

  std::string row_;
  ModelFile file_;
  uint32_t context_;
  Text source_, target_;
  std::set<int32_t> silent_;
  std::vector<int32_t> start_;
  TokenRules rules_;
  size_t most_ = 0;
  BeamSettings settings_;
  int32_t forced_ = -1, from_ = -1;
  std::string code_;  // before each text
  std::optional<BoundSession> session_;
  std::optional<Decoder> decoder_;
  std::optional<Beams> beams_;
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
                      "The language to translate to, such as fra_Latn or >>fra<<, where models "
                      "have tokens for these");
  command->add_option("--from", arguments->from,
                      "The language of the texts, where models have tokens for these");
  command
      ->add_option("--beams", arguments->beams,
                   "Texts that are looked at side by side; 1: the likeliest token each time")
      ->check(whole_between(1, static_cast<int64_t>(BeamSearch::kMostBeams)));
  command->add_option("--max-tokens", arguments->max_tokens, "Tokens of a result at most")
      ->check(whole_between(1, 1 << 30));
  command->add_option("--threads", arguments->threads, "Threads")->check(thread_count());
  command->add_flag("--json", arguments->json, "A line of JSON for each text");
  command->callback([arguments] { translate(*arguments); });
}

}  // namespace fovea::tools
