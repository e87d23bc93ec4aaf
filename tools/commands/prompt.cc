#include "tools/commands/prompt.h"

#include <charconv>
#include <optional>

#include "tools/common/error.h"
#include "tools/common/mapped_file.h"
#include "tools/session/decoder.h"
#include "tools/session/text.h"
#include "tools/session/token_rules.h"

namespace fovea::tools {
namespace {

// At most `most` bytes if they come out of a pipe, and a line end.
std::string read_text(const std::string& path, size_t most) {
  const MappedFile file(path, most + 2);
  std::string text(file.bytes().begin(), file.bytes().end());
  // The line end that an editor or echo puts last is none of the text.
  if (text.ends_with('\n')) text.pop_back();
  if (text.ends_with('\r')) text.pop_back();
  return text;
}

std::vector<int32_t> parse_ids(const std::string& list) {
  std::vector<int32_t> ids;
  const char* at = list.data();
  const char* const end = at + list.size();
  while (true) {
    int32_t id = -1;
    const auto [stop, error] = std::from_chars(at, end, id);
    if (error != std::errc() || id < 0 || (stop != end && *stop != ',')) {
      throw UsageError(fmt::format("--tokens {}: give ids as 1,403,407", list));
    }
    ids.push_back(id);
    if (stop == end) return ids;
    at = stop + 1;
  }
}

class PromptMaker {
 public:
  PromptMaker(const ModelFile& file, const PromptOptions& options)
      : file_(file), options_(options), encoder_(has_encoder(file)), limit_(prompt_limit(file)) {}

  Prompt make() {
    const std::vector<int32_t> begin = start_ids(file_);
    std::vector<int32_t> ids = options_.tokens ? parse_ids(*options_.tokens) : text_ids();
    if (encoder_) {
      prompt_.source = std::move(ids);
      prompt_.start = begin;
    } else {
      // A tokenizer that knows what stands around a text has put it there.
      if (!options_.tokens && (!around_ || ids.empty())) prompt_.start = begin;
      prompt_.unseen = prompt_.start.size() + before_;
      prompt_.start.insert(prompt_.start.end(), ids.begin(), ids.end());
    }
    check();
    return prompt_;
  }

  // The prompt's text, of as many bytes as may fit.
  std::string read(const Text& tokenizer) const {
    // More bytes than these cannot fit, so they need not be read and encoded.
    const size_t longest = tokenizer.longest();
    const size_t most = longest < kMostBytes / limit_ ? longest * limit_ : kMostBytes;
    const std::string text = options_.file ? read_text(*options_.file, most) : *options_.text;
    if (text.size() > most) {
      fail("{}: the prompt has more than {} bytes, too many: {} holds {} tokens; shorten it",
           file_.path(), most, holder(), limit_);
    }
    return text;
  }

 private:
  std::vector<int32_t> text_ids() {
    if (options_.text.value_or("").empty() && !options_.file) return {};
    const bool source = encoder_ && Text::find(file_, "source");
    const char* name = source ? "source" : "text";
    const std::optional<Text> tokenizer = Text::find(file_, name);
    if (!tokenizer) {
      fail("{}: has no tokenizer '{}': convert it with --tokenizer FILE, or give ids by --tokens",
           file_.path(), name);
    }
    prompt_.text = read(*tokenizer);
    if (!tokenizer->says_around()) return tokenizer->encode(prompt_.text);
    around_ = true;
    before_ = tokenizer->before();
    return tokenizer->whole(prompt_.text).ids;
  }

  void check() const {
    if (prompt_.start.empty() || (encoder_ && prompt_.source.empty())) {
      fail("{}: an empty prompt needs a model with a begin-of-text token: give --prompt TEXT",
           file_.path());
    }
    const size_t count = encoder_ ? prompt_.source.size() : prompt_.start.size();
    if (count > limit_) {
      fail("{}: the prompt has {} tokens, {} holds {}: shorten it", file_.path(), count, holder(),
           limit_);
    }
  }

  const char* holder() const { return encoder_ ? "the encoder" : "the context"; }

  static constexpr size_t kMostBytes = size_t{1} << 28;

  const ModelFile& file_;
  const PromptOptions& options_;
  bool encoder_;
  uint32_t limit_;
  Prompt prompt_;
  bool around_ = false;  // the ids of the text have all that stands around it
  size_t before_ = 0;    // those of them that stand before it
};

}  // namespace

void add_prompt_options(CLI::App& command, PromptOptions& options) {
  CLI::Option* text =
      command.add_option("--prompt", options.text, "What to begin with, or to translate");
  CLI::Option* file = command.add_option(
      "--prompt-file", options.file,
      "File that holds the prompt, or - for standard input; without its last line end");
  CLI::Option* tokens = command.add_option(
      "--tokens", options.tokens, "Ids instead of a text, as 1,403,407; none is put before them");
  text->excludes(file, tokens);
  file->excludes(tokens);
}

std::string prompt_text(const ModelFile& file, const PromptOptions& options) {
  return PromptMaker(file, options).read(*Text::find(file, "text"));
}

Prompt make_prompt(const ModelFile& file, const PromptOptions& options) {
  return PromptMaker(file, options).make();
}

}  // namespace fovea::tools
