// Elementwise kernels: functions of one tensor, sums and products of two, and gates.

#ifndef FOVEA_KERNELS_IMPL_FUNCTION_INL_H_
#define FOVEA_KERNELS_IMPL_FUNCTION_INL_H_

#include "kernels/impl/math-inl.h"
#include "kernels/impl/vec-inl.h"

namespace fovea::kernels::FOVEA_ROW {
namespace {

// y[i] = op(x[i]). The tail is a vector whose other lanes are zeros.
template <class A, class Op>
FOVEA_INLINE void map_row(const float* x, float* y, size_t width, Op op) {
  size_t i = 0;
  for (; i + kWidth<A> <= width; i += kWidth<A>) store(y + i, op(load<A>(x + i)));
  if constexpr (kWidth < A >> 1) {
    if (i < width) store_first(y + i, op(load_first<A>(x + i, width - i)), width - i);
  }
}

template <class A, class Op>
FOVEA_INLINE void map_rows(const float* x, size_t x_stride, float* y, size_t y_stride, size_t rows,
                           size_t width, Op op) {
  for (size_t i = 0; i < rows; ++i) map_row<A>(x + i * x_stride, y + i * y_stride, width, op);
}

#define FOVEA_MAP(expression)                        \
  map_rows<A>(x, x_stride, y, y_stride, rows, width, \
              [](Vec<A> v) FOVEA_LAMBDA { return expression; })

// y = function(x); y may be x.
template <class A>
void apply_function(Function function, const float* x, size_t x_stride, float* y, size_t y_stride,
                    size_t rows, size_t width) {
  switch (function) {
    case Function::kNone:
      return FOVEA_MAP(v);
    case Function::kRelu:
      return FOVEA_MAP(relu<A>(v));
    case Function::kSilu:
      return FOVEA_MAP(silu<A>(v));
    case Function::kGeluErf:
      return FOVEA_MAP(gelu_erf<A>(v));
    case Function::kGeluTanh:
      return FOVEA_MAP(gelu_tanh<A>(v));
    case Function::kTanh:
      return FOVEA_MAP(tanh<A>(v));
    case Function::kSigmoid:
      return FOVEA_MAP(sigmoid<A>(v));
  }
}

#undef FOVEA_MAP

template <class A>
void function_f32(const FunctionF32& a) {
  apply_function<A>(a.function, a.x, 0, a.y, 0, 1, a.count);
}

template <class A, class Op>
FOVEA_INLINE void zip_row(const float* a, const float* b, float* y, size_t width, Op op) {
  size_t i = 0;
  for (; i + kWidth<A> <= width; i += kWidth<A>) store(y + i, op(load<A>(a + i), load<A>(b + i)));
  if constexpr (kWidth < A >> 1) {
    if (i == width) return;
    const size_t n = width - i;
    store_first(y + i, op(load_first<A>(a + i, n), load_first<A>(b + i, n)), n);
  }
}

template <class A>
FOVEA_INLINE void multiply_row(const float* a, const float* b, float* y, size_t width) {
  zip_row<A>(a, b, y, width, [](Vec<A> p, Vec<A> q) FOVEA_LAMBDA { return p * q; });
}

template <class A, class Op>
FOVEA_INLINE void zip_rows(const BinaryF32& a, Op op) {
  for (size_t r = 0; r < a.rows; ++r) {
    zip_row<A>(a.a + r * a.a_stride, a.b + r * a.b_stride, a.y + r * a.y_stride, a.width, op);
  }
}

template <class A>
void binary_f32(const BinaryF32& a) {
  switch (a.kind) {
    case BinaryKind::kAdd:
      return zip_rows<A>(a, [](Vec<A> p, Vec<A> q) FOVEA_LAMBDA { return p + q; });
    case BinaryKind::kSubtract:
      return zip_rows<A>(a, [](Vec<A> p, Vec<A> q) FOVEA_LAMBDA { return p - q; });
    case BinaryKind::kMultiply:
      return zip_rows<A>(a, [](Vec<A> p, Vec<A> q) FOVEA_LAMBDA { return p * q; });
  }
}

template <class A>
void add_scaled_f32(const AddScaledF32& a) {
  const Vec<A> factor = broadcast<A>(a.factor);
  zip_row<A>(a.x, a.y, a.y, a.count,
             [&](Vec<A> x, Vec<A> y) FOVEA_LAMBDA { return mul_add(factor, x, y); });
}

// NaN stays.
template <class A>
FOVEA_INLINE Vec<A> limited_gate(Vec<A> gate, Vec<A> up, Vec<A> limit, Vec<A> alpha) {
  gate = select(limit < gate, limit, gate);
  up = select(limit < up, limit, up);
  up = select(up < -limit, -limit, up);
  return times_sigmoid<A>(gate, alpha * gate) * (up + broadcast<A>(1.0f));
}

template <class A>
void gate_f32(const GateF32& a) {
  const Vec<A> limit = broadcast<A>(a.limit), alpha = broadcast<A>(a.alpha);
  const size_t whole = a.outputs / kLanes, left = a.outputs % kLanes;
  if (!(a.limit > 0)) {
    apply_function<A>(a.function, a.sums, 2 * kLanes, a.y, kLanes, whole, kLanes);
    apply_function<A>(a.function, a.sums + whole * 2 * kLanes, 0, a.y + whole * kLanes, 0, 1, left);
  }
  for (size_t n = 0; n < a.outputs; n += kLanes) {
    const float *gate = a.sums + 2 * n, *up = gate + kLanes;
    const size_t width = min_size(a.outputs - n, kLanes);
    if (a.limit > 0) {
      zip_row<A>(gate, up, a.y + n, width, [&](Vec<A> g, Vec<A> u) FOVEA_LAMBDA {
        return limited_gate<A>(g, u, limit, alpha);
      });
    } else {
      multiply_row<A>(a.y + n, up, a.y + n, width);
    }
  }
}

}  // namespace
}  // namespace fovea::kernels::FOVEA_ROW

#endif  // FOVEA_KERNELS_IMPL_FUNCTION_INL_H_
