#include "tools/import/encoding.h"

#include <utility>
#include <variant>

#include "tools/import/families/text_encoder.h"

namespace fovea::tools {
namespace {

constexpr uint32_t kUsualTokens = 512;  // maximum of tokens of a sequence, unless asked otherwise

}  // namespace

void encode_by_decoder(const Config& config, const Checkpoint& checkpoint, TransformerSpec& spec) {
  const bool classifies = text_head(config) == TextHead::kSequence;
  const bool encodes = classifies || spec.both_ways || !checkpoint.modules.empty();
  if (!encodes || !spec.decoder || spec.encoder) return;
  spec.encoder = std::exchange(spec.decoder, std::nullopt);
  TowerSpec& tower = *spec.encoder;
  for (LayerSpec& layer : tower.layers.pattern) {
    for (BlockSpec& block : layer) {
      auto* attention = std::get_if<AttentionSpec>(&block.part);
      if (attention == nullptr) continue;
      attention->sight = Sight::kRun;
      attention->causal = !spec.both_ways;
    }
  }
  // A head that continues texts stays in many checkpoints.
  spec.ignored.push_back(tower.head.linear.name + ".");
  tower.head = {};
  tower.usual = kUsualTokens;
  tower.outputs = {{"hidden"}};
  if (!classifies) return;
  tower.outputs.push_back(
      {"logits", {{StepSpec::kLast}, {StepSpec::kLinear, "score", Bias::kNone}}});
  spec.labels = read_labels(config);
  spec.label_function = label_function(config, TextHead::kSequence, spec.labels.size());
}

}  // namespace fovea::tools
