// What no attribute of a convolution makes wrong: its tensors.

#include <doctest/doctest.h>

#include "tests/runtime/operators/listed.h"

namespace {

using namespace fovea;
using namespace fovea::test;

// A convolution of `groups` groups with two taps, `stride` tokens apart.
fovea_code open_with(Case& c, int32_t x, int32_t y, uint32_t groups, uint32_t columns,
                     uint32_t outputs, uint32_t stride, fovea_error* error) {
  schema::ConvolutionT a;
  a.taps = 2;
  a.before = 1;
  a.stride = stride;
  a.groups = groups;
  std::vector<uint32_t> shape = {outputs, 2 * columns};
  if (groups > 1) shape.insert(shape.begin(), groups);
  c.op(a, {x}, {y}, {c.weight(schema::Layout::Panels16, shape)});
  c.output(y);
  return open_code(c, error);
}

TEST_CASE("convolution: columns that groups do not divide are refused") {
  for (const auto& [columns, outputs] :
       {std::pair(12u, 34u), std::pair(13u, 34u), std::pair(12u, 35u)}) {
    Case c;
    fovea_error error = {};
    const int32_t x = c.rows(columns), y = c.made(outputs);
    const fovea_code code = open_with(c, x, y, 2, 6, 17, 1, &error);
    CHECK(code == (columns == 12 && outputs == 34 ? FOVEA_OK : FOVEA_BAD_SHAPE));
    if (code == FOVEA_OK) continue;
    CHECK(error.field == (columns == 12 ? FOVEA_FIELD_OUTPUT : FOVEA_FIELD_INPUT));
  }
}

TEST_CASE("convolution: rows of another batch, packed ones of another length are refused") {
  for (const bool right : {true, false}) {
    Case c;
    const int32_t x = c.rows(8), dim = c.add_windows(1, 2);
    const int32_t y =
        right ? c.tensor({1, 1, 16}, {0, dim, -1}) : c.tensor({2, 1, 16}, {-1, dim, -1});
    CHECK(open_with(c, x, y, 1, 8, 16, 2, nullptr) == (right ? FOVEA_OK : FOVEA_BAD_SHAPE));
  }
  Case packed;
  packed.pack();
  const int32_t x = packed.rows(8), dim = packed.add_windows(1, 2);
  CHECK(open_with(packed, x, packed.tensor({1, 16}, {dim, -1}), 1, 8, 16, 2, nullptr) ==
        FOVEA_BAD_SHAPE);
}

TEST_CASE("convolution: a dim that only agrees where shapes are looked at is refused") {
  // 40 tokens make 20 rows either way, 39 do not.
  for (const int32_t more : {1, 0}) {
    Case c;
    const int32_t x = c.rows(8), dim = c.add_windows(more, 2);
    CHECK(open_with(c, x, c.tensor({1, 1, 16}, {0, dim, -1}), 1, 8, 16, 2, nullptr) ==
          (more == 1 ? FOVEA_OK : FOVEA_BAD_SHAPE));
  }
}

}  // namespace
