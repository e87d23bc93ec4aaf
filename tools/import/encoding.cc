#include "tools/import/encoding.h"

#include <utility>
#include <variant>

#include "tools/import/families/text_encoder.h"

namespace fovea::tools {
namespace {

constexpr uint32_t kUsualSequence = 512;  // maximum of tokens of a sequence, unless asked otherwise

// Of a text, by its last token; where an answer begins and ends; or of each token, whose linear
// layer older families call otherwise.
std::vector<StepSpec> logits_of(TextHead head, const Checkpoint& checkpoint) {
  if (head == TextHead::kSequence) {
    return {{StepSpec::kLast}, {StepSpec::kLinear, "score", Bias::kNone}};
  }
  if (head == TextHead::kQuestion) return {{StepSpec::kLinear, "qa_outputs"}};
  const bool score = checkpoint.tensors.contains("score.weight");
  return {{StepSpec::kLinear, score ? "score" : "classifier", Bias::kRequired}};
}

// The name of the embedding's tensor without the base.
std::string after(const std::string& base, const TowerSpec& tower) {
  const std::string name = tower.embedding.name + ".weight";
  return name.starts_with(base) ? name.substr(base.size()) : name;
}

}  // namespace

void encode_by_decoder(const Config& config, const Checkpoint& checkpoint, TransformerSpec& spec) {
  const TextHead head = text_head(config);
  const bool classifies = head == TextHead::kSequence || head == TextHead::kTokens;
  const bool answers = head == TextHead::kQuestion;
  const bool encodes = classifies || answers || spec.both_ways || !checkpoint.modules.empty();
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
  tower.usual = kUsualSequence;
  tower.outputs = {{"hidden"}};
  if (!classifies && !answers) return;
  tower.outputs.push_back({"logits", logits_of(head, checkpoint)});
  // Several classes of this kind call the layers' part otherwise than their families do.
  if (answers && checkpoint.tensors.contains("transformer." + after(spec.base, tower))) {
    spec.stored_base = "transformer.";
  }
  if (!classifies) return;
  spec.labels = read_labels(config);
  spec.label_function = label_function(config, head, spec.labels.size());
}

}  // namespace fovea::tools
