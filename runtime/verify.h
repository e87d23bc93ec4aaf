// The semantic checks of a model whose FlatBuffer structure has been verified. After them a run
// cannot reach outside the arena, the weights and the caller's buffers, and reads only what this
// run or a finished one stored; what depends on data (token ids, lengths, positions) is checked by
// the operators in a run. All checks together take time linear in the bytes of the header.

#ifndef FOVEA_RUNTIME_VERIFY_H_
#define FOVEA_RUNTIME_VERIFY_H_

#include "runtime/operator.h"

namespace fovea {

// Limits of the format; schema/README.md lists them.
inline constexpr uint32_t kMaxDims = 16;
inline constexpr uint32_t kMaxSequences = 1u << 16;
inline constexpr uint32_t kMaxCaches = 32;
inline constexpr uint32_t kMaxTokenizers = 8;
inline constexpr uint32_t kMaxInputs = 64;    // of a method
inline constexpr uint32_t kStepsPerByte = 4;  // of searches whose length a file decides

// The steps that searches may still take. The bytes of a header pay for them, so that a file cannot
// ask for more checking than it is long.
class Steps {
 public:
  explicit Steps(uint32_t header_size) : left_(kStepsPerByte * header_size) {}
  // False where fewer than `count` are left.
  bool take(uint32_t count) {
    if (count > left_) return false;
    left_ -= count;
    return true;
  }

 private:
  uint32_t left_;
};

// The FlatBuffer is well formed, and no table of it is referred to so often that reading it takes
// longer than its bytes explain.
fovea_code verify_structure(const unsigned char* header, uint64_t size, fovea_error* error);

// All checks but those of Model.memory, which measure.h computes, and of where weights end.
fovea_code verify_tables(const schema::Model& model, const fovea_operators& operators, Steps* steps,
                         fovea_error* error);

// Every weight lies within the weight segment.
fovea_code verify_weights_end(const schema::Model& model, uint64_t weights_size,
                              fovea_error* error);

// Bytes of a tensor whose extents have been checked, at the maxima of the dims.
uint64_t tensor_bytes(const schema::Model& model, const schema::Tensor& tensor);

// What a fingerprint refers to exists.
fovea_code verify_fingerprint(const schema::Model& model, fovea_error* error);

FOVEA_SMALL fovea_code check_at_most32(uint32_t value, uint32_t most, const Where& where,
                                       fovea_error* error) {
  return value <= most ? FOVEA_OK : fail(error, FOVEA_BAD_VALUE, where, value, most);
}
FOVEA_SMALL fovea_code check_at_most32(uint32_t value, uint32_t most, const Where& item,
                                       fovea_field field, fovea_error* error) {
  return check_at_most32(value, most, item.at(field), error);
}
// Of numbers of 32 bits at most. `where` ends with the error, after the item's field or none.
template <class A, class B, class... Place>
fovea_code check_at_most(A value, B most, const Place&... where) {
  static_assert(kNarrow<A, B>);
  return check_at_most32(static_cast<uint32_t>(value), static_cast<uint32_t>(most), where...);
}

FOVEA_SMALL fovea_code check_below32(uint32_t value, uint32_t limit, const Where& where,
                                     fovea_error* error) {
  return value < limit ? FOVEA_OK
                       : fail(error, FOVEA_BAD_VALUE, where, value, limit == 0 ? 0 : limit - 1);
}
FOVEA_SMALL fovea_code check_below32(uint32_t value, uint32_t limit, const Where& item,
                                     fovea_field field, fovea_error* error) {
  return check_below32(value, limit, item.at(field), error);
}
template <class A, class B, class... Place>
fovea_code check_below(A value, B limit, const Place&... where) {
  static_assert(kNarrow<A, B>);
  return check_below32(static_cast<uint32_t>(value), static_cast<uint32_t>(limit), where...);
}

}  // namespace fovea

#endif  // FOVEA_RUNTIME_VERIFY_H_
