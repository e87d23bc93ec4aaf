#include <cmath>
#include <cstring>

#include "runtime/operators/check.h"

namespace fovea {
namespace {

using A = schema::Logarithm;

fovea_code check(const Frame& f, fovea_error* error) {
  FOVEA_TRY(check_same_shape(f, f.output_rows(0), f.input_rows(0), FOVEA_FIELD_OUTPUT, 0, error));
  const A& a = *f.op->attributes_as_Logarithm();
  const auto wrong = [&](uint32_t slot) {
    return fail(error, FOVEA_BAD_VALUE, where_attribute(f, slot), 0, 0);
  };
  if (!(a.least() >= 0x1p-126f && std::isfinite(a.least()))) {
    return wrong(attribute<A>(A::VT_LEAST));
  }
  if (!std::isfinite(a.factor())) return wrong(attribute<A>(A::VT_FACTOR));
  return std::isfinite(a.offset()) ? FOVEA_OK : wrong(attribute<A>(A::VT_OFFSET));
}

// Of a normal number > 0: e + p(f) f of x = 2^e (1 + f), with the polynomial of
// kernels/impl/math-inl.h. Products and sums are rounded by themselves, so that no instruction set
// matters.
float log2_of(float x) {
  constexpr uint32_t kRootOfHalf = 0x3F3504F3;
  uint32_t bits;
  std::memcpy(&bits, &x, sizeof bits);
  const uint32_t above = bits - kRootOfHalf;
  const auto exponent = static_cast<int32_t>(above) >> 23;
  bits -= static_cast<uint32_t>(exponent) << 23;
  float fraction;
  std::memcpy(&fraction, &bits, sizeof fraction);
  constexpr float kTerms[] = {0x1.01ba32p-3f,  -0x1.a78036p-3f, 0x1.b94dfcp-3f,
                              -0x1.e9809ep-3f, 0x1.26dd48p-2f,  -0x1.715b7ep-2f,
                              0x1.ec7366p-2f,  -0x1.715472p-1f, 0x1.715476p+0f};
  const float f = fraction - 1.0f;
  float p = kTerms[0];
  for (uint32_t i = 1; i < sizeof kTerms / sizeof *kTerms; ++i) p = p * f + kTerms[i];
  return p * f + static_cast<float>(exponent);
}

void execute(const Run& run, uint32_t task, uint32_t) {
  const Frame& f = run.frame;
  const A& a = *f.op->attributes_as_Logarithm();
  const Rows x = f.input_rows(0), y = f.output_rows(0);
  const float least = a.least(), factor = a.factor(), offset = a.offset();
  const Part part = run.part(task);
  for (uint32_t r = part.first; r < part.first + part.count; ++r) {
    const float* from = x.f32() + r * x.stride;
    float* to = y.f32() + r * y.stride;
    for (uint32_t i = 0; i < x.width; ++i) {
      const float raised = from[i] < least ? least : from[i];
      // An infinity is its own logarithm; a NaN stays.
      const float log = std::isfinite(raised) ? log2_of(raised) : raised;
      to[i] = log * factor + offset;
    }
  }
}

// A logarithm is about a dozen multiply-adds.
fovea_cost cost(const Frame& f) {
  const Checked made = elements(f.output_rows(0));
  return counted(made * 12, made * 2 * sizeof(float));
}

constexpr Definition define() {
  Definition d;
  d.inputs = {{"x", kInPlace}};
  d.outputs = {{"y"}};
  d.check = check;
  d.prepare = divide_rows;
  d.run = execute;
  d.cost = cost;
  return d;
}

}  // namespace
}  // namespace fovea

FOVEA_DEFINE_OPERATOR(Logarithm, logarithm, define())
