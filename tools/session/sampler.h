// Chooses the next token from logits.

#ifndef FOVEA_TOOLS_SESSION_SAMPLER_H_
#define FOVEA_TOOLS_SESSION_SAMPLER_H_

#include <cstdint>
#include <span>
#include <vector>

namespace fovea::tools {

struct SamplerOptions {
  double temperature = 0;  // 0: always the most likely token
  uint32_t top_k = 0;      // of the k most likely only; 0: of all
  double top_p = 1;        // of the most likely that together have this probability
  uint64_t seed = 1;
};

// The index of the largest value, the first of equal ones. -1 where not all are finite numbers.
int32_t argmax(std::span<const float> logits);

class Sampler {
 public:
  explicit Sampler(const SamplerOptions& options)
      : options_(options), state_(options.seed == 0 ? 1 : options.seed) {}

  // A token, or -1 where not all logits are finite numbers: then none is more likely than others.
  int32_t choose(std::span<const float> logits);

 private:
  struct Candidate {
    double probability;
    int32_t token;
  };

  void weigh(std::span<const float> logits, float most);
  void keep_likely();
  double random();

  SamplerOptions options_;
  uint64_t state_;
  std::vector<Candidate> candidates_;
};

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_SESSION_SAMPLER_H_
