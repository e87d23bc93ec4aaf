// `fovea translate`: what an encoder-decoder makes of texts.

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "runtime/text/word_tables.h"
#include "tools/commands/commands.h"
#include "tools/commands/numbers.h"
#include "tools/commands/texts.h"
#include "tools/common/error.h"
#include "tools/session/decoder.h"
#include "tools/session/writer.h"

namespace fovea::tools {
namespace {

using Json = nlohmann::ordered_json;

struct TranslateArguments {
  std::string file;
  std::vector<std::string> texts;
  std::string from, to;  // languages, by their pieces
  uint32_t beams = 0;    // 0: as the file says
  uint32_t max_tokens = UINT32_MAX;
  uint32_t threads = 1;
  bool json = false;
};

struct Translation {
  std::vector<int32_t> source;
  Written target;
};

const schema::Tokenizer& table_of(const ModelFile& file, const char* side) {
  auto tokenizer = file.model().tokenizer(side);
  if (!tokenizer) tokenizer = file.model().tokenizer("text");
  return *file.tables().tokenizers()->Get(tokenizer->index());
}

class Translator {
 public:
  explicit Translator(const TranslateArguments& arguments)
      : row_(chosen_row()), file_(arguments.file), source_(find_source(file_)) {
    int32_t first = -1;
    if (!arguments.from.empty()) from_ = piece_id(arguments.from, "source", "--from");
    if (!arguments.to.empty()) first = go_to(arguments.to);
    session_.emplace(file_, arguments.threads, row_);
    decoder_.emplace(file_, **session_);
    writer_.emplace(file_, **session_, WriterOptions{arguments.beams, arguments.max_tokens}, first);
  }

  Translation translate(const std::string& text) {
    Translation made;
    made.source = read(text);
    made.target = writer_->write(*decoder_, [&] { decoder_->encode(made.source); });
    return made;
  }

 private:
  // A language is a token that the decoder is made to begin with, which it returns, or a code in
  // front of the text.
  int32_t go_to(const std::string& language) {
    const schema::Tokenizer& table = table_of(file_, "source");
    const auto* begin = is_of_words(table) ? words_of(table).code_begin() : nullptr;
    if (size_of(begin) == 0) return piece_id(language, "target", "--to");
    const bool whole = language.starts_with(begin->string_view());
    code_ = whole ? language : begin->str() + language + words_of(table).code_end()->str();
    (void)piece_id(code_, "source", "--to");
    code_ += ' ';
    return -1;
  }

  static Text find_source(const ModelFile& file) {
    if (!has_encoder(file)) {
      fail("{}: has no encoder: what it continues is for `fovea generate`", file.path());
    }
    (void)generation_context(file);
    return find_text(file, "source");
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
  Text source_;
  int32_t from_ = -1;
  std::string code_;  // before each text
  std::optional<BoundSession> session_;
  std::optional<Decoder> decoder_;
  std::optional<Writer> writer_;
};

void translate(const TranslateArguments& arguments) {
  Translator translator(arguments);
  for_each_text(arguments.texts, [&](const std::string& text) {
    const Translation made = translator.translate(text);
    if (arguments.json) {
      const Json json = {{"source", text},
                         {"text", made.target.text},
                         {"source_tokens", made.source},
                         {"tokens", made.target.tokens},
                         {"stopped", made.target.ended ? "end of text" : "max-tokens"}};
      fmt::print("{}\n", json.dump(-1, ' ', true, Json::error_handler_t::replace));
    } else {
      fmt::print("{}\n", made.target.text);
    }
    std::fflush(stdout);
  });
}

}  // namespace

void add_translate(CLI::App& app) {
  const auto arguments = std::make_shared<TranslateArguments>();
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
