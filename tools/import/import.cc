#include "tools/import/import.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tools/checkpoint/json.h"
#include "tools/common/error.h"
#include "tools/import/config.h"
#include "tools/import/families.h"
#include "tools/import/special_tokens.h"

namespace fovea::tools {
namespace {

using nlohmann::json;

struct Family {
  const char* model_type;
  // What "architectures" may name: other classes put another head on the same layers.
  std::vector<std::string> architectures;
  Graph (*import)(const Checkpoint& checkpoint, const Maxima& maxima);

  bool has(const std::string& name) const {
    return name == model_type ||
           std::find(architectures.begin(), architectures.end(), name) != architectures.end();
  }
};

const std::vector<Family>& families() {
  static const std::vector<Family> kFamilies = {
      {"llama", {"LlamaForCausalLM", "LLaMAForCausalLM", "LlamaModel"}, import_llama},
      {"fovea-encoder", {"FoveaEncoder"}, import_encoder},
      {"fovea-encoder-decoder", {"FoveaEncoderDecoder"}, import_encoder_decoder},
      {"kwt", {"kwt"}, import_kwt},
  };
  return kFamilies;
}

void check_architectures(const Checkpoint& checkpoint, const Family& family) {
  const Config config(checkpoint.config, checkpoint.path);
  for (const std::string& name : config.texts("architectures")) {
    if (family.has(name)) continue;
    fail("{}: the config's architectures name {}; of the family {}, {} can be converted",
         checkpoint.path, show_json(name), family.model_type,
         fmt::join(family.architectures, ", "));
  }
}

// What a config calls its architecture: model_type, else arch, else the first of architectures.
std::string architecture(const json& config) {
  for (const char* key : {"model_type", "arch"}) {
    if (config.contains(key) && config[key].is_string()) return config[key];
  }
  if (config.contains("architectures") && config["architectures"].is_array() &&
      !config["architectures"].empty() && config["architectures"][0].is_string()) {
    return config["architectures"][0];
  }
  return {};
}

}  // namespace

Graph import_model(const Checkpoint& checkpoint, const Maxima& maxima) {
  const std::string name = architecture(checkpoint.config);
  std::string known;
  for (const Family& family : families()) {
    // Some configs describe the architecture in a sentence that begins with its name.
    const bool described = name.starts_with(std::string(family.model_type) + " ");
    if (family.has(name) || described) {
      check_architectures(checkpoint, family);
      Graph graph = family.import(checkpoint, maxima);
      add_special_tokens(checkpoint, family.model_type, graph.model);
      return graph;
    }
    known += (known.empty() ? "" : ", ") + std::string(family.model_type);
  }
  if (name.empty()) {
    fail("{}: the config has no model_type; known ones are {}", checkpoint.path, known);
  }
  fail("{}: the config's model_type is {}; known ones are {}", checkpoint.path, show_json(name),
       known);
}

}  // namespace fovea::tools
