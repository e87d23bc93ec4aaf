#include "tools/session/writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <utility>

#include "tools/common/error.h"
#include "tools/common/terminal_text.h"
#include "tools/session/chooser.h"

namespace fovea::tools {
namespace {

// What is asked for, else what the file says, that a context holds.
size_t most_tokens(const ModelFile& file, uint32_t asked, size_t start) {
  const uint32_t said = file.model().search().most;
  const size_t wanted = asked == UINT32_MAX && said > start ? said - start : asked;
  const size_t context = generation_context(file);
  if (start > context) {
    fail("{}: its context of {} tokens has no room for the {} that it begins with", file.path(),
         context, start);
  }
  return std::min(wanted, context + 1 - start);
}

}  // namespace

Text find_text(const ModelFile& file, const char* side) {
  for (const char* name : {side, "text"}) {
    if (const std::optional<Text> text = Text::find(file, name)) return *text;
  }
  fail("{}: has no tokenizer: convert it with --tokenizer FILE, or use `fovea run`", file.path());
}

Writer::Writer(const ModelFile& file, const Session& session, const WriterOptions& options,
               int32_t first)
    : file_(file),
      session_(session),
      text_(find_text(file, "target")),
      silent_(silent_ids(file)),
      start_(start_ids(file)),
      first_(first),
      rules_(file) {
  if (start_.empty()) {
    fail("{}: does not say what its decoder begins with: convert a folder that does", file_.path());
  }
  most_ = most_tokens(file_, options.max_tokens, start_.size());
  settings_ = beam_settings(*file_.model().get());
  settings_.start = {start_.data(), static_cast<uint32_t>(start_.size())};
  settings_.search.most = static_cast<uint32_t>(start_.size() + most_);
  if (first_ >= 0) {
    rules_.force_first(first_);
    settings_.forced = {&first_, 1};
  }
  choose_beams(options.beams);
}

void Writer::choose_beams(uint32_t asked) {
  const uint32_t sequences = file_.tables().sequences();
  if (asked != 0) settings_.search.beams = asked;
  if (asked == 0 && settings_.search.beams > sequences) {
    fmt::print(stderr,
               "fovea: {}: its checkpoint looks with {} beams, for which --max batch={} was not "
               "said; without beams\n",
               file_.path(), settings_.search.beams, settings_.search.beams);
    settings_.search.beams = 1;
  }
  if (settings_.search.beams > 1) beams_.emplace(file_, session_, settings_);
}

Written Writer::write(const Decoder& decoder, const std::function<void()>& encode) {
  if (beams_) return shown(beams_->search(decoder, encode));
  file_.check(session_.reset());
  encode();
  return shown(likeliest(decoder));
}

// One after the other.
std::vector<int32_t> Writer::likeliest(const Decoder& decoder) {
  SamplerOptions options;
  options.repetition_penalty = settings_.search.repetition_penalty;
  Chooser chooser(file_, options, decoder.vocabulary());
  chooser.add(start_);
  std::vector<int32_t> all = start_, tokens;
  std::span<const float> logits = decoder.feed(start_);
  while (tokens.size() < most_) {
    const size_t count = tokens.size();
    const int32_t forced = rules_.forced(count, count + 1 == most_);
    const int32_t next = forced >= 0 ? forced : chooser.choose(rules_.allowed(logits, count, all));
    tokens.push_back(next);
    all.push_back(next);
    chooser.add({&next, 1});
    if (file_.model().is_end(next)) break;
    if (tokens.size() < most_) logits = decoder.feed({&next, 1});
  }
  return tokens;
}

Written Writer::shown(std::vector<int32_t> tokens) const {
  Written made;
  TerminalText terminal;
  int32_t previous = -1;
  for (const int32_t id : tokens) {
    made.ended = file_.model().is_end(id);
    if (made.ended) break;
    if (silent_.contains(id)) continue;
    made.text += terminal.add(text_.decode(previous, id));
    previous = id;
  }
  made.text += terminal.finish();
  made.tokens = std::move(tokens);
  return made;
}

}  // namespace fovea::tools
