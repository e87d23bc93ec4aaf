// Which caches a method fills and which it reads.

#ifndef FOVEA_TOOLS_SESSION_CACHES_H_
#define FOVEA_TOOLS_SESSION_CACHES_H_

#include <cstdint>
#include <set>

#include "tools/session/session.h"

namespace fovea::tools {

std::set<uint32_t> filled_caches(const ModelFile& file, uint32_t method);
std::set<uint32_t> read_caches(const ModelFile& file, uint32_t method);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_SESSION_CACHES_H_
