// What configs and tensors of families with experts say of them.

#ifndef FOVEA_TOOLS_IMPORT_FAMILIES_EXPERTS_H_
#define FOVEA_TOOLS_IMPORT_FAMILIES_EXPERTS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "tools/checkpoint/checkpoint.h"
#include "tools/import/config.h"
#include "tools/import/transformer.h"

namespace fovea::tools {

// What the config class says where config.json does not.
struct ExpertDefaults {
  uint32_t count, chosen;
};

// How many experts there are ("num_experts" or "num_local_experts", which are one), and how many of
// them a token takes.
ExpertsSpec read_experts(const Config& config, const ExpertDefaults& defaults);

// Whether tensors hold all experts: WHERE.experts.gate_up_proj.
bool has_experts(const Checkpoint& checkpoint, const std::string& where);

// What a checkpoint calls a gate, what it gates and what is made of both, for each expert:
// WHERE.experts.N.NAME.weight.
struct ExpertNames {
  std::string where, gate, up, down;
};
// These, or tensors of all experts as memory has them: WHERE.experts.gate_up_proj, in which the
// rows of each gate come first, and down_proj. The router is WHERE.gate.
void name_experts(const Checkpoint& checkpoint, const ExpertNames& names, ExpertsSpec& experts);

// A feed-forward as one expert that all tokens take, times the sigmoid of what the router says.
ExpertsSpec shared_expert(const std::string& router, const std::string& where, uint32_t width,
                          schema::Function activation);

// Which layers have experts: every "decoder_sparse_step"th but those of "mlp_only_layers".
std::vector<bool> layers_with_experts(const Config& config, const Checkpoint& checkpoint);

// "norm_topk_prob": whether the weights of a token's experts sum to 1.
schema::RouteKind read_normalized(const Config& config);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_IMPORT_FAMILIES_EXPERTS_H_
