#include "tools/import/families/experts.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "tools/common/error.h"

namespace fovea::tools {
namespace {

constexpr uint32_t kMostExperts = 4096;  // of Route

// One of two names for a number. Where both stand there they have to say the same.
uint32_t either_count(const Config& config, const char* key, const char* other,
                      uint32_t otherwise) {
  const uint32_t count = config.count(config.has(key) ? key : other, otherwise);
  if (config.has(key) && config.has(other) && config.count(other) != count) {
    fail("{}: the config says {} is {}, {} {}; one of them is wrong", config.path(),
         config.name(key), count, config.name(other), config.count(other));
  }
  return count;
}

}  // namespace

bool has_experts(const Checkpoint& checkpoint, const std::string& where) {
  const std::string ending = "." + where + ".experts.gate_up_proj";
  return std::any_of(checkpoint.tensors.begin(), checkpoint.tensors.end(),
                     [&](const auto& entry) { return entry.first.ends_with(ending); });
}

ExpertsSpec read_experts(const Config& config, const ExpertDefaults& defaults) {
  ExpertsSpec experts;
  experts.count = either_count(config, "num_experts", "num_local_experts", defaults.count);
  experts.chosen =
      either_count(config, "num_experts_per_tok", "experts_per_token", defaults.chosen);
  if (experts.chosen > experts.count) {
    fail("{}: the config says a token takes {} of {} experts (num_experts_per_tok)", config.path(),
         experts.chosen, experts.count);
  }
  if (experts.count > kMostExperts) {
    fail("{}: the config says there are {} experts; up to {} can be converted", config.path(),
         experts.count, kMostExperts);
  }
  return experts;
}

void name_experts(const Checkpoint& checkpoint, const ExpertNames& names, ExpertsSpec& experts) {
  const std::string each = names.where + ".experts.";
  const uint64_t width = experts.width;
  experts.router = {names.where + ".gate", {}, Bias::kNone};
  if (has_experts(checkpoint, names.where)) {
    experts.gate = {each + "gate_up_proj", {.rows = 2 * width}};
    experts.up = {each + "gate_up_proj", {.rows = 2 * width, .first = width}};
    experts.down = {each + "down_proj"};
    return;
  }
  experts.gate = {each + "*." + names.gate + ".weight"};
  experts.up = {each + "*." + names.up + ".weight"};
  experts.down = {each + "*." + names.down + ".weight"};
}

ExpertsSpec shared_expert(const std::string& router, const std::string& where, uint32_t width,
                          schema::Function activation) {
  ExpertsSpec shared;
  shared.router = {router, {}, Bias::kNone};
  shared.count = shared.chosen = 1;
  shared.route = schema::RouteKind::Sigmoid;
  shared.gate = {where + ".gate_proj.weight"};
  shared.up = {where + ".up_proj.weight"};
  shared.down = {where + ".down_proj.weight"};
  shared.activation = activation;
  shared.width = width;
  return shared;
}

std::vector<bool> layers_with_experts(const Config& config, const Checkpoint& checkpoint) {
  const uint32_t layers = config.count("num_hidden_layers");
  const uint32_t step = config.count("decoder_sparse_step", 1);
  const std::vector<double> without =
      config.has("mlp_only_layers") ? config.numbers("mlp_only_layers") : std::vector<double>();
  for (const double layer : without) {
    if (layer < 0 || layer >= layers || layer != std::floor(layer)) {
      fail("{}: the config's mlp_only_layers has {}, which is no layer of {}", config.path(), layer,
           layers);
    }
  }
  // A config that says more layers than there can be is refused when they are looked for.
  std::vector<bool> with(std::min<size_t>(layers, checkpoint.tensors.size() + 1));
  for (size_t i = 0; i < with.size(); ++i) {
    const bool listed =
        std::find(without.begin(), without.end(), static_cast<double>(i)) != without.end();
    with[i] = !listed && (i + 1) % step == 0;
  }
  return with;
}

schema::RouteKind read_normalized(const Config& config) {
  return config.flag("norm_topk_prob", false) ? schema::RouteKind::Chosen : schema::RouteKind::All;
}

}  // namespace fovea::tools
