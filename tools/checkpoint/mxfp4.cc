#include "tools/checkpoint/mxfp4.h"

#include <string>
#include <string_view>
#include <vector>

#include "tools/common/error.h"

namespace fovea::tools {
namespace {

constexpr std::string_view kBlocks = "_blocks", kScales = "_scales";

bool is_mxfp4(const nlohmann::json& config) {
  const auto found = config.find("quantization_config");
  if (found == config.end() || !found->is_object()) return false;
  const auto method = found->find("quant_method");
  return method != found->end() && *method == "mxfp4";
}

void join(const Checkpoint& checkpoint, const std::string& name, StoredTensor& blocks,
          const StoredTensor& scales) {
  std::vector<uint64_t> shape = blocks.shape;
  const bool whole = !shape.empty() && shape.back() == kMxfp4.block_bytes;
  if (!shape.empty()) shape.pop_back();
  if (!whole || shape.empty() || shape != scales.shape || blocks.type != "U8" ||
      scales.type != "U8") {
    fail(
        "{}: tensor {} is {} {}, its scales are {} {}; of MXFP4 they are U8 [..., n / 32, 16] and "
        "[..., n / 32]",
        checkpoint.path, name, blocks.type, shape_text(blocks.shape), scales.type,
        shape_text(scales.shape));
  }
  shape.back() *= kMxfp4.block_elements;
  blocks.shape = std::move(shape);
  blocks.type = "MXFP4";
  blocks.codec = kMxfp4;
  blocks.scales = scales.offset;
  blocks.scales_file = scales.file;
}

}  // namespace

void join_mxfp4(Checkpoint& checkpoint) {
  if (!is_mxfp4(checkpoint.config)) return;
  std::vector<std::string> joined;
  for (auto& [name, tensor] : checkpoint.tensors) {
    if (!name.ends_with(kBlocks)) continue;
    const std::string scales = name.substr(0, name.size() - kBlocks.size()).append(kScales);
    join(checkpoint, name, tensor, checkpoint.at(scales));
    joined.push_back(scales);
  }
  for (const std::string& name : joined) checkpoint.tensors.erase(name);
}

}  // namespace fovea::tools
