// Apart from sequences.cc: firmware has no sliced runs' passes unless an operator makes them.

#include "runtime/operators/sequences.h"

namespace fovea {

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
      const uint32_t token = block * rows, all = length(low), left = token < all ? all - token : 0;
      visit.piece = {low, first(low) + token, token, left < rows ? left : rows};
      break;
    }
    block -= blocks;
    ++visit.pass;
  }
  return visit;
}

}  // namespace fovea
