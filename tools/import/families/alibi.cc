#include <bit>
#include <cmath>

#include "tools/common/error.h"
#include "tools/import/families/gpt_layout.h"

namespace fovea::tools {

std::vector<float> alibi_slopes(uint32_t heads) {
  const uint32_t whole = std::bit_floor(heads);
  std::vector<float> slopes;
  for (uint32_t i = 0; i < heads; ++i) {
    const double power = i < whole ? 8.0 * (i + 1) / whole : 4.0 * (2 * (i - whole) + 1) / whole;
    slopes.push_back(static_cast<float>(std::exp2(-power)));
  }
  return slopes;
}

void add_alibi(const Config& config, TransformerSpec& spec) {
  constexpr uint32_t kMostHeads = 1u << 16;
  AttentionSpec& self = attention_of(spec);
  if (self.heads.count > kMostHeads) {
    fail("{}: the config's {} heads are too many; {} with slopes can be converted", config.path(),
         self.heads.count, kMostHeads);
  }
  self.slopes = alibi_slopes(self.heads.count);
  spec.decoder->longest = static_cast<uint32_t>(kMostAngle);
}

}  // namespace fovea::tools
