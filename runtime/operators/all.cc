#include "runtime/operator.h"

static const fovea_operator* const kAll[] = {
    &fovea_operator_embedding,    &fovea_operator_add_positions,   &fovea_operator_linear,
    &fovea_operator_gated_linear, &fovea_operator_rms_norm,        &fovea_operator_layer_norm,
    &fovea_operator_rotary,       &fovea_operator_store_key_value, &fovea_operator_attention,
    &fovea_operator_activation,   &fovea_operator_binary,          &fovea_operator_softmax,
    &fovea_operator_select_token, &fovea_operator_prepend_token,   &fovea_operator_patches,
#define FOVEA_FORMAT_F32(...)
#define FOVEA_FORMAT(name, Element, type)                          \
  &fovea_operator_embedding_##name, &fovea_operator_linear_##name, \
      &fovea_operator_gated_linear_##name,
#include "kernels/formats.inc"
#undef FOVEA_FORMAT
};

extern "C" const fovea_operators fovea_all_operators = {kAll, sizeof kAll / sizeof kAll[0]};
