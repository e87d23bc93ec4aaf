// An operator as the runtime looks at it: with one value for every dim (the maxima when a file is
// checked, the present ones in a run), and, in a run, with the memory behind its tensors.

#ifndef FOVEA_RUNTIME_FRAME_H_
#define FOVEA_RUNTIME_FRAME_H_

#include "runtime/checked.h"
#include "runtime/error.h"
#include "runtime/schema.h"

namespace fovea {

// A tensor as rows of equal width. `batch` times `tokens` is `rows` where the tensor has the
// extents [tokens, width] or [batch, tokens, width].
struct Rows {
  void* data = nullptr;  // null when a file is checked
  size_t stride = 0;     // elements from row to row
  uint32_t rows = 0, width = 0;
  uint32_t batch = 1, tokens = 0;

  float* f32() const { return static_cast<float*>(data); }
  const int32_t* i32() const { return static_cast<const int32_t*>(data); }
};

// The state that a run may use; all null when a file is checked.
struct Memory {
  unsigned char* planned = nullptr;
  unsigned char* states = nullptr;
  const unsigned char* weights = nullptr;
  const int32_t* lengths = nullptr;  // [caches][sequences]
  const uint32_t* starts = nullptr;  // [sequences + 1]: the first of each one's packed rows
};

// The last extent of a weight.
inline uint32_t columns_of(const schema::Weight& weight) {
  return weight.shape()->Get(weight.shape()->size() - 1);
}

// The method's update of a cache, or null.
const schema::CacheUpdate* update_of(const schema::Method& method, uint32_t cache);

// Tokens that one run of any method may store to a cache for one sequence.
uint32_t most_stored(const schema::Model& model, uint32_t cache);

class Frame {
 public:
  using Tensors = flatbuffers::Vector<flatbuffers::Offset<schema::Tensor>>;

  const schema::Model* model = nullptr;
  const schema::Method* method = nullptr;
  const Tensors* tensors = nullptr;  // of the method
  const schema::Operator* op = nullptr;
  uint32_t method_index = 0;
  uint32_t op_index = 0;
  const uint32_t* dims = nullptr;
  const fovea_features* features = nullptr;
  Memory memory;

  void set_method(const schema::Model* m, uint32_t index) {
    model = m;
    method = m->methods()->Get(index);
    method_index = index;
    tensors = method->tensors();
  }

  // Tensor, weight and state indices, -1 where absent.
  int32_t input(uint32_t slot) const { return at(op->inputs(), slot); }
  int32_t output(uint32_t slot) const { return at(op->outputs(), slot); }
  const schema::Weight* weight(uint32_t slot) const;
  const schema::State* state(uint32_t slot) const;

  // Extent `i` of a tensor at the present dims.
  uint32_t extent(const schema::Tensor* tensor, uint32_t i) const {
    const auto* indices = tensor->dims();
    return scaled(tensor->extents()->Get(i), indices == nullptr ? -1 : indices->Get(i));
  }
  const schema::Tensor* tensor(int32_t index) const {
    return tensors->Get(static_cast<uint32_t>(index));
  }
  Rows rows(int32_t tensor_index) const;
  Rows input_rows(uint32_t slot) const { return rows(input(slot)); }
  Rows output_rows(uint32_t slot) const { return rows(output(slot)); }

  // Data of a weight; null where the operator has none at that slot. Only the first weight of some
  // operators is in another format than f32.
  const void* packed(uint32_t slot) const;
  const float* weight_data(uint32_t slot) const { return static_cast<const float*>(packed(slot)); }

  // Data of the operator's state.
  unsigned char* state_data(uint32_t slot) const { return memory.states + state(slot)->offset(); }

  // Tokens that a cache held for every sequence before this run; null where the method replaces
  // them.
  const int32_t* held(uint32_t cache) const;
  uint32_t cached(uint32_t cache, uint32_t sequence) const {
    const int32_t* lengths = held(cache);
    return lengths == nullptr ? 0 : static_cast<uint32_t>(lengths[sequence]);
  }
  bool updates() const { return size_of(method->updates()) != 0; }
  const schema::CacheUpdate* update_of(uint32_t cache) const {
    return fovea::update_of(*method, cache);
  }

  Where where(fovea_field field = FOVEA_FIELD_NONE, uint32_t slot = 0) const {
    return {FOVEA_TABLE_OPERATOR, op_index, method_index, field, slot};
  }
  // The length of a packed sequence.
  Where where_length(uint32_t sequence) const {
    return {FOVEA_TABLE_TENSOR, static_cast<uint32_t>(method->lengths()), method_index,
            FOVEA_FIELD_SEQUENCE, sequence};
  }

 private:
  uint32_t scaled(uint32_t constant, int32_t dim) const {
    return dim < 0 ? constant : constant * dims[dim];
  }
  static int32_t at(const flatbuffers::Vector<int32_t>* list, uint32_t slot) {
    return slot < size_of(list) ? list->Get(slot) : -1;
  }
};

// A method at a session's present dims, with the session's memory. The operator is still to be set.
Frame frame_of(const fovea_session& session, uint32_t method);

}  // namespace fovea

#endif  // FOVEA_RUNTIME_FRAME_H_
