#include "runtime/features.h"

#include "runtime/dims.h"

namespace fovea {
namespace {

bool needs_caches(const schema::Model& model) {
  bool needed = size_of(model.caches()) != 0 || size_of(model.states()) != 0;
  for (uint32_t i = 0; i < size_of(model.methods()); ++i) {
    needed |= size_of(model.methods()->Get(i)->updates()) != 0;
  }
  return needed;
}

bool needs_derived_dims(const schema::Model& model) {
  bool needed = false;
  for (uint32_t i = 0; i < size_of(model.dims()); ++i) {
    needed |= is_derived(*model.dims()->Get(i));
  }
  return needed;
}

bool needs_packed_rows(const schema::Model& model) {
  bool needed = false;
  for (uint32_t i = 0; i < size_of(model.methods()); ++i) {
    needed |= model.methods()->Get(i)->lengths() >= 0;
  }
  return needed;
}

bool needs_texts(const schema::Model& model) {
  return model.special() != nullptr || size_of(model.tokenizers()) != 0 || model.chat() != nullptr;
}

}  // namespace

uint32_t needs(const schema::Model& model) {
  return needed_if(needs_caches(model), Feature::caches) |
         needed_if(needs_derived_dims(model), Feature::derived_dims) |
         needed_if(needs_packed_rows(model), Feature::packed_rows) |
         needed_if(needs_texts(model), Feature::texts);
}

}  // namespace fovea
