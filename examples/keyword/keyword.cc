#include "examples/keyword/keyword.h"

#include <algorithm>
#include <cstddef>
#include <span>

namespace keyword {

bool Detector::is_new(const Verdict& verdict, bool keyword, uint64_t milliseconds) {
  if (!keyword || verdict.probability < threshold_) return false;
  const bool known = label_ == verdict.label && milliseconds - heard_ < kAbsence;
  label_ = verdict.label;
  heard_ = milliseconds;
  return !known;
}

// Gives the model the samples up to `end`. Where the audio ends before the first second does,
// silence follows it; later it has ended.
bool Listener::hear(AudioReader& audio, const char* name, uint64_t end, bool* ended, Line* error) {
  while (position_ < end) {
    const uint64_t wanted = std::min<uint64_t>((end - position_) / kHop, model_.most_hops());
    std::span<float> samples;
    if (!model_.next(static_cast<uint32_t>(wanted), &samples, error)) return false;
    size_t filled = 0, count = kHop;
    for (; filled < samples.size() && count == kHop; filled += count) {
      if (!audio.read(samples_, &count, error)) return false;
      for (size_t i = 0; i < count; ++i) {
        samples[filled + i] = static_cast<float>(samples_[i]) * (1.0f / 32768.0f);
      }
    }
    if (position_ + filled == 0) return error->fail("%s: has no samples", name);
    if (filled < samples.size() && position_ >= kWindow) return *ended = true;
    std::fill(samples.begin() + static_cast<ptrdiff_t>(filled), samples.end(), 0.0f);
    if (!model_.run(error)) return false;
    position_ += samples.size();
  }
  return true;
}

bool Listener::report(FILE* out, Line* error) {
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
  if (!model_.reset(error)) return false;
  position_ = 0;
  const uint64_t step = uint64_t{settings_.every} * kSampleRate / 1000;
  for (uint64_t end = kWindow;; end += step) {
    bool ended = false;
    if (!hear(audio, name, end, &ended, error)) return false;
    if (ended) return true;
    if (!report(out, error)) return false;
  }
}

}  // namespace keyword
