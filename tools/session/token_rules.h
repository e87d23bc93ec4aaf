// What a model file says of choosing a decoder's tokens: what it begins with, what comes first and
// last whatever the logits are, what never comes.

#ifndef FOVEA_TOOLS_SESSION_TOKEN_RULES_H_
#define FOVEA_TOOLS_SESSION_TOKEN_RULES_H_

#include <cstdint>
#include <span>
#include <vector>

#include "tools/session/session.h"

namespace fovea::tools {

// What a decoder reads before its first token: what the file says of it, else what begins a text.
std::vector<int32_t> start_ids(const ModelFile& file);

class TokenRules {
 public:
  explicit TokenRules(const ModelFile& file);

  // Comes first instead of what the file says.
  void force_first(int32_t id) { forced_ = {id}; }

  // The token that has to come after `count` others, `last` being that no other may follow it; -1
  // where the logits decide.
  int32_t forced(size_t count, bool last) const;
  // The logits, those that may not come after `count` others being the least numbers there are.
  // `text`: all tokens so far, those that the decoder began with among them, where these matter.
  std::span<const float> allowed(std::span<const float> logits, size_t count,
                                 std::span<const int32_t> text = {});

 private:
  void suppress(const std::vector<int32_t>& ids);
  void suppress_repeated(std::span<const int32_t> text);

  std::vector<int32_t> forced_, forced_last_, suppressed_, suppressed_first_, end_;
  fovea_search search_;
  std::vector<float> room_;
};

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_SESSION_TOKEN_RULES_H_
