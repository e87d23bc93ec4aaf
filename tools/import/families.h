// Families of architectures: how each describes its models. families.inc lists them.

#ifndef FOVEA_TOOLS_IMPORT_FAMILIES_H_
#define FOVEA_TOOLS_IMPORT_FAMILIES_H_

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "tools/checkpoint/checkpoint.h"
#include "tools/import/config.h"
#include "tools/import/transformer.h"

namespace fovea::tools {

// What transformers' config class says where config.json has no such key.
struct DefaultToken {
  const char* key;
  int32_t id;
};

struct Family {
  const char* model_type;
  const char* name;  // in messages
  // What "architectures" may name: other classes put another head on the same layers.
  const char* architectures[8];
  TransformerSpec (*describe)(const Config& config, const Checkpoint& checkpoint);
  DefaultToken tokens[5] = {};
  // Another family's model_type, which configs have that name an architecture of this one; null:
  // none.
  const char* stored_type = nullptr;

  std::vector<std::string_view> heads() const;  // the architectures
  // Whether this is its model_type or one of its architectures.
  bool has(std::string_view word) const;
};

#define FOVEA_FAMILY(name) extern const Family name;
#include "tools/import/families.inc"
#undef FOVEA_FAMILY

// All of them.
std::span<const Family* const> families();

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_IMPORT_FAMILIES_H_
