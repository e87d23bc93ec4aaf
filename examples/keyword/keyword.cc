#include "examples/keyword/keyword.h"

#include <algorithm>

namespace keyword {

bool Detector::is_new(const Verdict& verdict, bool keyword, uint64_t milliseconds) {
  if (!keyword || verdict.probability < threshold_) return false;
  const bool known = label_ == verdict.label && milliseconds - heard_ < kAbsence;
  label_ = verdict.label;
  heard_ = milliseconds;
  return !known;
}

// Reads up to the sample `end`; position_ stays before it where the audio ends.
bool Listener::fill(AudioReader& audio, uint64_t end, Line* error) {
  while (position_ < end) {
    const size_t wanted = static_cast<size_t>(std::min<uint64_t>(kChunk, end - position_));
    size_t count = 0;
    if (!audio.read({samples_, wanted}, &count, error)) return false;
    mfcc_.push({samples_, count});
    position_ += count;
    if (count < wanted) return true;
  }
  return true;
}

void Listener::add_silence() {
  std::fill_n(samples_, kChunk, int16_t{0});
  while (position_ < kWindow) {
    const size_t count = static_cast<size_t>(std::min<uint64_t>(kChunk, kWindow - position_));
    mfcc_.push({samples_, count});
    position_ += count;
  }
}

bool Listener::report(FILE* out, Line* error) {
  mfcc_.window(model_.features());
  if (!model_.run(error)) return false;
  const Verdict verdict = model_.verdict();
  const uint64_t milliseconds = position_ * 1000 / kSampleRate;
  const bool is_new = detector_.is_new(verdict, model_.is_keyword(verdict.label), milliseconds);
  if (!is_new && !settings_.all) return true;
  std::fprintf(out, "%9.2f  %-12s %.3f\n", static_cast<double>(milliseconds) / 1000.0,
               model_.label(verdict.label), static_cast<double>(verdict.probability));
  // Whoever reads a pipe wants the line now.
  std::fflush(out);
  return std::ferror(out) == 0 || error->fail("standard output: cannot be written");
}

bool Listener::listen(AudioReader& audio, const char* name, FILE* out, Line* error) {
  const uint64_t step = uint64_t{settings_.every} * kSampleRate / 1000;
  for (uint64_t end = kWindow;; end += step) {
    if (!fill(audio, end, error)) return false;
    if (position_ == 0) return error->fail("%s: has no samples", name);
    if (position_ < end) {
      if (end > kWindow) return true;
      add_silence();
    }
    if (!report(out, error)) return false;
  }
}

}  // namespace keyword
