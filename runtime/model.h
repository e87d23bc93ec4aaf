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

// A FlatBuffer with no fields: what a model that was never opened is read as. The table is at byte
// 8, its vtable of 4 bytes at byte 4.
inline constexpr uint32_t kEmptyModel[] = {8, 0x00040004, 4};

// A null or zeroed model reads as one without any parts.
inline Model view(const fovea_model* model) {
  Model result = {};
  if (model != nullptr) std::memcpy(&result, model->opaque, sizeof result);
  if (result.root == nullptr) result.root = schema::GetModel(kEmptyModel);
  return result;
}

// Whether a name of the file is this one.
bool is_name(const flatbuffers::String* string, const char* name);

inline void store(const Model& model, fovea_model* out) {
  std::memset(out, 0, sizeof *out);
  std::memcpy(out->opaque, &model, sizeof model);
}

}  // namespace fovea

#endif  // FOVEA_RUNTIME_MODEL_H_
