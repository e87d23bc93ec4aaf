#include "tools/import/import.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "tools/checkpoint/json.h"
#include "tools/common/error.h"
#include "tools/import/build.h"
#include "tools/import/config.h"
#include "tools/import/encoding.h"
#include "tools/import/families.h"
#include "tools/import/nearest.h"
#include "tools/import/sentence.h"
#include "tools/import/special_tokens.h"

namespace fovea::tools {
namespace {

using nlohmann::json;

const Family* const kFamilies[] = {
#define FOVEA_FAMILY(name) &name,
#include "tools/import/families.inc"
#undef FOVEA_FAMILY
};

void check_architectures(const Config& config, const Family& family) {
  for (const std::string& name : config.texts("architectures")) {
    if (family.has(name)) continue;
    fail("{}: the config's architectures name {}; of the family {}, {} can be converted",
         config.path(), show_json(name), family.model_type, fmt::join(family.heads(), ", "));
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

// The family that an architecture of another one's model_type tells, or null.
const Family* find_stored(const Checkpoint& checkpoint, const std::string& type) {
  const Config config(checkpoint.config, checkpoint.path);
  const std::vector<std::string> names = config.texts("architectures");
  for (const Family* family : families()) {
    if (family->stored_type == nullptr || type != family->stored_type || names.empty()) continue;
    if (family->has(names[0])) return family;
  }
  return nullptr;
}

// Throws InputError where no family fits.
const Family& find_family(const Checkpoint& checkpoint) {
  const std::string name = architecture(checkpoint.config);
  if (const Family* family = find_stored(checkpoint, name)) return *family;
  std::vector<std::string_view> known;
  for (const Family* family : families()) {
    // Some configs describe the architecture in a sentence that begins with its name.
    const bool described = name.starts_with(std::string(family->model_type) + " ");
    if (family->has(name) || described) return *family;
    known.push_back(family->model_type);
  }
  if (name.empty()) {
    fail("{}: the config has no model_type; known ones are {}", checkpoint.path,
         fmt::join(known, ", "));
  }
  fail("{}: the config's model_type is {}{}; known ones are {}", checkpoint.path, show_json(name),
       nearest_family(checkpoint), fmt::join(known, ", "));
}

}  // namespace

std::span<const Family* const> families() {
  return kFamilies;
}

std::vector<std::string_view> Family::heads() const {
  std::vector<std::string_view> all;
  for (const char* word : architectures) {
    if (word != nullptr) all.push_back(word);
  }
  return all;
}

bool Family::has(std::string_view word) const {
  const std::vector<std::string_view> all = heads();
  return word == model_type || std::find(all.begin(), all.end(), word) != all.end();
}

Graph import_model(const Checkpoint& checkpoint, const Maxima& maxima) {
  const Family& family = find_family(checkpoint);
  const Config config(checkpoint.config, checkpoint.path);
  check_architectures(config, family);
  TransformerSpec spec = family.describe(config, checkpoint);
  encode_by_decoder(config, checkpoint, spec);
  add_sentence_embedding(checkpoint, spec);
  Graph graph = build_transformer(std::move(spec), checkpoint, maxima, family.name);
  config.expect_all_read(family.name);
  add_special_tokens(checkpoint, family, graph);
  return graph;
}

}  // namespace fovea::tools
