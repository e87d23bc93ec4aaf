// Other maxima for a model, within what it allows.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string>
#include <vector>

#include "runtime/layout.h"
#include "tools/common/error.h"
#include "tools/graph/dims.h"
#include "tools/plan/plan.h"

namespace fovea::tools {
namespace {

constexpr uint32_t kMost = 1u << 30;  // a capacity is rounded up and stays within 32 bits

std::string known_names(const schema::ModelT& model) {
  std::vector<std::string> names;
  for (const auto& dim : model.dims) {
    if (!is_derived(*dim)) names.push_back(dim->name);
  }
  if (most_of(model, "context") != 0) names.push_back("context");
  return names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", "));
}

schema::DimT* find_dim(schema::ModelT& model, const std::string& name) {
  for (auto& dim : model.dims) {
    if (dim->name == name) return dim.get();
  }
  return nullptr;
}

template <typename Function>
void each_update(const schema::ModelT& model, schema::UpdateMode mode, Function function) {
  for (const auto& method : model.methods) {
    for (const auto& update : method->updates) {
      if (update->mode == mode) function(*update);
    }
  }
}

// Rows of the tables of positions that a dim (cache -1) or a cache (dim -1) runs along.
uint32_t positions(const schema::ModelT& model, int32_t dim, int32_t cache) {
  uint32_t least = kMost;
  for (const auto& method : model.methods) {
    for (const auto& op : method->operators) {
      const schema::AddPositionsT* add = op->attributes.AsAddPositions();
      if (add == nullptr || op->weights.empty() || op->weights[0] < 0 || add->cache != cache) {
        continue;
      }
      const schema::TensorT& x = *method->tensors[op->inputs[0]];
      const size_t axis = x.extents.size() - 2;
      if (cache < 0 && (x.dims.empty() || x.dims[axis] != dim)) continue;
      least = std::min(least, model.weights[op->weights[0]]->shape[0]);
    }
  }
  return least;
}

uint32_t most_context(const schema::ModelT& model) {
  uint32_t most = 0;
  for (size_t i = 0; i < model.caches.size(); ++i) {
    if (!appends_to(model, i)) continue;
    const uint32_t limit = model.caches[i]->limit == 0 ? kMost : model.caches[i]->limit;
    const uint32_t here = std::min(limit, positions(model, -1, static_cast<int32_t>(i)));
    most = most == 0 ? here : std::min(most, here);
  }
  return most;
}

// What the caches hold at most that runs along a dim add to.
uint32_t most_appended(const schema::ModelT& model, size_t dim) {
  uint32_t most = kMost;
  each_update(model, schema::UpdateMode::Append, [&](const schema::CacheUpdateT& update) {
    if (update.dim == dim) most = most_context(model);
  });
  return most;
}

void set_context(schema::ModelT& model, uint32_t value) {
  for (size_t i = 0; i < model.caches.size(); ++i) {
    if (!appends_to(model, i)) continue;
    model.caches[i]->context = value;
    model.caches[i]->capacity = static_cast<uint32_t>(round_up(value, 16));
  }
}

// A method that replaces what a cache holds bounds its context by a dim.
void follow_dims(schema::ModelT& model) {
  each_update(model, schema::UpdateMode::Replace, [&](const schema::CacheUpdateT& update) {
    const schema::DimT& dim = *model.dims[update.dim];
    const uint32_t most = dim.limit == 0 ? dim.max : std::min(dim.max, dim.limit);
    model.caches[update.cache]->context = most;
    model.caches[update.cache]->capacity = static_cast<uint32_t>(round_up(most, 16));
  });
}

uint32_t times(uint32_t most, uint32_t sequences) {
  return static_cast<uint32_t>(std::min<uint64_t>(uint64_t{most} * sequences, kMost));
}

// One run adds no more tokens than a cache holds.
void bound_by_context(schema::ModelT& model, const Maxima& maxima) {
  each_update(model, schema::UpdateMode::Append, [&](const schema::CacheUpdateT& update) {
    schema::DimT& dim = *model.dims[update.dim];
    const uint32_t context =
        times(model.caches[update.cache]->context, sequences_along(model, update.dim));
    if (maxima.contains(dim.name)) check_maximum(dim.name, dim.max, context);
    dim.max = std::min(dim.max, context);
  });
}

[[noreturn]] void unknown(const schema::ModelT& model, const std::string& name, uint32_t value) {
  if (name == "batch") {
    throw UsageError(
        fmt::format("--max batch={}: this file is for one sequence at a time: convert the "
                    "checkpoint again with --max batch={}",
                    value, value));
  }
  for (const auto& dim : model.dims) {
    if (dim->name != name) continue;
    throw UsageError(fmt::format("--max {}: this dim follows from others; set {}", name,
                                 model.dims[dim->x]->name));
  }
  throw UsageError(
      fmt::format("--max {}: this model has no such dim; it has {}", name, known_names(model)));
}

}  // namespace

bool appends_to(const schema::ModelT& model, size_t cache) {
  bool found = false;
  each_update(model, schema::UpdateMode::Append,
              [&](const schema::CacheUpdateT& update) { found |= update.cache == cache; });
  return found;
}

void check_maximum(const std::string& name, uint32_t value, uint32_t most) {
  if (value >= 1 && value <= most) return;
  throw UsageError(fmt::format("--max {}={}: this model allows 1 to {}", name, value, most));
}

uint32_t most_of(const schema::ModelT& model, const std::string& name) {
  if (name == "context") return most_context(model);
  for (size_t i = 0; i < model.dims.size(); ++i) {
    if (model.dims[i]->name != name || is_derived(*model.dims[i])) continue;
    const uint32_t limit = model.dims[i]->limit;
    const uint32_t most = limit != 0 ? limit : name == "batch" ? kMostSequences : kMost;
    const uint32_t one =
        std::min({most, positions(model, static_cast<int32_t>(i), -1), most_appended(model, i)});
    return times(one, sequences_along(model, i));
  }
  return 0;
}

// What all sequences have together follows their number: it stays the most where it was, and is at
// least a token of each.
static void set_batch(schema::ModelT& model, schema::DimT& batch, uint32_t value) {
  std::vector<bool> full;
  for (const auto& dim : model.dims) full.push_back(dim->max == most_of(model, dim->name));
  batch.max = model.sequences = value;
  for (size_t i = 0; i < model.dims.size(); ++i) {
    schema::DimT& dim = *model.dims[i];
    if (!is_packed(model, i)) continue;
    const uint32_t most = most_of(model, dim.name);
    dim.max = full[i] ? most : std::min(std::max(dim.max, value), most);
  }
}

void set_maxima(schema::ModelT& model, const Maxima& maxima) {
  schema::DimT* const batch = find_dim(model, "batch");
  if (const auto found = maxima.find("batch"); batch != nullptr && found != maxima.end()) {
    check_maximum("batch", found->second, most_of(model, "batch"));
    set_batch(model, *batch, found->second);
  }
  for (const auto& [name, value] : maxima) {
    const uint32_t most = most_of(model, name);
    if (most == 0) unknown(model, name, value);
    check_maximum(name, value, most);
    if (schema::DimT* dim = find_dim(model, name); dim != nullptr) {
      dim->max = value;
    } else {
      set_context(model, value);
    }
  }
  bound_by_context(model, maxima);
  derive_maxima(model);
  follow_dims(model);
}

}  // namespace fovea::tools
