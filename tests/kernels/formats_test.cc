// A kernel gives the same bits for the weights of a format and for the floats that they stand for.

#include "kernels/formats.h"

#include <doctest/doctest.h>

#include "tests/kernels/support.h"

using namespace fovea;
using namespace fovea::test;

namespace {

// Random weights in a format, and what they stand for.
template <class W>
struct Pair {
  std::vector<W> narrow;
  std::vector<float> wide;

  Pair(Random& random, size_t count) : narrow(count), wide(count) {
    for (size_t i = 0; i < count; ++i) {
      kernels::narrow(random.number(random.coin() ? 1.0 : 1e-5), narrow[i]);
      wide[i] = kernels::widen(narrow[i]);
    }
  }
};

// Runs a kernel twice: `set` gives it the weights and a place for its results.
template <class W, class Run>
void check_same(const Pair<W>& w, size_t results, const char* row, Run run) {
  std::vector<float> narrow(results, 7.0f), wide(results, 7.0f);
  run(w.narrow.data(), narrow.data(), true);
  run(w.wide.data(), wide.data(), false);
  CAPTURE(row);
  CHECK(same_bits(narrow, wide));
}

struct ProductShape {
  uint32_t rows, k, outputs;
};

ProductShape any_shape(Random& random) {
  return {static_cast<uint32_t>(random.from(1, 20)), static_cast<uint32_t>(random.from(1, 70)),
          static_cast<uint32_t>(random.from(1, 130))};
}

template <class Args>
Args product_of(const ProductShape& s, const std::vector<float>& x, const std::vector<float>& bias,
                Random& random) {
  Args a = {};
  a.x = x.data();
  a.x_stride = a.k = s.k;
  a.y_stride = a.outputs = s.outputs;
  a.rows = s.rows;
  a.bias = random.coin() ? bias.data() : nullptr;
  a.function = static_cast<kernels::Function>(random.from(0, 6));
  return a;
}

template <class W, class Run>
void check_linear(Random& random, const kernels::Kernels& row, Run run) {
  const ProductShape s = any_shape(random);
  const std::vector<float> x = random.numbers(s.rows * s.k), bias = random.numbers(2 * 144);
  const Pair<W> w(random, 2 * kernels::padded(s.outputs) * s.k);
  const auto linear = product_of<kernels::Linear>(s, x, bias, random);
  const auto gated = product_of<kernels::GatedLinear>(s, x, bias, random);
  check_same(w, s.rows * s.outputs, row.name, [&](const void* weights, float* y, bool narrow) {
    kernels::Linear a = linear;
    a.w = weights;
    a.y = y;
    run(a, narrow);
  });
  check_same(w, s.rows * s.outputs, row.name, [&](const void* weights, float* y, bool narrow) {
    kernels::GatedLinear a = gated;
    a.w = weights;
    a.y = y;
    run(a, narrow);
  });
}

template <class W, class Run>
void check_embedding(Random& random, const kernels::Kernels& row, Run run) {
  const auto width = static_cast<uint32_t>(random.from(1, 90));
  const auto table = static_cast<uint32_t>(random.from(1, 40));
  const Pair<W> w(random, kernels::padded(table) * width);
  std::vector<int32_t> ids(random.from(1, 9));
  for (int32_t& id : ids) id = static_cast<int32_t>(random.from(0, table - 1));
  kernels::Embedding a = {};
  a.ids = ids.data();
  a.rows = static_cast<uint32_t>(ids.size());
  a.y_stride = a.width = width;
  a.in_panels = random.coin();
  a.scale = random.number();
  check_same(w, ids.size() * width, row.name, [&](const void* weights, float* y, bool narrow) {
    a.table = weights;
    a.y = y;
    run(a, narrow);
    // Rows of the table, element by element.
    const W* elements = w.narrow.data();
    for (size_t i = 0; narrow && i < ids.size() * width; ++i) {
      const auto id = static_cast<size_t>(ids[i / width]);
      const size_t at =
          a.in_panels ? (id / 16 * width + i % width) * 16 + id % 16 : id * width + i % width;
      CHECK(y[i] == kernels::widen(elements[at]) * a.scale);
    }
  });
}

}  // namespace

#define FOVEA_FORMAT(name, Element, type)                                             \
  TEST_CASE("weights in " #name " give the bits of the floats that they stand for") { \
    struct Run {                                                                      \
      const kernels::Kernels& row;                                                    \
      void operator()(const kernels::Linear& a, bool narrow) const {                  \
        narrow ? row.linear_##name(a) : row.linear_f32(a);                            \
      }                                                                               \
      void operator()(const kernels::GatedLinear& a, bool narrow) const {             \
        narrow ? row.gated_linear_##name(a) : row.gated_linear_f32(a);                \
      }                                                                               \
      void operator()(const kernels::Embedding& a, bool narrow) const {               \
        narrow ? row.embedding_##name(a) : row.embedding_f32(a);                      \
      }                                                                               \
    };                                                                                \
    for (const kernels::Kernels* row : runnable_rows()) {                             \
      Random random(5);                                                               \
      for (int i = 0; i < 60; ++i) {                                                  \
        check_linear<kernels::Element>(random, *row, Run{*row});                      \
        check_embedding<kernels::Element>(random, *row, Run{*row});                   \
      }                                                                               \
    }                                                                                 \
  }
#include "kernels/formats.inc"
#undef FOVEA_FORMAT
