#include "tools/graph/cache_format.h"

#include "tools/common/error.h"

namespace fovea::tools {
namespace {

struct CacheFormat {
  const char* name;
  schema::DType type;
};

constexpr CacheFormat kFormats[] = {
#define FOVEA_CACHE(name, Element, type) {#name, schema::DType::type},
#include "kernels/caches.inc"
#undef FOVEA_CACHE
};

}  // namespace

std::vector<std::string> cache_format_names() {
  std::vector<std::string> names;
  for (const CacheFormat& format : kFormats) names.push_back(format.name);
  return names;
}

void set_cache_format(schema::ModelT& model, const std::string& name) {
  for (const CacheFormat& format : kFormats) {
    if (format.name != name) continue;
    if (model.states.empty() && format.type != schema::DType::Float32) {
      throw UsageError("--cache " + name + ": this model has no cache of keys and values");
    }
    for (const auto& state : model.states) state->dtype = format.type;
    return;
  }
  fail("{} is no format of caches", name);
}

}  // namespace fovea::tools
