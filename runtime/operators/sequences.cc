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
  return rows_of(sequence, index - first_block(sequence, size), size);
}

Piece Sequences::piece(uint32_t row, uint32_t end) const {
  const uint32_t sequence = at(row, 1), next = first(sequence + 1);
  return {sequence, row, row - first(sequence), (next < end ? next : end) - row};
}

uint32_t Sequences::first_task(uint32_t sequence, const Sizes& sizes) const {
  uint32_t tasks = 0;
  for (const uint32_t size : sizes) tasks += first_block(sequence, within(size));
  return tasks;
}

Visit Sequences::visit(uint32_t task, const Sizes& sizes) const {
  uint32_t low = 0, high = count;  // `low` begins there or before, `high` does not
  while (high - low > 1) {
    const uint32_t middle = low + (high - low) / 2;
    (first_task(middle, sizes) <= task ? low : high) = middle;
  }
  Visit visit;
  uint32_t block = task - first_task(low, sizes);
  for (const uint32_t size : sizes) {
    const uint32_t rows = within(size);
    const uint32_t blocks = first_block(low + 1, rows) - first_block(low, rows);
    if (block < blocks) {
      visit.piece = rows_of(low, block, rows);
      break;
    }
    block -= blocks;
    ++visit.pass;
  }
  return visit;
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
