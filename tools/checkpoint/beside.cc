#include "tools/checkpoint/beside.h"

#include <filesystem>

#include "tools/checkpoint/json.h"

namespace fovea::tools {

nlohmann::json read_beside(const Checkpoint& checkpoint, const char* name, std::string* path) {
  namespace fs = std::filesystem;
  const fs::path given(checkpoint.path);
  const fs::path file = (fs::is_directory(given) ? given : given.parent_path()) / name;
  *path = file.string();
  if (checkpoint.format != "safetensors" || !fs::exists(file)) return nlohmann::json::object();
  const MappedFile mapped(*path);
  return read_json(mapped.bytes(), *path);
}

}  // namespace fovea::tools
