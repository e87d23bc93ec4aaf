#include "tools/commands/talk.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "tools/common/error.h"
#include "tools/common/printable.h"
#include "tools/common/terminal_text.h"
#include "tools/session/chat.h"
#include "tools/session/chooser.h"
#include "tools/session/decoder.h"
#include "tools/session/text.h"

namespace fovea::tools {
namespace {

using Json = nlohmann::ordered_json;

constexpr size_t kLongestLine = size_t{1} << 26;

// The next line of standard input that is not empty; nothing at its end.
std::optional<std::string> next_line(bool terminal) {
  while (true) {
    if (terminal) {
      fmt::print(stderr, "> ");
      std::fflush(stderr);
    }
    std::string line;
    int c = 0;
    while ((c = std::getc(stdin)) != EOF && c != '\n') {
      if (line.size() == kLongestLine) fail("standard input: a line of more than 64 MB");
      line += static_cast<char>(c);
    }
    if (line.ends_with('\r')) line.pop_back();
    if (!line.empty()) return line;
    if (c == EOF) return std::nullopt;
  }
}

class Talk {
 public:
  Talk(const TalkOptions& options, const ModelFile& file, const Session& session)
      : options_(options),
        file_(file),
        decoder_(file, session),
        text_(Text::find(file, "text")),
        chooser_(file, options.sampler, decoder_.vocabulary()),
        context_(generation_context(file)) {}

  void run() {
    if (options_.prompt.text || options_.prompt.file) {
      return turn(prompt_text(file_, options_.prompt));
    }
    const bool terminal = isatty(STDIN_FILENO) != 0 && isatty(STDERR_FILENO) != 0;
    while (const auto line = next_line(terminal)) turn(*line);
  }

 private:
  void turn(const std::string& message) {
    std::vector<ChatMessage> messages;
    if (!answered_ && options_.system) messages.push_back({"system", *options_.system});
    messages.push_back({"user", message});
    const std::vector<int32_t> ids = chat_ids(file_, answered_, messages);
    const size_t taken = read_ + unread_.size();
    if (ids.size() > context_ - std::min(taken, context_)) {
      fail(
          "{}: the context is full: it holds {} tokens, {} are taken, and the message needs {}: "
          "start again, or convert with a greater --max context",
          file_.path(), context_, taken, ids.size());
    }
    chooser_.add(ids);
    unread_.insert(unread_.end(), ids.begin(), ids.end());
    answer(ids);
    answered_ = true;
  }

  std::span<const float> feed(std::span<const int32_t> ids) {
    read_ += ids.size();
    return decoder_.feed(ids);
  }

  // The token that ends an answer is not read: it is among what stands before the next message.
  void answer(const std::vector<int32_t>& ids) {
    TerminalText terminal;
    std::string all;
    std::vector<int32_t> tokens;
    const char* stopped = "max-tokens";
    int32_t previous = ids.back(), next = chooser_.choose(feed(std::exchange(unread_, {})));
    while (true) {
      if (file_.model().chat().is_end(next)) {
        stopped = "end of answer";
        break;
      }
      tokens.push_back(next);
      chooser_.add({&next, 1});
      show(terminal.add(text_->decode(previous, next)), &all);
      previous = next;
      const bool full = read_ == context_;
      if (full) stopped = "context full";
      if (full || tokens.size() == options_.max_tokens) {
        unread_ = {next};
        break;
      }
      next = chooser_.choose(feed({&next, 1}));
    }
    show(terminal.finish(), &all);
    end(ids, tokens, all, stopped);
  }

  void show(const std::string& piece, std::string* all) const {
    *all += piece;
    if (options_.json) return;
    std::fwrite(piece.data(), 1, piece.size(), stdout);
    std::fflush(stdout);
  }

  void end(const std::vector<int32_t>& ids, const std::vector<int32_t>& tokens,
           const std::string& text, const char* stopped) const {
    if (options_.json) {
      const Json json = {{"text", text},
                         {"prompt_tokens", ids},
                         {"tokens", tokens},
                         {"stopped", stopped},
                         {"context_tokens", read_ + unread_.size()}};
      fmt::print("{}\n", json.dump(-1, ' ', /*ensure_ascii=*/true, Json::error_handler_t::replace));
    } else {
      fmt::print("\n");
    }
    std::fflush(stdout);
    if (stopped == std::string("context full")) {
      fmt::print(stderr, "fovea: the context of {} tokens is full: the answer ends here\n",
                 context_);
    }
  }

  const TalkOptions& options_;
  const ModelFile& file_;
  Decoder decoder_;
  std::optional<Text> text_;
  Chooser chooser_;
  size_t context_;
  size_t read_ = 0;              // tokens in the caches
  std::vector<int32_t> unread_;  // chosen and shown, but not in them
  bool answered_ = false;
};

}  // namespace

void talk(const TalkOptions& options) {
  const std::string row = chosen_row();
  const ModelFile file(options.file);
  generation_context(file);
  expect_chat(file);
  const BoundSession session(file, options.threads, row);
  Talk(options, file, *session).run();
}

}  // namespace fovea::tools
