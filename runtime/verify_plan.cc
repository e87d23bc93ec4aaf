#include "runtime/verify_method.h"

namespace fovea {
namespace {

struct Bytes {
  uint64_t begin, end;
};

Bytes bytes_of(const MethodCheck& c, uint32_t t) {
  const uint64_t offset = c.tensor(t).offset();
  return {offset, offset + tensor_bytes(c.model, c.tensor(t))};
}

// Tensors `a` and `b`, which live at one time, lie apart.
fovea_code verify_apart(const MethodCheck& c, uint32_t a, const Bytes& bytes, uint32_t b) {
  if (a == b || c.tensor(b).storage() != schema::Storage::Planned) return FOVEA_OK;
  if (c.tensor(b).offset() >= bytes.end || bytes_of(c, b).end <= bytes.begin) return FOVEA_OK;
  return fail(c.error, FOVEA_BAD_PLAN, c.at_tensor(a).at(FOVEA_FIELD_OFFSET), a, b);
}

// Against every tensor that begins during the life of `a`: of two that live at one time, one begins
// during the life of the other. verify_tensors() has seen that a tensor begins as an output of its
// first operator.
fovea_code verify_life(const MethodCheck& c, uint32_t a) {
  const schema::Tensor& tensor = c.tensor(a);
  if (tensor.storage() != schema::Storage::Planned) return FOVEA_OK;
  const Bytes bytes = bytes_of(c, a);
  // The innermost loop of opening: it takes the lists once.
  const auto& operators = *c.method.operators();
  const auto& tensors = *c.method.tensors();
  for (uint32_t i = tensor.first(); i <= tensor.last(); ++i) {
    const auto* outputs = operators.Get(i)->outputs();
    FOVEA_TRY(c.spend(1 + size_of(outputs)));
    for (uint32_t slot = 0; slot < size_of(outputs); ++slot) {
      const uint32_t b = static_cast<uint32_t>(outputs->Get(slot));
      if (tensors.Get(b)->first() == i) FOVEA_TRY(verify_apart(c, a, bytes, b));
    }
  }
  return FOVEA_OK;
}

}  // namespace

fovea_code verify_plan(const MethodCheck& c) {
  for (uint32_t i = 0; i < size_of(c.method.inputs()); ++i) {
    const uint32_t input = c.method.inputs()->Get(i);
    const Bytes bytes = bytes_of(c, input);
    FOVEA_TRY(c.spend(c.tensors()));
    for (uint32_t t = 0; t < c.tensors(); ++t) {
      FOVEA_TRY(verify_apart(c, input, bytes, t));
    }
  }
  for (uint32_t t = 0; t < c.tensors(); ++t) {
    if (!c.is_input(t)) FOVEA_TRY(verify_life(c, t));
  }
  return FOVEA_OK;
}

}  // namespace fovea
