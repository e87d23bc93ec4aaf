// Attentions whose queries, keys and values one matrix makes.

#ifndef FOVEA_TOOLS_IMPORT_FAMILIES_FUSED_H_
#define FOVEA_TOOLS_IMPORT_FAMILIES_FUSED_H_

#include <string>

#include "tools/import/transformer.h"

namespace fovea::tools {

// The rows of all queries, then those of all keys, then those of all values.
void fuse_rows(AttentionSpec& self, const std::string& name, Bias bias);

// For each group of heads that share a key, the rows of their queries, then those of the key, then
// those of the value.
void fuse_groups(AttentionSpec& self, const std::string& name, Bias bias);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_IMPORT_FAMILIES_FUSED_H_
