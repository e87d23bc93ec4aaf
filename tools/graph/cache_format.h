// The formats of caches: what keys and values are stored as.

#ifndef FOVEA_TOOLS_GRAPH_CACHE_FORMAT_H_
#define FOVEA_TOOLS_GRAPH_CACHE_FORMAT_H_

#include <string>
#include <vector>

#include "runtime/schema.h"

namespace fovea::tools {

// The names of kernels/caches.inc.
std::vector<std::string> cache_format_names();

// Puts all caches of the model into this format. A model without caches is refused, but for f32.
void set_cache_format(schema::ModelT& model, const std::string& name);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_GRAPH_CACHE_FORMAT_H_
