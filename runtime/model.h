// What a fovea_model holds.

#ifndef FOVEA_RUNTIME_MODEL_H_
#define FOVEA_RUNTIME_MODEL_H_

#include <cstring>

#include "fovea/fovea.h"
#include "runtime/preamble.h"
#include "runtime/schema.h"

namespace fovea {

struct Model {
  const schema::Model* root;
  const unsigned char* weights;
  const Preamble* preamble;
  const fovea_operators* operators;

  const schema::Method* method(uint32_t index) const { return root->methods()->Get(index); }
  uint32_t method_count() const { return size_of(root->methods()); }
  uint32_t dim_count() const { return size_of(root->dims()); }
  uint32_t cache_count() const { return size_of(root->caches()); }
};
static_assert(sizeof(Model) <= sizeof(fovea_model));

inline Model view(const fovea_model& model) {
  Model result;
  std::memcpy(&result, model.opaque, sizeof result);
  return result;
}

inline void store(const Model& model, fovea_model* out) {
  std::memset(out, 0, sizeof *out);
  std::memcpy(out->opaque, &model, sizeof model);
}

}  // namespace fovea

#endif  // FOVEA_RUNTIME_MODEL_H_
