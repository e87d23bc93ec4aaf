// Reads a checkpoint's config and says what is wrong with it.

#ifndef FOVEA_TOOLS_IMPORT_CONFIG_H_
#define FOVEA_TOOLS_IMPORT_CONFIG_H_

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "runtime/schema.h"

namespace fovea::tools {

// All functions throw InputError where a key has a value of the wrong kind, and those without a
// default where it is missing. A value of null counts as missing.
class Config {
 public:
  // `path`: whose config it is, for messages. The JSON must outlive this object.
  Config(const nlohmann::json& values, std::string path)
      : values_(values), path_(std::move(path)) {}

  bool has(const char* key) const;
  const nlohmann::json& at(const char* key) const;

  // Whole numbers from 1 on.
  uint32_t count(const char* key) const;
  uint32_t count(const char* key, uint32_t otherwise) const;
  double number(const char* key, double otherwise) const;
  bool flag(const char* key, bool otherwise) const;
  std::string text(const char* key) const;
  std::string text(const char* key, const char* otherwise) const;
  std::vector<std::string> texts(const char* key) const;
  // A token id or a list of them; negative ones, which some configs write, count as none.
  std::vector<int32_t> tokens(const char* key) const;
  // The first of these, or -1.
  int32_t token(const char* key) const;

  schema::Function function(const char* key) const;
  // count(key) divided by what it must be a multiple of.
  uint32_t divided(const char* key, const char* by) const;

  const std::string& path() const { return path_; }

 private:
  const nlohmann::json& values_;
  std::string path_;
};

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_IMPORT_CONFIG_H_
