// Which tokens of time a decoder may give: Whisper's rules (Radford et al. 2022).

#ifndef FOVEA_TOOLS_SESSION_TIME_RULES_H_
#define FOVEA_TOOLS_SESSION_TIME_RULES_H_

#include <cstdint>
#include <span>
#include <vector>

#include "tools/session/session.h"

namespace fovea::tools {

class TimeRules {
 public:
  // `audio` says which tokens are times; `end` is the token that ends a text.
  TimeRules(const schema::Audio& audio, int32_t end) : audio_(audio), end_(end) {}

  bool is_time(int32_t id) const { return id >= audio_.first_time(); }
  // In seconds.
  double time_of(int32_t id) const {
    return static_cast<double>(id - audio_.first_time()) * audio_.step() / 1000.0;
  }

  // The logits, those of tokens that may not follow `made` being the least numbers there are. Times
  // do not fall and come in pairs, the first one of each closing what came before; a text begins
  // with one, and where all times together are likelier than any other token, one comes.
  std::span<const float> allowed(std::span<const float> logits, const std::vector<int32_t>& made);

 private:
  void hide(size_t first, size_t end);
  bool prefers_times() const;

  const schema::Audio& audio_;
  int32_t end_;
  std::vector<float> room_;
};

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_SESSION_TIME_RULES_H_
