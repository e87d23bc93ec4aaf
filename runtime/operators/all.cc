#include "runtime/features.h"
#include "runtime/operator.h"

namespace fovea {
namespace {

constexpr schema::Attributes kKinds[] = {
#define FOVEA_OPERATOR(Kind, name) schema::Attributes::Kind,
#include "runtime/operators.inc"
#undef FOVEA_OPERATOR
};

// The list is complete and in the order of the union; find_operator() counts on it.
constexpr bool is_whole_union() {
  uint32_t kind = 0;
  for (schema::Attributes k : kKinds) {
    if (static_cast<uint32_t>(k) != ++kind) return false;
  }
  return kind == static_cast<uint32_t>(schema::Attributes::MAX);
}
static_assert(is_whole_union(), "operators.inc: as the union Attributes in schema/model.fbs");

const fovea_operator* const kAll[] = {
#define FOVEA_OPERATOR(Kind, name) &fovea_operator_##name,
#include "runtime/operators.inc"
#undef FOVEA_OPERATOR
#define FOVEA_FORMAT_F32(...)
#define FOVEA_FORMAT_CODES FOVEA_FORMAT
#define FOVEA_FORMAT(name, Element, type)                                        \
  &fovea_operator_embedding_##name, &fovea_operator_linear_##name,               \
      &fovea_operator_gated_linear_##name, &fovea_operator_gated_experts_##name, \
      &fovea_operator_linear_experts_##name, &fovea_operator_convolution_##name, \
      &fovea_operator_grid_convolution_##name,
#include "kernels/formats.inc"
#undef FOVEA_FORMAT
#define FOVEA_CACHE_F32(...)
#define FOVEA_CACHE(name, Element, type) \
  &fovea_operator_store_key_value_##name, &fovea_operator_attention_##name,
#include "kernels/caches.inc"
#undef FOVEA_CACHE
};

}  // namespace
}  // namespace fovea

extern "C" const fovea_operators fovea_all_operators = {fovea::kAll,
                                                        sizeof fovea::kAll / sizeof fovea::kAll[0],
                                                        {
#define FOVEA_FEATURE(name, words) &fovea_feature_##name,
#include "runtime/features.inc"
#undef FOVEA_FEATURE
                                                        }};
