// What the runtime casts from one enumeration to another has the same numbers in both: those of the
// schema, of the kernels and of the C ABI.

#include "fovea/fovea.h"
#include "kernels/kernels.h"
#include "runtime/layout.h"
#include "runtime/schema.h"

namespace fovea {
namespace {

template <class A, class B>
constexpr bool same(A a, B b) {
  return static_cast<uint64_t>(a) == static_cast<uint64_t>(b);
}

using kernels::BinaryKind;
using kernels::Function;

static_assert(same(Function::kNone, schema::Function::None), "Function");
static_assert(same(Function::kRelu, schema::Function::Relu), "Function");
static_assert(same(Function::kSilu, schema::Function::Silu), "Function");
static_assert(same(Function::kGeluErf, schema::Function::GeluErf), "Function");
static_assert(same(Function::kGeluTanh, schema::Function::GeluTanh), "Function");
static_assert(same(Function::kTanh, schema::Function::Tanh), "Function");
static_assert(same(Function::kSigmoid, schema::Function::Sigmoid), "Function");
static_assert(same(Function::kSigmoid, schema::Function::MAX), "Function: one that has no kernel");

static_assert(same(BinaryKind::kAdd, schema::BinaryKind::Add), "BinaryKind");
static_assert(same(BinaryKind::kSubtract, schema::BinaryKind::Subtract), "BinaryKind");
static_assert(same(BinaryKind::kMultiply, schema::BinaryKind::Multiply), "BinaryKind");
static_assert(same(BinaryKind::kMultiply, schema::BinaryKind::MAX), "BinaryKind: without a kernel");

static_assert(same(FOVEA_FLOAT32, schema::DType::Float32), "fovea_type");
static_assert(same(FOVEA_INT32, schema::DType::Int32), "fovea_type");
static_assert(same(FOVEA_UINT8, schema::DType::UInt8), "fovea_type");
static_assert(same(FOVEA_UINT8, schema::DType::MAX), "fovea_type");
static_assert(same(FOVEA_INT32, kLastTensorType), "fovea_type: one that the ABI lacks");

// The names of layouts say how many outputs, keys or elements lie side by side.
static_assert(same(kernels::kPanel, 16), "Panels16, GatedPanels16, Row16, GatedRow16, Keys16");
static_assert(kernels::kKeyBlock % kernels::kPanel == 0, "a block of keys is whole in Keys16");

}  // namespace
}  // namespace fovea
