// What the tests of codes of both kinds share: products in one call and in pieces, and lookups.

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

// Lookups in a table of rows that lie in panels or one after another: `run(row, a)`. What number i
// of a row stands for: `number(id, i)`.
template <class Run, class Number>
void check_lookups(Random& random, size_t count, size_t width, const void* table, bool in_panels,
                   const Run& run, const Number& number) {
  std::vector<int32_t> ids(random.from(1, 9));
  for (int32_t& id : ids) id = static_cast<int32_t>(random.from(0, count - 1));
  kernels::Embedding a = {};
  a.table = table;
  a.ids = ids.data();
  a.rows = static_cast<uint32_t>(ids.size());
  a.y_stride = a.width = static_cast<uint32_t>(width);
  a.in_panels = in_panels;
  a.scale = random.number();
  for (const kernels::Kernels* row : exact_rows()) {
    std::vector<float> y(ids.size() * width);
    a.y = y.data();
    run(*row, a);
    for (size_t n = 0; n < y.size(); ++n) {
      CHECK(y[n] == number(static_cast<size_t>(ids[n / width]), n % width) * a.scale);
    }
  }
}

}  // namespace fovea::test

#endif  // FOVEA_TESTS_KERNELS_PIECES_H_
