#include "tools/checkpoint/sentence_modules.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "tools/checkpoint/json.h"
#include "tools/checkpoint/safetensors.h"
#include "tools/common/error.h"

namespace fovea::tools {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

json read(const fs::path& path, bool list = false) {
  const MappedFile file(path.string());
  return read_json(file.bytes(), path.string(), {.list = list});
}

// The tensors of a module's own file, under names that begin with the module's path.
void add_tensors(const fs::path& file, const std::string& prefix, Checkpoint& checkpoint) {
  Checkpoint own;
  MappedFile mapped(file.string());
  if (!looks_like_safetensors(mapped.bytes())) {
    fail("{}: not a safetensors file", file.string());
  }
  add_safetensors(std::move(mapped), own);
  for (auto& [name, tensor] : own.tensors) {
    tensor.file += checkpoint.files.size();
    checkpoint.tensors.emplace(prefix + name, std::move(tensor));
  }
  for (MappedFile& each : own.files) checkpoint.files.push_back(std::move(each));
}

SentenceModule read_module(const fs::path& list, const json& entry) {
  SentenceModule module;
  const bool right = entry.is_object() && entry.contains("type") && entry["type"].is_string() &&
                     entry.contains("path") && entry["path"].is_string();
  if (!right) fail("{}: an entry lacks a type or a path; fetch it again", list.string());
  const std::string type = entry["type"];
  module.type = type.substr(type.rfind('.') + 1);
  module.path = entry["path"];
  if (fs::path(module.path).has_parent_path() || module.path == "..") {
    fail("{}: names no folder beside it: {}", list.string(), show_json(entry["path"]));
  }
  return module;
}

}  // namespace

void add_sentence_modules(const std::string& folder, Checkpoint& checkpoint) {
  const fs::path list = fs::path(folder) / "modules.json";
  if (!fs::exists(list)) return;
  const json entries = read(list, /*list=*/true);
  for (size_t i = 0; i < entries.size(); ++i) {
    SentenceModule module = read_module(list, entries[i]);
    if (i == 0) {
      if (module.type == "Transformer" && module.path.empty()) continue;
      fail(
          "{}: begins with a module {}; models that begin with a Transformer in the folder itself "
          "can be converted",
          list.string(), show_json(module.type));
    }
    const fs::path own = fs::path(folder) / module.path;
    module.config = json::object();
    if (!module.path.empty() && fs::exists(own / "config.json")) {
      module.config = read(own / "config.json");
    }
    const fs::path weights = own / "model.safetensors";
    if (!module.path.empty() && fs::exists(weights)) {
      add_tensors(weights, module.path + ".", checkpoint);
    } else if (fs::exists(own / "pytorch_model.bin") && !module.path.empty()) {
      fail("{}: weights as a Python pickle, which is not read; save the model again as safetensors",
           (own / "pytorch_model.bin").string());
    }
    checkpoint.modules.push_back(std::move(module));
  }
}

}  // namespace fovea::tools
