// The semantic checks of a model whose FlatBuffer structure has been verified. After them a run
// cannot reach outside the arena, the weights and the caller's buffers; what depends on data
// (token ids, lengths, positions) is checked by the operators in a run.

#ifndef FOVEA_RUNTIME_VERIFY_H_
#define FOVEA_RUNTIME_VERIFY_H_

#include "runtime/operator.h"

namespace fovea {

inline constexpr uint32_t kMaxDims = 16;
inline constexpr uint32_t kMaxSequences = 1u << 16;
inline constexpr uint32_t kMaxCaches = 32;

// All checks but those of Model.memory, which measure.h computes, and of where weights end.
fovea_code verify_tables(const schema::Model& model, const fovea_operators& operators,
                         fovea_error* error);

// Every weight lies within the weight segment.
fovea_code verify_weights_end(const schema::Model& model, uint64_t weights_size,
                              fovea_error* error);

// Tensors, operators and plan of one method.
fovea_code verify_method(const schema::Model& model, uint32_t index,
                         const fovea_operators& operators, fovea_error* error);

// No two tensors own the same bytes at the same time.
fovea_code verify_plan(const schema::Model& model, uint32_t method, fovea_error* error);

// Bytes of a tensor whose extents have been checked, at the maxima of the dims.
uint64_t tensor_bytes(const schema::Model& model, const schema::Tensor& tensor);

// What a fingerprint or a tokenizer refers to exists.
fovea_code verify_fingerprint(const schema::Model& model, fovea_error* error);
fovea_code verify_tokenizers(const schema::Model& model, fovea_error* error);

inline fovea_code check_at_most(uint64_t value, uint64_t most, const Where& where,
                                fovea_error* error) {
  return value <= most ? FOVEA_OK : fail(error, FOVEA_BAD_VALUE, where, value, most);
}

inline fovea_code check_below(uint64_t value, uint64_t limit, const Where& where,
                              fovea_error* error) {
  return value < limit ? FOVEA_OK
                       : fail(error, FOVEA_BAD_VALUE, where, value, limit == 0 ? 0 : limit - 1);
}

}  // namespace fovea

#endif  // FOVEA_RUNTIME_VERIFY_H_
