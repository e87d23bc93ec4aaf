#include "tools/session/chooser.h"

#include <algorithm>
#include <cmath>

#include "tools/common/error.h"

namespace fovea::tools {

int32_t Chooser::choose(std::span<const float> logits) {
  const int32_t token =
      sampler_.choose(logits.data(), logits.size(), history_.data(), history_.size());
  if (token >= 0) return token;
  const auto wrong = std::find_if_not(logits.begin(), logits.end(),
                                      [](float logit) { return std::isfinite(logit); });
  if (wrong == logits.end()) {
    fail("{}: has {} tokens, more than can be chosen from at random: use --temperature 0",
         file_.path(), logits.size());
  }
  fail(
      "{}: after {} tokens the logit of token {} is {}, no finite number: the weights are damaged, "
      "or too large for f32",
      file_.path(), history_.size(), wrong - logits.begin(), *wrong);
}

}  // namespace fovea::tools
