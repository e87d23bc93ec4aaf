// What fovea's own layouts of checkpoints share (tools/README.md).

#ifndef FOVEA_TOOLS_IMPORT_FAMILIES_FOVEA_LAYOUT_H_
#define FOVEA_TOOLS_IMPORT_FAMILIES_FOVEA_LAYOUT_H_

#include <string>

#include "tools/import/config.h"
#include "tools/import/transformer.h"

namespace fovea::tools {

// The parts of every layer.
struct FoveaParts {
  uint32_t width = 0;
  NormSpec norm;
  Heads heads;
  FeedForwardSpec ffn;  // none where its width is 0
  double scale = 0;     // of scores, as in AttentionSpec
  bool unit = false, temperature = false;
  bool tie_key_value = false;
  uint32_t window = 0;

  AttentionSpec attention(const std::string& name, Sight sight) const;
  LayerSpec encoder_layer() const;
  LayerSpec decoder_layer() const;

 private:
  LayerSpec with_feed_forward(LayerSpec layer) const;
};

// Reads what the layers of both families have (tools/README.md).
FoveaParts read_fovea_parts(const Config& config);

// "learned", "sinusoidal" or "none" under `key`.
PositionsSpec read_fovea_positions(const Config& config, const char* key, const char* tensor);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_IMPORT_FAMILIES_FOVEA_LAYOUT_H_
