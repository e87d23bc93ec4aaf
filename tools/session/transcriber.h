// What models make of speech: encoder-decoders token by token, encoders with CTC at once.

#ifndef FOVEA_TOOLS_SESSION_TRANSCRIBER_H_
#define FOVEA_TOOLS_SESSION_TRANSCRIBER_H_

#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "tools/session/decoder.h"
#include "tools/session/listener.h"
#include "tools/session/text.h"
#include "tools/session/time_rules.h"
#include "tools/session/token_rules.h"

namespace fovea::tools {

struct SpeechOptions {
  std::string language = {}, task = {};  // empty: as the model has it
  bool times = false;
  uint32_t max_tokens = UINT32_MAX;
};

// What is said from second `start` to second `end`.
struct Segment {
  double start = 0, end = 0;
  std::string text;
};

struct Speech {
  std::vector<Segment> segments;
  std::vector<int32_t> tokens;  // of all windows
  std::string language;         // that was told or heard
  std::string text() const;
};

class Transcriber {
 public:
  // Throws InputError where the file holds no model of speech, UsageError for a language, a task or
  // times that it does not have.
  Transcriber(const std::string& path, const SpeechOptions& options, uint32_t threads);

  uint32_t rate() const { return listener_.rate(); }
  // Longer recordings go through the model window by window.
  Speech transcribe(const std::vector<float>& samples);

 private:
  void expect_options() const;
  int32_t id_of(const char* option, const std::string& name) const;
  std::vector<int32_t> beginning(Speech& speech);
  std::vector<int32_t> decode(const std::vector<int32_t>& begin);
  std::string text_of(std::span<const int32_t> ids) const;
  // These return how many samples of a window are done, 0 for all.
  size_t add_window(double start, double seconds, Speech& speech);
  size_t add_timed(const std::vector<int32_t>& ids, double start, double seconds, Speech& speech);
  void add_letters(double start, double seconds, Speech& speech);

  ModelFile file_;
  SpeechOptions options_;
  Listener listener_;
  TokenRules rules_;
  std::optional<Text> text_;
  std::set<int32_t> silent_;
  BoundSession session_;
  std::optional<TokenMethod> step_;  // of a decoder
  std::optional<TimeRules> times_;
  size_t context_ = 0, context_begin_ = 0;  // tokens; of these, those that a window begins with
};

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_SESSION_TRANSCRIBER_H_
