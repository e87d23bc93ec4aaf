#include "tools/session/transcriber.h"

#include <algorithm>
#include <cmath>

#include "tools/common/error.h"
#include "tools/common/terminal_text.h"

namespace fovea::tools {
namespace {

// The likeliest of some tokens, or of all; the first of several.
int32_t likeliest(const ModelFile& file, std::span<const float> logits,
                  const flatbuffers::Vector<int32_t>* ids = nullptr) {
  const size_t count = ids == nullptr ? logits.size() : ids->size();
  int32_t best = -1;
  for (size_t i = 0; i < count; ++i) {
    const int32_t id =
        ids == nullptr ? static_cast<int32_t>(i) : ids->Get(static_cast<flatbuffers::uoffset_t>(i));
    if (id < 0 || static_cast<size_t>(id) >= logits.size()) {
      fail("{}: names token {}, it has {}", file.path(), id, logits.size());
    }
    const float logit = logits[static_cast<size_t>(id)];
    if (!std::isfinite(logit)) fail("{}: a logit is no finite number", file.path());
    if (best < 0 || logit > logits[static_cast<size_t>(best)]) best = id;
  }
  return best;
}

// Without the spaces that it begins and ends with.
std::string stripped(const std::string& text) {
  const size_t first = text.find_first_not_of(' '), last = text.find_last_not_of(' ');
  return first == text.npos ? std::string() : text.substr(first, last + 1 - first);
}

int32_t end_of(const ModelFile& file) {
  uint32_t count = 0;
  const int32_t* ids = file.model().special_ids(FOVEA_SPECIAL_END, &count);
  return count == 0 ? 0 : ids[0];
}

}  // namespace

std::string Speech::text() const {
  std::string all;
  for (const Segment& segment : segments) {
    if (!all.empty() && !segment.text.empty() && segment.text[0] != ' ') all += ' ';
    all += segment.text;
  }
  return stripped(all);
}

Transcriber::Transcriber(const std::string& path, const SpeechOptions& options, uint32_t threads)
    : file_(path),
      options_(options),
      listener_(file_),
      rules_(file_),
      text_(Text::find(file_, "text")),
      silent_(silent_ids(file_)),
      session_(file_, threads, chosen_row()) {
  const int32_t decode = file_.model().find_method("decode");
  const schema::Audio& audio = listener_.audio();
  if (decode < 0 && audio.blank() < 0) {
    fail("{}: gives no text: it has no method 'decode' and no logits of CTC", file_.path());
  }
  expect_options();
  if (decode < 0) return;
  step_.emplace(file_, *session_, static_cast<uint32_t>(decode));
  context_ = generation_context(file_);
  if (options_.times) times_.emplace(audio, end_of(file_));
  if (start_ids(file_).empty()) {
    fail("{}: does not say what its decoder begins with: convert a folder that does", file_.path());
  }
}

int32_t Transcriber::id_of(const char* option, const std::string& name) const {
  const schema::Audio& audio = listener_.audio();
  const bool task = std::string(option) == "--task";
  const auto* names = task ? audio.tasks() : audio.languages();
  const auto* ids = task ? audio.task_ids() : audio.language_ids();
  std::string known;
  for (uint32_t i = 0; i < std::min(size_of(names), size_of(ids)); ++i) {
    if (names->Get(i)->string_view() == name) return ids->Get(i);
    known += (i == 0 ? "" : ", ") + names->Get(i)->str();
  }
  throw UsageError(fmt::format("{} {}: the model has {}", option, name,
                               known.empty() ? "none to choose from" : "only " + known));
}

void Transcriber::expect_options() const {
  if (!options_.language.empty()) id_of("--language", options_.language);
  if (!options_.task.empty()) id_of("--task", options_.task);
  const schema::Audio& audio = listener_.audio();
  if (options_.times && (audio.first_time() < 0 || audio.no_times() < 0 || audio.step() == 0)) {
    throw UsageError("--timestamps: the model has no tokens of time");
  }
}

// What the decoder reads before its first token, the first one of it, where a language is heard by
// it, having been read.
std::vector<int32_t> Transcriber::beginning(Speech& speech) {
  const schema::Audio& audio = listener_.audio();
  std::vector<int32_t> ids = start_ids(file_);
  size_t read = 0;
  const bool told = !options_.language.empty() || !options_.task.empty();
  if (told) ids.resize(1);
  speech.language = options_.language;
  if (!options_.language.empty()) {
    ids.push_back(id_of("--language", options_.language));
  } else if (ids.size() == 1 && size_of(audio.language_ids()) > 0) {
    step_->run(ids);
    read = 1;
    ids.push_back(likeliest(file_, step_->logits(), audio.language_ids()));
    const auto& known = *audio.language_ids();
    const auto at = std::find(known.begin(), known.end(), ids[1]) - known.begin();
    if (at < size_of(audio.languages())) {
      speech.language = audio.languages()->Get(static_cast<uint32_t>(at))->str();
    }
  }
  if (told && size_of(audio.task_ids()) > 0) {
    ids.push_back(id_of("--task", options_.task.empty() ? "transcribe" : options_.task));
  }
  const int32_t none = audio.no_times();
  if (times_ && ids.size() > read + 1 && ids.back() == none) ids.pop_back();
  if (!times_ && none >= 0 && ids.back() != none) ids.push_back(none);
  context_begin_ = ids.size();
  ids.erase(ids.begin(), ids.begin() + static_cast<ptrdiff_t>(read));
  return ids;
}

std::vector<int32_t> Transcriber::decode(const std::vector<int32_t>& begin) {
  if (context_begin_ > context_) {
    fail("{}: its context of {} tokens has no room for the {} that it begins with", file_.path(),
         context_, context_begin_);
  }
  const size_t most = std::min<size_t>(options_.max_tokens, context_ + 1 - context_begin_);
  std::vector<int32_t> made;
  for (size_t first = 0; first < begin.size(); first += step_->max_tokens()) {
    const size_t count = std::min<size_t>(step_->max_tokens(), begin.size() - first);
    step_->run({&begin[first], count});
  }
  while (made.size() < most) {
    const int32_t forced = rules_.forced(made.size(), made.size() + 1 == most);
    std::span<const float> logits = rules_.allowed(step_->logits(), made.size());
    if (times_) logits = times_->allowed(logits, made);
    made.push_back(forced >= 0 ? forced : likeliest(file_, logits));
    if (file_.model().is_end(made.back())) break;
    if (made.size() < most) step_->run({&made.back(), 1});
  }
  return made;
}

std::string Transcriber::text_of(std::span<const int32_t> ids) const {
  TerminalText terminal;
  std::string text;
  int32_t previous = -1;
  const int32_t times = listener_.audio().first_time();
  for (const int32_t id : ids) {
    if (!text_ || silent_.contains(id) || (times >= 0 && id >= times)) continue;
    text += terminal.add(text_->decode(previous, id));
    previous = id;
  }
  return text + terminal.finish();
}

// The letters of CTC: of neighbours that are the same, one; none of those that are blank.
void Transcriber::add_letters(double start, double seconds, Speech& speech) {
  const Tensor<float> logits = listener_.output(*session_, "logits");
  const auto* labels = file_.tables().labels();
  Segment segment = {start, start + seconds, {}};
  int32_t before = -1;
  for (size_t row = 0; row < logits.rows(); ++row) {
    const int32_t id = likeliest(file_, {logits.row(row), logits.width()});
    if (id != before && id != listener_.audio().blank()) {
      speech.tokens.push_back(id);
      if (static_cast<uint32_t>(id) < size_of(labels)) {
        segment.text += labels->Get(static_cast<uint32_t>(id))->str();
      }
    }
    before = id;
  }
  segment.text = stripped(segment.text);
  speech.segments.push_back(std::move(segment));
}

// Segments lie between two times that follow each other. Returns how many samples are done: where a
// segment was begun and not closed, up to the last one that was.
size_t Transcriber::add_timed(const std::vector<int32_t>& ids, double start, double seconds,
                              Speech& speech) {
  const size_t n = ids.size();
  const auto time = [&](size_t i) { return times_->is_time(ids[i]); };
  const bool closed = n >= 2 && !time(n - 2) && time(n - 1);
  std::vector<size_t> ends;
  for (size_t i = 1; i < n; ++i) {
    if (time(i - 1) && time(i)) ends.push_back(i);
  }
  const auto add = [&](size_t first, size_t end, double from, double to) {
    const std::string text = text_of({ids.data() + first, end - first});
    speech.segments.push_back({start + from, start + to, text});
  };
  if (ends.empty()) {
    const auto last =
        std::find_if(ids.rbegin(), ids.rend(), [&](int32_t id) { return times_->is_time(id); });
    const bool says = last != ids.rend() && times_->time_of(*last) > 0;
    add(0, n, 0, says ? times_->time_of(*last) : seconds);
    return 0;
  }
  if (closed) {
    ends.push_back(n);
  } else {
    ++ends.back();
  }
  size_t first = 0;
  for (const size_t end : ends) {
    const size_t close = end == ends.back() && !closed ? end - 2 : end - 1;
    add(first, end, std::max(0.0, times_->time_of(ids[first])),
        std::max(0.0, times_->time_of(ids[close])));
    first = end;
  }
  if (closed) return 0;
  return static_cast<size_t>(times_->time_of(ids[first - 2]) * rate() + 0.5);
}

// Returns how many samples of the window are done; 0: all of them.
size_t Transcriber::add_window(double start, double seconds, Speech& speech) {
  if (!step_) {
    add_letters(start, seconds, speech);
    return 0;
  }
  std::vector<int32_t> ids = decode(beginning(speech));
  speech.tokens.insert(speech.tokens.end(), ids.begin(), ids.end());
  if (!ids.empty() && file_.model().is_end(ids.back())) ids.pop_back();
  if (times_) return add_timed(ids, start, seconds, speech);
  speech.segments.push_back({start, start + seconds, text_of(ids)});
  return 0;
}

Speech Transcriber::transcribe(const std::vector<float>& samples) {
  Speech speech;
  const uint32_t window = listener_.audio().window();
  // Of models that take any number, windows are equally long, so that none is too short.
  const size_t most = window > 0 ? std::min(window, listener_.most()) : listener_.most();
  const size_t windows = (samples.size() + most - 1) / most;
  const size_t each = window > 0 ? most : (samples.size() + windows - 1) / windows;
  for (size_t at = 0; at < samples.size();) {
    const size_t count = std::min(each, samples.size() - at);
    file_.check(session_->reset());
    listener_.hear(*session_, {&samples[at], count});
    const size_t done =
        add_window(static_cast<double>(at) / rate(), static_cast<double>(count) / rate(), speech);
    at += done > 0 && done < count ? done : count;
  }
  return speech;
}

}  // namespace fovea::tools
