// How operators count their work. Linked only into programs that ask for it.

#ifndef FOVEA_RUNTIME_OPERATORS_COST_H_
#define FOVEA_RUNTIME_OPERATORS_COST_H_

#include "runtime/frame.h"

namespace fovea {

// A number that does not fit is UINT64_MAX.
inline fovea_cost counted(Checked multiply_adds, Checked bytes) {
  return {multiply_adds.value(), bytes.value()};
}

inline Checked elements(const Rows& rows) {
  return Checked(rows.rows) * rows.width;
}

// Of all weights of the operator.
Checked weight_bytes(const Frame& frame);

// One multiply-add for each element of the first output.
fovea_cost element_cost(const Frame& frame);
// Each output is made from a row of a table.
fovea_cost lookup_cost(const Frame& frame);
// The output is made from so many matrices.
fovea_cost matrix_cost(const Frame& frame, uint32_t matrices);
// The same of experts, of which each row goes through those that it chose: no more are read than
// there are, or are chosen.
fovea_cost chosen_cost(const Frame& frame, uint32_t matrices, const Rows& ids);
fovea_cost attention_cost(const Frame& frame);

}  // namespace fovea

#endif  // FOVEA_RUNTIME_OPERATORS_COST_H_
