// Finds out what a path holds.

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tools/checkpoint/checkpoint.h"
#include "tools/checkpoint/describe.h"
#include "tools/checkpoint/gguf/gguf.h"
#include "tools/checkpoint/gguf/reader.h"
#include "tools/checkpoint/json.h"
#include "tools/checkpoint/llama2c.h"
#include "tools/checkpoint/mxfp4.h"
#include "tools/checkpoint/quantized.h"
#include "tools/checkpoint/safetensors.h"
#include "tools/checkpoint/sentence_modules.h"
#include "tools/common/error.h"

namespace fovea::tools {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

// By tensor: the file that holds it.
using ShardIndex = std::map<std::string, std::string, std::less<>>;

json read_json_file(const fs::path& path, const JsonBounds& bounds = {}) {
  const MappedFile file(path.string());
  return read_json(file.bytes(), path.string(), bounds);
}

void add_weights(const fs::path& path, Checkpoint& checkpoint, const KeepTensor& keep = {}) {
  MappedFile file(path.string());
  if (!looks_like_safetensors(file.bytes())) {
    fail("{}: not a safetensors file: it looks like {}", path.string(), describe(file.bytes()));
  }
  add_safetensors(std::move(file), checkpoint, keep);
}

ShardIndex read_index(const fs::path& path) {
  const json content = read_json_file(path, {.bytes = size_t{64} << 20});
  const auto map = content.find("weight_map");
  if (map == content.end() || !map->is_object() || map->empty()) {
    fail("{}: has no weight_map; fetch it again", path.string());
  }
  ShardIndex index;
  for (const auto& [tensor, name] : map->items()) {
    if (!name.is_string() || fs::path(name.get<std::string>()).has_parent_path()) {
      fail("{}: names no file of this folder for tensor {}; fetch it again", path.string(), tensor);
    }
    index.emplace(tensor, name.get<std::string>());
  }
  return index;
}

// Of each file the tensors that the index says are there: a copy elsewhere may be an older one.
void add_shards(const fs::path& folder, const fs::path& path, Checkpoint& checkpoint) {
  const ShardIndex index = read_index(path);
  std::set<std::string> files;
  for (const auto& [tensor, file] : index) files.insert(file);
  for (const std::string& file : files) {
    add_weights(folder / file, checkpoint, [&](const std::string& tensor) {
      const auto found = index.find(tensor);
      return found == index.end() || found->second == file;
    });
  }
  for (const auto& [tensor, file] : index) {
    if (!checkpoint.tensors.contains(tensor)) {
      fail("{}: lacks tensor {}, which {} says is there; fetch both again",
           (folder / file).string(), tensor, path.filename().string());
    }
  }
}

// Says how weights that PyTorch pickled become readable: a pickle is a program, which fovea does
// not run.
[[noreturn]] void refuse_pickle(const fs::path& pickle) {
  fail(
      "{}: weights as a Python pickle, which is not read; convert them with: python3 -c \"import "
      "torch; from safetensors.torch import save_file; save_file({{k: v.contiguous().clone() for "
      "k, v in torch.load('pytorch_model.bin', map_location='cpu', weights_only=True).items()}}, "
      "'model.safetensors')\"",
      pickle.string());
}

// The only such file of a folder that has neither model.safetensors nor an index.
fs::path only_weight_file(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == ".safetensors") files.push_back(entry.path());
  }
  if (files.empty()) {
    for (const char* name : {"pytorch_model.bin", "pytorch_model.bin.index.json"}) {
      if (fs::exists(folder / name)) refuse_pickle(folder / name);
    }
    fail("{}: holds no safetensors file; save the model's weights as model.safetensors",
         folder.string());
  }
  if (files.size() > 1) {
    std::sort(files.begin(), files.end());
    fail("{}: holds {} safetensors files ({}, {}, ...); name one of them instead of the folder",
         folder.string(), files.size(), files[0].filename().string(), files[1].filename().string());
  }
  return files[0];
}

void add_folder_weights(const fs::path& folder, Checkpoint& checkpoint) {
  const fs::path whole = folder / "model.safetensors";
  const fs::path index = folder / "model.safetensors.index.json";
  if (fs::exists(whole)) return add_weights(whole, checkpoint);
  if (fs::exists(index)) return add_shards(folder, index, checkpoint);
  add_weights(only_weight_file(folder), checkpoint);
}

void read_config(const fs::path& folder, Checkpoint& checkpoint) {
  const fs::path config = folder / "config.json";
  if (!fs::exists(config)) {
    fail("{}: missing; it says what architecture the weights have, put the model's own there",
         config.string());
  }
  checkpoint.format = "safetensors";
  checkpoint.config = read_json_file(config);
  join_mxfp4(checkpoint);
  join_quantized(checkpoint);
}

}  // namespace

Checkpoint open_checkpoint(const std::string& path) {
  Checkpoint checkpoint;
  checkpoint.path = path;
  if (fs::is_directory(path)) {
    add_folder_weights(path, checkpoint);
    read_config(path, checkpoint);
    add_sentence_modules(path, checkpoint);
    return checkpoint;
  }
  MappedFile file(path);
  if (looks_like_safetensors(file.bytes())) {
    add_weights(path, checkpoint);
    read_config(fs::path(path).parent_path(), checkpoint);
  } else if (looks_like_gguf(file.bytes())) {
    add_gguf(std::move(file), checkpoint);
  } else if (std::string kind = describe(file.bytes()); !kind.empty()) {
    fail(
        "{}: looks like {}; convert reads a Hugging Face folder (config.json and safetensors), a "
        "GGUF file or a llama2.c checkpoint",
        path, kind);
  } else {
    add_llama2c(std::move(file), checkpoint);
  }
  return checkpoint;
}

}  // namespace fovea::tools
