#include <cstring>

#include "runtime/operators/convolve.h"
#include "runtime/operators/windows.h"

namespace fovea {
namespace {

using A = schema::Convolution;

// Tokens that a window reaches past its first one.
Checked reach_of(const A& a) {
  return Checked(a.dilation()) * (a.taps() - 1);
}

fovea_code check(const Frame& f, fovea_error* error) {
  const A& a = *f.op->attributes_as_Convolution();
  FOVEA_TRY(check_sequences(f, f.input(0), FOVEA_FIELD_INPUT, 0, error));
  FOVEA_TRY(check_sequences(f, f.output(0), FOVEA_FIELD_OUTPUT, 0, error));
  FOVEA_TRY(check_attribute(f, attribute<A>(A::VT_TAPS), a.taps(), 1u, kMaxExtent, error));
  FOVEA_TRY(check_attribute(f, attribute<A>(A::VT_STRIDE), a.stride(), 1u, kMaxExtent, error));
  FOVEA_TRY(check_attribute(f, attribute<A>(A::VT_BEFORE), a.before(), 0u, kMaxExtent, error));
  FOVEA_TRY(check_attribute(f, attribute<A>(A::VT_AFTER), a.after(), 0u, kMaxExtent, error));
  const uint32_t taps = a.taps() > 1 ? a.taps() - 1 : 1;
  FOVEA_TRY(
      check_attribute(f, attribute<A>(A::VT_DILATION), a.dilation(), 1u, kMaxExtent / taps, error));
  FOVEA_TRY(check_function<A>(f, a.function(), error));
  FOVEA_TRY(check_convolution(f, attribute<A>(A::VT_GROUPS), a.groups(), a.taps(), error));
  const auto reach = static_cast<int64_t>(reach_of(a).value());
  return check_windows(f, a.stride(), int64_t{a.before()} + a.after() - reach, error);
}

uint64_t scratch(const Frame& f) {
  return convolution_scratch(f, f.op->attributes_as_Convolution()->groups());
}

fovea_code prepare(Run& run, fovea_error*) {
  const A& a = *run.frame.op->attributes_as_Convolution();
  return prepare_convolution(run, a.groups(), a.function());
}

// The first token of a row's window.
int64_t start_of(const A& a, uint32_t row) {
  return int64_t{row} * a.stride() - a.before();
}

// Whether the first windows lie in x side by side, each within the sequence: how many.
uint32_t whole_windows(const ConvolutionRows& w, const A& a, const ConvolutionGroup& group) {
  const int64_t first = start_of(a, w.first);
  const bool side_by_side = a.dilation() == 1 && w.stride == group.columns;
  if (!side_by_side || first < 0 || first + a.taps() > w.tokens) return 0;
  const int64_t more = (w.tokens - a.taps() - first) / a.stride();
  return more < int64_t{w.count} ? static_cast<uint32_t>(more) + 1 : w.count;
}

// Those before that, or a few of them, which are copied; at least one.
uint32_t part_windows(const ConvolutionRows& w, const A& a, const ConvolutionGroup& group) {
  uint32_t count = 1;
  ConvolutionRows rest = w;
  while (count < rows_at_once(w.count)) {
    ++rest.first;
    rest.count = w.count - count;
    if (whole_windows(rest, a, group) > 0) break;
    ++count;
  }
  return count;
}

uint32_t take(const Frame& f, const ConvolutionGroup& group, const ConvolutionRows& w,
              kernels::Linear& part, float* memory) {
  const A& a = *f.op->attributes_as_Convolution();
  const uint32_t whole = whole_windows(w, a, group);
  if (whole > 0) {
    part.x = w.x + static_cast<size_t>(start_of(a, w.first)) * w.stride;
    part.x_stride = w.stride * a.stride();
    return whole;
  }
  const uint32_t count = part_windows(w, a, group);
  const size_t bytes = group.columns * sizeof(float);
  part.x = memory;
  part.x_stride = row_stride(group.k);
  for (uint32_t i = 0; i < count; ++i) {
    float* out = memory + i * part.x_stride;
    int64_t at = start_of(a, w.first + i);
    for (uint32_t j = 0; j < a.taps(); ++j, at += a.dilation(), out += group.columns) {
      const bool there = at >= 0 && at < w.tokens;
      if (there) std::memcpy(out, w.x + static_cast<size_t>(at) * w.stride, bytes);
      if (!there) std::memset(out, 0, bytes);
    }
  }
  return count;
}

#define FOVEA_FORMAT_CODES FOVEA_FORMAT
#define FOVEA_FORMAT(name, Element, type)                                           \
  void execute_convolution_##name(const Run& run, uint32_t task, uint32_t worker) { \
    run_convolution(run, task, worker, take,                                        \
                    row_kernel<kernels::Element>(run, run.kernels->linear_##name)); \
  }
#include "kernels/formats.inc"
#undef FOVEA_FORMAT

constexpr Definition define() {
  return convolution_definition(check, scratch, prepare, execute_convolution_f32);
}

}  // namespace
}  // namespace fovea

FOVEA_DEFINE_OPERATOR(Convolution, convolution, define())

#define FOVEA_FORMAT_F32(...)
#define FOVEA_FORMAT(name, Element, type) FOVEA_OPERATOR_IN_FORMAT(convolution, name, type)
#define FOVEA_FORMAT_CODES(name, Element, type) \
  FOVEA_OPERATOR_IN_OWN_CODES(convolution, name, type, fovea::check_own_codes<fovea::check>)
#include "kernels/formats.inc"
#undef FOVEA_FORMAT
