// Listens to audio: what was said in the last second, each so many milliseconds, and one line for
// each keyword.

#ifndef FOVEA_EXAMPLES_KEYWORD_KEYWORD_H_
#define FOVEA_EXAMPLES_KEYWORD_KEYWORD_H_

#include <cstdint>
#include <cstdio>

#include "examples/keyword/model.h"
#include "examples/keyword/wav.h"

namespace keyword {

struct Settings {
  uint32_t every = 100;    // milliseconds from window to window, a multiple of 10
  float threshold = 0.6f;  // of a keyword's probability
  bool all = false;        // a line for each window
};

// Which windows are worth a line. A keyword is heard in several of them: the first one counts, and
// the keyword again once it was absent for half a second.
class Detector {
 public:
  explicit Detector(float threshold) : threshold_(threshold) {}

  bool is_new(const Verdict& verdict, bool keyword, uint64_t milliseconds);

 private:
  static constexpr uint64_t kAbsence = 500;

  float threshold_;
  int64_t label_ = -1;  // the last one heard
  uint64_t heard_ = 0;  // milliseconds
};

class Listener {
 public:
  Listener(const KeywordModel& model, const Settings& settings)
      : model_(model), settings_(settings), detector_(settings.threshold) {}

  // Until the audio ends. Audio shorter than a window is followed by silence.
  [[nodiscard]] bool listen(AudioReader& audio, const char* name, FILE* out, Line* error);

 private:
  bool hear(AudioReader& audio, const char* name, uint64_t end, bool* ended, Line* error);
  bool report(FILE* out, Line* error);

  const KeywordModel& model_;
  const Settings settings_;
  Detector detector_;
  int16_t samples_[kHop] = {};
  uint64_t position_ = 0;  // samples since the start
};

}  // namespace keyword

#endif  // FOVEA_EXAMPLES_KEYWORD_KEYWORD_H_
