#include "tools/import/import.h"

#include <string>

#include "tools/common/error.h"
#include "tools/import/config.h"
#include "tools/import/families.h"
#include "tools/import/special_tokens.h"

namespace fovea::tools {
namespace {

using nlohmann::json;

struct Family {
  const char* model_type;
  const char* architecture;  // the start of an entry of "architectures", or of "arch"
  Graph (*import)(const Checkpoint& checkpoint, const Maxima& maxima);
};
constexpr Family kFamilies[] = {
    {"llama", "LlamaForCausalLM", import_llama},
    {"fovea-encoder", "FoveaEncoder", import_encoder},
    {"fovea-encoder-decoder", "FoveaEncoderDecoder", import_encoder_decoder},
    {"kwt", "kwt", import_kwt},
};

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
  for (const Family& family : kFamilies) {
    // Some configs describe the architecture in a sentence that begins with its name.
    const bool described = name.starts_with(std::string(family.model_type) + " ");
    if (name == family.model_type || name == family.architecture || described) {
      Graph graph = family.import(checkpoint, maxima);
      add_special_tokens(checkpoint, family.model_type, graph.model);
      return graph;
    }
    known += (known.empty() ? "" : ", ") + std::string(family.model_type);
  }
  if (name.empty()) {
    fail("{}: the config has no model_type; known ones are {}", checkpoint.path, known);
  }
  fail("{}: the config's model_type is {}; known ones are {}", checkpoint.path, name, known);
}

}  // namespace fovea::tools
