// Chooses the tokens of a text one after the other.

#ifndef FOVEA_TOOLS_SESSION_CHOOSER_H_
#define FOVEA_TOOLS_SESSION_CHOOSER_H_

#include <cstdint>
#include <span>
#include <vector>

#include "fovea/sampler.hpp"
#include "tools/session/session.h"

namespace fovea::tools {

class Chooser {
 public:
  Chooser(const ModelFile& file, const SamplerOptions& options, size_t vocabulary)
      : file_(file), room_(vocabulary), sampler_(options, room_.data(), room_.size()) {}

  // Tokens of the text so far, those that nobody chose among them.
  void add(std::span<const int32_t> ids) {
    history_.insert(history_.end(), ids.begin(), ids.end());
  }
  size_t count() const { return history_.size(); }

  // The next one, which add() may then be told. Throws InputError where the logits are no numbers.
  int32_t choose(std::span<const float> logits);

 private:
  const ModelFile& file_;
  std::vector<int32_t> history_;
  std::vector<Sampler::Candidate> room_;
  Sampler sampler_;
};

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_SESSION_CHOOSER_H_
