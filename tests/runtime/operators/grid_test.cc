// What no attribute of an operator of grids makes wrong, and numbers that are not finite.

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "tests/runtime/operators/case_session.h"
#include "tests/runtime/operators/grid.h"

namespace {

using namespace fovea;
using namespace fovea::test;

// A window of 1 x 1, so that a grid of 2 x 3 stays one.
const GridForm kSame = {{2}, {3}};

int32_t tokens(Case& c, uint32_t width) {
  return c.copy({1, 6, width}, {0, -1, -1});
}

void add_grid(Case& c, int32_t x, int32_t y) {
  schema::GridConvolutionT a;
  a.windows = kSame.windows();
  c.op(std::move(a), {x}, {y}, {c.weight(schema::Layout::Panels16, {8, 8})});
}

void add_depthwise(Case& c, int32_t x, int32_t y) {
  schema::DepthwiseConvolutionT a;
  a.windows = kSame.windows();
  c.op(std::move(a), {x}, {y}, {c.weight(schema::Layout::Row16, {1, 8})});
}

void add_resized(Case& c, int32_t x, int32_t y) {
  schema::ResizeGridT a;
  a.lines = a.made_lines = 2;
  a.columns = a.made_columns = 3;
  c.op(a, {x}, {y});
}

struct Added {
  const char* what;
  void (*add)(Case& c, int32_t x, int32_t y);
};
constexpr Added kAll[] = {
    {"grid convolution", add_grid}, {"depthwise", add_depthwise}, {"resized", add_resized}};

TEST_CASE("grids: results of another batch or width, and tensors without tokens are refused") {
  struct Shape {
    std::vector<uint32_t> extents;
    std::vector<int32_t> dims;
    fovea_code code;
  };
  for (const Added& added : kAll) {
    CAPTURE(added.what);
    for (const Shape& y :
         {Shape{{1, 6, 8}, {0, -1, -1}, FOVEA_OK}, Shape{{2, 6, 8}, {-1, -1, -1}, FOVEA_BAD_SHAPE},
          Shape{{1, 6, 9}, {0, -1, -1}, FOVEA_BAD_SHAPE},
          Shape{{1, 1, 6, 8}, {0, -1, -1, -1}, FOVEA_BAD_SHAPE}}) {
      Case c;
      const int32_t made = c.tensor(y.extents, y.dims);
      added.add(c, tokens(c, 8), made);
      c.output(made);
      CHECK(open_code(c, nullptr) == y.code);
    }
  }
}

TEST_CASE("grids: packed rows are no grid, whatever their most") {
  for (const Added& added : kAll) {
    CAPTURE(added.what);
    Case c;
    c.pack();
    const int32_t x = c.rows(8), y = c.made(8);
    added.add(c, x, y);
    c.output(y);
    CHECK(open_code(c, nullptr) == FOVEA_BAD_SHAPE);
  }
}

// Numbers of lines that wrap around 2^32 would be as many as these.
TEST_CASE("grids: no window is made where none fits") {
  for (const bool depthwise : {false, true}) {
    Case c;
    GridForm form = {{1, 3, 4096, 2}, {1}};
    const int32_t x = c.copy({1, 1, 8}, {0, -1, -1});
    const int32_t y = c.tensor({1, 1u << 20, 8}, {0, -1, -1});
    if (depthwise) {
      schema::DepthwiseConvolutionT a;
      a.windows = form.windows();
      c.op(std::move(a), {x}, {y}, {c.weight(schema::Layout::Row16, {3, 8})});
    } else {
      schema::GridConvolutionT a;
      a.windows = form.windows();
      c.op(std::move(a), {x}, {y}, {c.weight(schema::Layout::Panels16, {8, 24})});
    }
    c.output(y);
    CHECK(open_code(c, nullptr) == FOVEA_BAD_SHAPE);
  }
}

// What x makes with one infinite number in it.
std::vector<float> with_infinity(Case& c, size_t at) {
  CaseSession session(c, How::kWhole);
  session.run(1, 1);
  const Frame frame = frame_of(*session.get(), 0);
  const auto input = static_cast<int32_t>(frame.method->inputs()->Get(0));
  frame.rows(input).f32()[at] = std::numeric_limits<float>::infinity();
  REQUIRE(fovea_run(session.get(), 0, nullptr) == FOVEA_OK);
  return session.outputs();
}

TEST_CASE("grids: an infinite number is not in what does not reach it") {
  Case resized;
  schema::ResizeGridT a;
  a.lines = 1;
  a.columns = 3;
  a.made_lines = 1;
  a.made_columns = 3;
  const int32_t x = resized.copy({1, 3, 2}, {0, -1, -1});
  const int32_t y = resized.tensor({1, 3, 2}, {0, -1, -1});
  resized.op(a, {x}, {y});
  resized.output(y);
  const std::vector<float> made = with_infinity(resized, 2);
  for (size_t i = 0; i < made.size(); ++i) CHECK(std::isinf(made[i]) == (i == 2));
}

}  // namespace
