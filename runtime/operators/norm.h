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

// Checks input, output, attributes, and `weights` weights [width of a group].
inline fovea_code check_norm(const Frame& f, uint32_t weights, NormAttributes a,
                             fovea_error* error) {
  const Rows x = f.input_rows(0);
  FOVEA_TRY(check_same_shape(f, f.output_rows(0), x, FOVEA_FIELD_OUTPUT, 0, error));
  FOVEA_TRY(check_attribute(f, a.groups, 1, x.width, error));
  FOVEA_TRY(check_attribute(f, x.width % a.groups, 0, 0, error));
  for (uint32_t i = 0; i < weights; ++i) {
    FOVEA_TRY(check_weight(f, i, schema::Layout::Row16, {x.width / a.groups}, error));
  }
  return a.epsilon >= 0.0f && a.epsilon < 1.0f
             ? FOVEA_OK
             : fail(error, FOVEA_BAD_VALUE, f.where(FOVEA_FIELD_ATTRIBUTE), 1, 0);
}

inline void run_norm(const Run& run, uint32_t task, NormAttributes a,
                     void (*norm)(const kernels::NormF32&)) {
  const Frame& f = run.frame;
  const Rows x = f.input_rows(0), y = f.output_rows(0);
  const Part part = run.part(task);
  // Groups are rows to the kernel, but those of two rows may be farther apart than those of one.
  const bool whole = a.groups == 1;
  const uint32_t width = x.width / a.groups, calls = whole ? 1 : part.count;
  for (uint32_t i = 0; i < calls; ++i) {
    norm({x.f32() + (part.first + i) * x.stride, whole ? x.stride : width, f.weight_data(0),
          f.weight_data(1), y.f32() + (part.first + i) * y.stride, whole ? y.stride : width,
          whole ? part.count : a.groups, width, a.epsilon});
  }
}

}  // namespace fovea

#endif  // FOVEA_RUNTIME_OPERATORS_NORM_H_
