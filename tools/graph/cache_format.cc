#include "tools/graph/cache_format.h"

#include <set>

#include "tools/common/error.h"

namespace fovea::tools {
namespace {

struct CacheFormat {
  const char* name;
  schema::DType type;
};

constexpr CacheFormat kCacheFormats[] = {
#define FOVEA_CACHE(name, Element, type) {#name, schema::DType::type},
#include "kernels/caches.inc"
#undef FOVEA_CACHE
};

// States of rows stay f32.
std::set<int32_t> states_of_rows(const schema::ModelT& model) {
  std::set<int32_t> states;
  for (const auto& method : model.methods) {
    for (const auto& op : method->operators) {
      if (op->attributes.AsHistory() != nullptr) states.insert(op->states[0]);
    }
  }
  return states;
}

}  // namespace

std::vector<std::string> cache_format_names() {
  std::vector<std::string> names;
  for (const CacheFormat& format : kCacheFormats) names.push_back(format.name);
  return names;
}

void set_cache_format(schema::ModelT& model, const std::string& name) {
  for (const CacheFormat& format : kCacheFormats) {
    if (format.name != name) continue;
    const std::set<int32_t> rows = states_of_rows(model);
    if (model.states.size() == rows.size() && format.type != schema::DType::Float32) {
      throw UsageError("--cache " + name + ": this model has no cache of keys and values");
    }
    for (size_t i = 0; i < model.states.size(); ++i) {
      if (!rows.contains(static_cast<int32_t>(i))) model.states[i]->dtype = format.type;
    }
    return;
  }
  fail("{} is no format of caches", name);
}

}  // namespace fovea::tools
