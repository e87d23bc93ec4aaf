#include "tools/checkpoint/quantized.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <utility>

#include "tools/checkpoint/json.h"
#include "tools/common/error.h"

namespace fovea::tools {

using nlohmann::json;

int64_t take_number(json& said, const char* key, int64_t otherwise, const std::string& path) {
  const auto found = said.find(key);
  if (found == said.end()) return otherwise;
  const json value = *found;
  said.erase(found);
  if (value.is_null()) return otherwise;
  if (!value.is_number_integer()) {
    fail("{}: the config's quantization_config.{} is {}; it must be a whole number", path, key,
         show_json(value));
  }
  return value.get<int64_t>();
}

void take_only(json& said, const char* key, const json& value) {
  const auto found = said.find(key);
  if (found != said.end() && (*found == value || found->is_null())) said.erase(found);
}

bool QuantizedLayer::has(const char* part) const {
  return checkpoint_.tensors.contains(name_ + part);
}

std::vector<uint64_t> QuantizedLayer::shape(const char* part) const {
  return checkpoint_.at(name_ + part).shape;
}

const Codec& QuantizedLayer::codec(const char* part) const {
  return checkpoint_.at(name_ + part).codec;
}

const uint8_t* QuantizedLayer::take(const char* part, std::initializer_list<const char*> types,
                                    const std::vector<uint64_t>& shape) {
  const StoredTensor& tensor = checkpoint_.at(name_ + part);
  const bool known = std::find(types.begin(), types.end(), tensor.type) != types.end();
  if (!known || tensor.shape != shape) {
    fail("{}: tensor {}{} is {} {}; {} {} fits the layer", checkpoint_.path, name_, part,
         tensor.type, shape_text(tensor.shape), fmt::join(types, " or "), shape_text(shape));
  }
  const uint8_t* bytes = checkpoint_.files[tensor.file].bytes().data() + tensor.offset;
  checkpoint_.tensors.erase(name_ + part);
  return bytes;
}

void QuantizedLayer::put(PackedMatrix matrix, const char* type) {
  StoredTensor tensor;
  tensor.type = type;
  tensor.shape = {matrix.outputs, matrix.columns};
  tensor.packed = std::make_shared<const PackedMatrix>(std::move(matrix));
  if (!checkpoint_.tensors.emplace(name_ + ".weight", std::move(tensor)).second) {
    refuse("has a weight besides");
  }
}

void QuantizedLayer::refuse(const std::string& why) const {
  fail("{}: the quantised layer {} {}", checkpoint_.path, name_, why);
}

std::vector<std::string> names_before(const Checkpoint& checkpoint, const std::string& ending) {
  std::vector<std::string> names;
  for (const auto& entry : checkpoint.tensors) {
    if (!entry.first.ends_with(ending)) continue;
    names.push_back(entry.first.substr(0, entry.first.size() - ending.size()));
  }
  return names;
}

std::vector<uint32_t> read_groups(const uint8_t* words, uint64_t columns, uint64_t count,
                                  const QuantizedLayer& layer) {
  std::vector<uint32_t> groups(columns);
  std::memcpy(groups.data(), words, columns * sizeof(uint32_t));
  for (const uint32_t group : groups) {
    if (group >= count) layer.refuse(fmt::format("has g_idx {}, of {} groups", group, count));
  }
  return groups;
}

void join_quantized(Checkpoint& checkpoint) {
  constexpr const char* kKey = "quantization_config";
  const auto found = checkpoint.config.find(kKey);
  if (found == checkpoint.config.end() || !found->is_object()) return;
  const json method = found->value("quant_method", json());
  void (*join)(json&, Checkpoint&) = method == "gptq"                 ? join_gptq
                                     : method == "awq"                ? join_awq
                                     : method == "compressed-tensors" ? join_compressed_tensors
                                                                      : nullptr;
  if (join == nullptr) return;
  json said = *found;
  said.erase("quant_method");
  join(said, checkpoint);
  if (said.empty()) {
    checkpoint.config.erase(kKey);
  } else {
    checkpoint.config[kKey] = said;
  }
}

}  // namespace fovea::tools
