// Which row of a table of relative positions belongs to a distance.

#ifndef FOVEA_TOOLS_IMPORT_RELATIVE_H_
#define FOVEA_TOOLS_IMPORT_RELATIVE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "tools/import/transformer.h"

namespace fovea::tools {

// By the distance of a key from its query, from -n to n, where n is the least beyond which the rows
// are the same, or no sequence is so long. Throws InputError where n is past what is made of a
// table; `path` names the checkpoint.
std::vector<uint32_t> relative_rows(const RelativeSpec& spec, const std::string& path);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_IMPORT_RELATIVE_H_
