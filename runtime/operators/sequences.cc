#include "runtime/operators/sequences.h"

namespace fovea {

uint32_t Sequences::at(uint32_t block, uint32_t size) const {
  uint32_t low = 0, high = count;  // `low` begins there or before, `high` does not
  while (high - low > 1) {
    const uint32_t middle = low + (high - low) / 2;
    (first_block(middle, size) <= block ? low : high) = middle;
  }
  return low;
}

Piece Sequences::block(uint32_t index, uint32_t size) const {
  const uint32_t sequence = at(index, size);
  const uint32_t token = (index - first_block(sequence, size)) * size, all = length(sequence);
  const uint32_t left = token < all ? all - token : 0;
  return {sequence, first(sequence) + token, token, left < size ? left : size};
}

Piece Sequences::piece(uint32_t row, uint32_t end) const {
  const uint32_t sequence = at(row, 1), next = first(sequence + 1);
  return {sequence, row, row - first(sequence), (next < end ? next : end) - row};
}

bool is_packed(const schema::Method& method, const schema::Tensor& tensor) {
  const auto* dims = tensor.dims();
  return method.lengths() >= 0 && tensor.extents()->size() == 2 && dims != nullptr &&
         dims->Get(0) == static_cast<int32_t>(method.packed()) && tensor.extents()->Get(0) == 1;
}

Sequences sequences_of(const Frame& f, int32_t index) {
  const Rows x = f.rows(index);
  if (is_packed(*f.method, *f.tensor(index))) {
    const schema::Tensor* lengths = f.tensor(f.method->lengths());
    return {f.extent(lengths, 0), x.rows, x.rows, true, f.memory.starts};
  }
  return {x.batch, x.rows, x.tokens, false, nullptr};
}

}  // namespace fovea
