// What RMS norm and layer norm share.

#ifndef FOVEA_RUNTIME_OPERATORS_NORM_H_
#define FOVEA_RUNTIME_OPERATORS_NORM_H_

#include "runtime/operators/check.h"

namespace fovea {

// A norm over every `groups`th part of a row.
struct NormAttributes {
  float epsilon;
  uint32_t groups;
};

template <class Table>
NormAttributes norm_attributes(const Table& table) {
  return {table.epsilon(), table.groups()};
}

// Whether each group has a gain and a bias of its own.
inline bool has_own_weights(const Frame& f, NormAttributes a) {
  const auto* shape = f.weight(0)->shape();
  return a.groups > 1 && size_of(shape) == 1 && shape->Get(0) == f.input_rows(0).width;
}

// Checks input, output, attributes, and `weights` weights [width of a group] or [width].
template <class Table>
fovea_code check_norm(const Frame& f, uint32_t weights, NormAttributes a, fovea_error* error) {
  const Rows x = f.input_rows(0);
  FOVEA_TRY(check_same_shape(f, f.output_rows(0), x, FOVEA_FIELD_OUTPUT, 0, error));
  constexpr uint32_t kEpsilon = attribute<Table>(Table::VT_EPSILON);
  constexpr uint32_t kGroups = attribute<Table>(Table::VT_GROUPS);
  FOVEA_TRY(check_attribute(f, kGroups, a.groups, 1, x.width, error));
  FOVEA_TRY(check_attribute(f, kGroups, x.width % a.groups, 0, 0, error));
  const uint32_t width = has_own_weights(f, a) ? x.width : x.width / a.groups;
  for (uint32_t i = 0; i < weights; ++i) {
    FOVEA_TRY(check_weight(f, i, schema::Layout::Row16, {width}, error));
  }
  return a.epsilon >= 0.0f && a.epsilon < 1.0f
             ? FOVEA_OK
             : fail(error, FOVEA_BAD_VALUE, where_attribute(f, kEpsilon), 1, 0);
}

inline void run_norm(const Run& run, uint32_t task, NormAttributes a,
                     void (*norm)(const kernels::NormF32&)) {
  const Frame& f = run.frame;
  const Rows x = f.input_rows(0), y = f.output_rows(0);
  const Part part = run.part(task);
  // Groups that share their weights are rows to the kernel, but those of two rows may be farther
  // apart than those of one.
  const uint32_t width = x.width / a.groups;
  const float *x0 = x.f32() + part.first * x.stride, *gain = f.weight_data(0);
  const float* bias = f.weight_data(1);
  float* y0 = y.f32() + part.first * y.stride;
  if (a.groups == 1 || has_own_weights(f, a)) {
    for (uint32_t g = 0; g < a.groups; ++g) {
      const size_t first = size_t{g} * width;
      norm({x0 + first, x.stride, gain + first, bias == nullptr ? nullptr : bias + first,
            y0 + first, y.stride, part.count, width, a.epsilon});
    }
    return;
  }
  for (uint32_t i = 0; i < part.count; ++i) {
    norm({x0 + i * x.stride, width, gain, bias, y0 + i * y.stride, width, a.groups, width,
          a.epsilon});
  }
}

}  // namespace fovea

#endif  // FOVEA_RUNTIME_OPERATORS_NORM_H_
