// Finds out what a path holds.

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tools/checkpoint/checkpoint.h"
#include "tools/checkpoint/describe.h"
#include "tools/checkpoint/llama2c.h"
#include "tools/checkpoint/safetensors.h"
#include "tools/common/error.h"

namespace fovea::tools {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

json read_json(const fs::path& path) {
  const MappedFile file(path.string());
  const auto bytes = file.bytes();
  json value = json::parse(bytes.begin(), bytes.end(), nullptr, /*allow_exceptions=*/false);
  if (!value.is_object()) fail("{}: not a JSON object; write it anew", path.string());
  return value;
}

void add_weights(const fs::path& path, Checkpoint& checkpoint) {
  MappedFile file(path.string());
  if (!looks_like_safetensors(file.bytes())) {
    fail("{}: not a safetensors file: it looks like {}", path.string(), describe(file.bytes()));
  }
  add_safetensors(std::move(file), checkpoint);
}

// Files that an index names, each once, in the order of their names.
std::set<std::string> sharded_files(const fs::path& index) {
  const json content = read_json(index);
  const auto map = content.find("weight_map");
  if (map == content.end() || !map->is_object() || map->empty()) {
    fail("{}: has no weight_map; fetch it again", index.string());
  }
  std::set<std::string> names;
  for (const auto& [tensor, name] : map->items()) {
    if (!name.is_string() || fs::path(name.get<std::string>()).has_parent_path()) {
      fail("{}: names no file of this folder for tensor {}; fetch it again", index.string(),
           tensor);
    }
    names.insert(name.get<std::string>());
  }
  return names;
}

// The folder's weights: model.safetensors, the files of its index, or the only such file.
std::vector<fs::path> weight_files(const fs::path& folder) {
  if (fs::exists(folder / "model.safetensors")) return {folder / "model.safetensors"};
  std::vector<fs::path> files;
  if (const fs::path index = folder / "model.safetensors.index.json"; fs::exists(index)) {
    for (const std::string& name : sharded_files(index)) files.push_back(folder / name);
    return files;
  }
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == ".safetensors") files.push_back(entry.path());
  }
  if (files.empty()) {
    fail("{}: holds no safetensors file; save the model's weights as model.safetensors",
         folder.string());
  }
  if (files.size() > 1) {
    std::sort(files.begin(), files.end());
    fail("{}: holds {} safetensors files ({}, {}, ...); name one of them instead of the folder",
         folder.string(), files.size(), files[0].filename().string(), files[1].filename().string());
  }
  return files;
}

void open_folder(const fs::path& folder, const std::vector<fs::path>& files,
                 Checkpoint& checkpoint) {
  const fs::path config = folder / "config.json";
  if (!fs::exists(config)) {
    fail("{}: missing; it says what architecture the weights have, put the model's own there",
         config.string());
  }
  checkpoint.format = "safetensors";
  checkpoint.config = read_json(config);
  for (const fs::path& file : files) add_weights(file, checkpoint);
}

}  // namespace

Checkpoint open_checkpoint(const std::string& path) {
  Checkpoint checkpoint;
  checkpoint.path = path;
  if (fs::is_directory(path)) {
    open_folder(path, weight_files(path), checkpoint);
    return checkpoint;
  }
  MappedFile file(path);
  if (looks_like_safetensors(file.bytes())) {
    open_folder(fs::path(path).parent_path(), {fs::path(path)}, checkpoint);
  } else if (std::string kind = describe(file.bytes()); !kind.empty()) {
    fail(
        "{}: looks like {}; convert reads a Hugging Face folder (config.json and safetensors) or "
        "a llama2.c checkpoint",
        path, kind);
  } else {
    add_llama2c(std::move(file), checkpoint);
  }
  return checkpoint;
}

}  // namespace fovea::tools
