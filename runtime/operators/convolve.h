// What convolutions share: windows of tokens become rows of a product, group after group.

#ifndef FOVEA_RUNTIME_OPERATORS_CONVOLVE_H_
#define FOVEA_RUNTIME_OPERATORS_CONVOLVE_H_

#include "runtime/operators/row_kernel.h"

namespace fovea {

// The columns that one of the groups reads and makes.
struct ConvolutionGroup {
  uint32_t count, columns, outputs, k, panels;
};

// Rows of y that follow each other in one sequence, of one group.
struct ConvolutionRows {
  const float* x;   // the group's columns of the sequence's first token
  size_t stride;    // from token to token
  uint32_t tokens;  // of the sequence
  uint32_t first, count;
};

// Makes the taps of the first of these rows, side by side: part.x, part.x_stride. `memory` has room
// for rows_at_once() of them, row_stride(k) apart. Returns how many it made, at least one.
using TakeTaps = uint32_t (*)(const Frame& f, const ConvolutionGroup& group,
                              const ConvolutionRows& rows, kernels::Linear& part, float* memory);

// Most rows whose taps are side by side at a time, of so many rows in all: two tiles of the widest
// row.
constexpr uint32_t rows_at_once(uint32_t rows) {
  return rows < 16 ? rows : 16;
}

// Groups that divide the columns of x and of y; a matrix of `taps` times as many columns, a bias.
fovea_code check_convolution(const Frame& f, uint32_t slot_of_groups, uint32_t groups,
                             uint32_t taps, fovea_error* error);
uint64_t convolution_scratch(const Frame& f, uint32_t groups);
fovea_code prepare_convolution(Run& run, uint32_t groups, schema::Function function);
void run_convolution(const Run& run, uint32_t task, uint32_t worker, TakeTaps take,
                     const RowKernel& kernel);

// Of an operator whose tasks these are; `run` is that of f32.
constexpr Definition convolution_definition(decltype(Definition::check) check,
                                            decltype(Definition::scratch) scratch,
                                            decltype(Definition::prepare) prepare,
                                            decltype(Definition::run) run) {
  Definition d;
  d.inputs = {{"x"}};
  d.outputs = {{"y"}};
  d.weights = {{"matrix"}, {"bias", kOptional}};
  d.check = check;
  d.scratch = scratch;
  d.prepare = prepare;
  d.run = run;
  d.cost = [](const Frame& f) { return matrix_cost(f, 1); };
  return d;
}

}  // namespace fovea

#endif  // FOVEA_RUNTIME_OPERATORS_CONVOLVE_H_
