#include "tools/graph/dims.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "runtime/dims.h"

namespace fovea::tools {

void derive_dims(const schema::ModelT& model, std::vector<uint32_t>& values) {
  for (size_t i = 0; i < model.dims.size(); ++i) {
    const schema::DimT& dim = *model.dims[i];
    if (!is_derived(dim)) continue;
    values[i] =
        Derivation{dim.a, dim.b, dim.c, dim.d}.of(values[dim.x], dim.y < 0 ? 0 : values[dim.y]);
  }
}

void derive_maxima(schema::ModelT& model) {
  std::vector<uint32_t> maxima;
  for (const auto& dim : model.dims) maxima.push_back(dim->max);
  derive_dims(model, maxima);
  for (size_t i = 0; i < maxima.size(); ++i) model.dims[i]->max = maxima[i];
}

int32_t derived_dim(schema::ModelT& model, schema::DimT dim, const char* suffix) {
  for (size_t i = 0; i < model.dims.size(); ++i) {
    const schema::DimT& other = *model.dims[i];
    if (other.x == dim.x && other.y == dim.y && other.a == dim.a && other.b == dim.b &&
        other.c == dim.c && other.d == dim.d) {
      return static_cast<int32_t>(i);
    }
  }
  dim.name = model.dims[dim.x]->name + suffix;
  model.dims.push_back(std::make_unique<schema::DimT>(std::move(dim)));
  derive_maxima(model);
  return static_cast<int32_t>(model.dims.size()) - 1;
}

bool is_packed(const schema::ModelT& model, size_t dim) {
  return std::any_of(model.methods.begin(), model.methods.end(), [&](const auto& method) {
    return method->lengths >= 0 && method->packed == dim;
  });
}

uint32_t sequences_along(const schema::ModelT& model, size_t dim) {
  return is_packed(model, dim) ? model.sequences : 1;
}

}  // namespace fovea::tools
