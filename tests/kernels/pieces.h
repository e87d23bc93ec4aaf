// Products in one call and in pieces: neither rows nor panels of a call change an output's bits.

#ifndef FOVEA_TESTS_KERNELS_PIECES_H_
#define FOVEA_TESTS_KERNELS_PIECES_H_

#include <doctest/doctest.h>

#include <algorithm>

#include "tests/kernels/support.h"

namespace fovea::test {

// `run(row, a, r, p)` multiplies rows from `r` on by outputs from `p` on, where `a` says how many
// and where they go.
template <class Run>
void check_pieces(size_t rows, size_t n, const Run& run) {
  std::vector<float> whole;
  for (const kernels::Kernels* row : exact_rows()) {
    for (const size_t chunk : {rows, size_t{1}, size_t{5}}) {
      for (const size_t width : {n, size_t{16}, size_t{48}}) {
        std::vector<float> y(rows * n);
        for (size_t r = 0; r < rows; r += chunk) {
          for (size_t p = 0; p < n; p += width) {
            kernels::Linear a = {};
            a.y = &y[r * n + p];
            a.y_stride = n;
            a.rows = static_cast<uint32_t>(std::min(chunk, rows - r));
            a.outputs = static_cast<uint32_t>(std::min(width, n - p));
            run(*row, a, r, p);
          }
        }
        if (whole.empty()) whole = y;
        CHECK(same_bits(y, whole));
      }
    }
  }
}

}  // namespace fovea::test

#endif  // FOVEA_TESTS_KERNELS_PIECES_H_
