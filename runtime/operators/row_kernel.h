// The product of operators that gather rows of numbers themselves: of codes they make these, too.

#ifndef FOVEA_RUNTIME_OPERATORS_ROW_KERNEL_H_
#define FOVEA_RUNTIME_OPERATORS_ROW_KERNEL_H_

#include <type_traits>

#include "runtime/operators/check.h"

namespace fovea {

// Of a format of weights.
struct RowKernel {
  void (*linear)(const kernels::Linear& args);
  void (*quantize)(const kernels::QuantizeF32& args);  // null: the product takes numbers
  size_t panel_bytes;                                  // of one matrix of a group
};

template <class W>
RowKernel row_kernel(const Run& run, void (*linear)(const kernels::Linear& args)) {
  const size_t bytes = kernels::panel_elements<W>(columns_of(*run.frame.weight(0))) * sizeof(W);
  if constexpr (std::is_same_v<W, kernels::I8>) return {linear, run.kernels->quantize_f32, bytes};
  if constexpr (std::is_same_v<W, kernels::I4> || std::is_same_v<W, kernels::U4>) {
    return {linear, run.kernels->quantize_groups_f32, bytes};
  }
  return {linear, nullptr, bytes};
}

// Of codes that an operator makes itself.
template <decltype(fovea_operator::check) whole>
fovea_code check_own_codes(const Frame& f, fovea_error* error) {
  FOVEA_TRY(check_code_columns(f, error));
  return whole(f, error);
}

// From one row to the next of `k` gathered numbers, in floats. Their codes take less.
constexpr size_t row_stride(size_t k) {
  return kernels::padded(k);
}
static_assert(kernels::group_row_words(1) <= row_stride(1));

// `rows` of `k` numbers become rows of codes, row_stride(k) apart.
inline void make_codes(const RowKernel& kernel, const float* x, size_t x_stride, uint32_t rows,
                       uint32_t k, float* codes) {
  kernel.quantize({x, x_stride, reinterpret_cast<uint32_t*>(codes), row_stride(k), rows, k});
}

}  // namespace fovea

#endif  // FOVEA_RUNTIME_OPERATORS_ROW_KERNEL_H_
