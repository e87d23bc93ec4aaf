// Dims that are derived from others, while a model is made.

#ifndef FOVEA_TOOLS_GRAPH_DIMS_H_
#define FOVEA_TOOLS_GRAPH_DIMS_H_

#include <cstdint>
#include <vector>

#include "runtime/schema.h"

namespace fovea::tools {

inline bool is_derived(const schema::DimT& dim) {
  return dim.x >= 0;
}

// Puts in what the dims that are set make of the derived ones.
void derive_dims(const schema::ModelT& model, std::vector<uint32_t>& values);
void derive_maxima(schema::ModelT& model);

// The dim that is derived so, and named like its x; a new one unless there is one.
int32_t derived_dim(schema::ModelT& model, schema::DimT dim, const char* suffix);

// Whether a method packs the rows that a dim counts; the sequences that share them.
bool is_packed(const schema::ModelT& model, size_t dim);
uint32_t sequences_along(const schema::ModelT& model, size_t dim);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_GRAPH_DIMS_H_
