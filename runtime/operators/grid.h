// Windows of a grid of tokens, of which convolutions in two dimensions make each token.

#ifndef FOVEA_RUNTIME_OPERATORS_GRID_H_
#define FOVEA_RUNTIME_OPERATORS_GRID_H_

#include "runtime/operators/check.h"

namespace fovea {

using schema::GridWindows;

// Lines or columns of a window that the grid has.
struct Taps {
  uint32_t first, count;  // of the window's taps
  uint32_t at;            // where the grid has the first one
};

uint32_t made_columns(const GridWindows& w);
// Of what is made, line or column `at`.
Taps taps_of_line(const GridWindows& w, uint32_t at);
Taps taps_of_column(const GridWindows& w, uint32_t at);

// Attributes, and the tokens of input 0 and output 0. `slot` is that of the attribute.
fovea_code check_grid(const Frame& f, const GridWindows* w, uint32_t slot, fovea_error* error);

}  // namespace fovea

#endif  // FOVEA_RUNTIME_OPERATORS_GRID_H_
