#include "tools/import/sentence.h"

#include <string>
#include <utility>
#include <vector>

#include "tools/checkpoint/json.h"
#include "tools/common/error.h"
#include "tools/import/config.h"

namespace fovea::tools {
namespace {

struct NamedPooling {
  const char* key;   // of files up to sentence-transformers 5.3
  const char* mode;  // of later ones
  StepSpec::Kind kind;
};
constexpr NamedPooling kPoolings[] = {
    {"pooling_mode_cls_token", "cls", StepSpec::kFirst},
    {"pooling_mode_mean_tokens", "mean", StepSpec::kMean},
    {"pooling_mode_max_tokens", "max", StepSpec::kMax},
    {"pooling_mode_lasttoken", "lasttoken", StepSpec::kLast},
};

StepSpec pooling(const Config& config) {
  std::vector<StepSpec> chosen;
  const std::string mode = config.text("pooling_mode", "");
  for (const NamedPooling& known : kPoolings) {
    if (config.flag(known.key, false) || mode == known.mode) chosen.push_back({known.kind});
  }
  for (const char* other :
       {"pooling_mode_mean_sqrt_len_tokens", "pooling_mode_weightedmean_tokens"}) {
    if (config.flag(other, false)) {
      fail("{}: {} is true; pooling by class token, mean, maximum or last token can be converted",
           config.path(), other);
    }
  }
  if (chosen.size() != 1) {
    fail(
        "{}: names {} kinds of pooling; one of class token, mean, maximum and last token can be "
        "converted",
        config.path(), chosen.size());
  }
  config.skip({"word_embedding_dimension", "embedding_dimension", "include_prompt"});
  return chosen[0];
}

void add_dense(const Config& config, const std::string& path, std::vector<StepSpec>& steps) {
  const std::string name = config.text("activation_function", "torch.nn.modules.activation.Tanh");
  const Bias bias = config.flag("bias", true) ? Bias::kRequired : Bias::kNone;
  steps.push_back({StepSpec::kLinear, path + ".linear", bias});
  config.skip({"in_features", "out_features"});
  const std::string function = name.substr(name.rfind('.') + 1);
  using schema::Function;
  constexpr std::pair<const char*, Function> kKnown[] = {
      {"Tanh", Function::Tanh}, {"GELU", Function::GeluErf},    {"ReLU", Function::Relu},
      {"SiLU", Function::Silu}, {"Sigmoid", Function::Sigmoid}, {"Identity", Function::None}};
  for (const auto& [known, value] : kKnown) {
    if (function != known) continue;
    if (value != Function::None) {
      steps.push_back({StepSpec::kActivation, {}, Bias::kNone, value});
    }
    return;
  }
  fail(
      "{}: activation_function is '{}'; Tanh, GELU, ReLU, SiLU, Sigmoid and Identity can be "
      "converted",
      config.path(), name);
}

std::vector<StepSpec> steps_of(const Checkpoint& checkpoint) {
  std::vector<StepSpec> steps;
  for (const SentenceModule& module : checkpoint.modules) {
    const Config config(module.config, checkpoint.path + "/" + module.path + "/config.json");
    if (steps.empty() != (module.type == "Pooling")) {
      fail("{}/modules.json: the first module behind the model must be Pooling, and only it",
           checkpoint.path);
    }
    if (module.type == "Pooling") {
      steps.push_back(pooling(config));
    } else if (module.type == "Dense") {
      add_dense(config, module.path, steps);
    } else if (module.type == "Normalize") {
      steps.push_back({StepSpec::kUnit});
    } else {
      fail("{}/modules.json: module {} is not known; Pooling, Dense and Normalize are",
           checkpoint.path, show_json(module.type));
    }
    config.expect_all_read(("sentence-transformers " + module.type).c_str());
  }
  return steps;
}

}  // namespace

void add_sentence_embedding(const Checkpoint& checkpoint, TransformerSpec& spec) {
  if (checkpoint.modules.empty()) return;
  if (!spec.encoder || spec.encoder->outputs.empty()) {
    fail(
        "{}/modules.json: of this family, models without modules can be converted; take the file "
        "away to convert the model alone",
        checkpoint.path);
  }
  spec.encoder->outputs.push_back({"embedding", steps_of(checkpoint)});
}

}  // namespace fovea::tools
