// The checks of one method, in the order in which they rely on each other.

#ifndef FOVEA_RUNTIME_VERIFY_METHOD_H_
#define FOVEA_RUNTIME_VERIFY_METHOD_H_

#include "runtime/verify.h"

namespace fovea {

// What the checks of one method pass around.
struct MethodCheck {
  const schema::Model& model;
  const schema::Method& method;
  uint32_t index;
  const fovea_operators& linked;
  Steps* steps;
  fovea_error* error;

  uint32_t tensors() const { return size_of(method.tensors()); }
  uint32_t operators() const { return size_of(method.operators()); }
  const schema::Tensor& tensor(uint32_t i) const;
  const schema::Operator& op(uint32_t i) const;
  // Once it is known that the build has all operators of the method.
  const fovea_operator& definition(uint32_t i) const;
  const schema::Dim& dim(uint32_t i) const { return *model.dims()->Get(i); }
  Where at_tensor(uint32_t i) const { return {FOVEA_TABLE_TENSOR, i, index}; }
  Where at_op(uint32_t i) const { return {FOVEA_TABLE_OPERATOR, i, index}; }

  // Once the tensors have been checked. The tensor that owns the memory: itself, or the base of a
  // view.
  uint32_t owner(uint32_t t) const;
  bool is_input(uint32_t t) const;

  fovea_code spend(uint32_t count) const;
};

// Inputs and outputs, extents, views, lifetimes, and that each tensor is written by its first
// operator.
fovea_code verify_tensors(const MethodCheck& c);

// Every operator has what it needs, owns what it reads and writes, and finds shapes that fit.
fovea_code verify_operators(const MethodCheck& c);

// Keys and values are stored before they are read, and inputs are left as they are.
fovea_code verify_stored(const MethodCheck& c);

// What fovea_caches says of them (features.h).
fovea_code verify_caches(const schema::Model& model, fovea_error* error);
uint64_t states_bytes(const schema::Model& model);
fovea_code verify_updates(const MethodCheck& c);
fovea_code verify_state_attention(const MethodCheck& c, uint32_t op);
fovea_code verify_updated(const MethodCheck& c);

// No two tensors own the same bytes at the same time.
fovea_code verify_plan(const MethodCheck& c);

}  // namespace fovea

#endif  // FOVEA_RUNTIME_VERIFY_METHOD_H_
