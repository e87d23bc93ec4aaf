// Layers of experts: nothing but the chosen ones is computed, read or heard of.

#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <vector>

#include "runtime/work.h"
#include "tests/runtime/handmade.h"

namespace fovea::test {
namespace {

using schema::DType;
using schema::Layout;

// Rows of ids that are given, of four experts: each multiplies its row by its number plus one, in
// a gate of ones.
struct Layer : Handmade {
  Layer(uint32_t rows, uint32_t chosen, uint32_t width) {
    const int32_t n = dim("rows", rows);
    const int32_t x = input("x", {1, width}, {n});
    const int32_t ids = input("ids", {1, chosen}, {n}, DType::Int32);
    const int32_t by = input("weights", {1, chosen}, {n});
    const int32_t hidden = tensor("hidden", {1, chosen * width}, {n});
    const int32_t y = tensor("y", {1, width}, {n});
    schema::GatedExpertsT gated;
    op(gated, {x, ids}, {hidden},
       {weight(Layout::GatedPanels16, {4, 2, width, width}),
        weight(Layout::GatedRow16, {4, 2, width})});
    op(schema::LinearExpertsT(), {hidden, by, ids}, {y},
       {weight(Layout::Panels16, {4, width, width})});
    for (uint32_t e = 0; e < 4; ++e) {
      matrix(0, e, 2, 1, width, static_cast<float>(e + 1));
      matrix(2, e, 1, 0, width, 1);
      for (uint32_t n16 = 0; n16 < round_up(width, 16); ++n16) {
        bias(e, 0, n16, width) = n16 < width ? 1.0f : 0.0f;
        bias(e, 1, n16, width) = 0;
      }
    }
    finish({y});
  }

  // `diagonal` on the diagonal of matrix `which` of an expert's group, zeros in its other ones.
  void matrix(size_t index, uint32_t e, uint32_t group, uint32_t which, uint32_t width,
              float diagonal) {
    float* w = &weights[model.weights[index]->offset / sizeof(float)];
    const size_t each = round_up(width, 16) * width * group;
    std::fill(w + e * each, w + (e + 1) * each, 0.0f);
    for (uint32_t i = 0; i < width; ++i) {
      w[e * each + kernels::panel_index(i, i, width, group, which)] = diagonal;
    }
  }
  float& bias(uint32_t e, uint32_t which, uint32_t n, uint32_t width) {
    float* b = &weights[model.weights[1]->offset / sizeof(float)];
    return b[e * 2 * round_up(width, 16) + kernels::panel_index(n, 0, 1, 2, which)];
  }
};

struct LayerSession : HandmadeSession {
  LayerSession(Layer& layer) : HandmadeSession(make_image(layer.model, layer.weights)) {}

  template <class T>
  void give(const char* name, const std::vector<T>& values) {
    fovea_tensor t;
    REQUIRE(fovea_input(session, 0, name, &t, nullptr) == FOVEA_OK);
    REQUIRE(t.bytes == values.size() * sizeof(T));
    std::memcpy(t.data, values.data(), t.bytes);
  }
  std::vector<float> result() {
    fovea_tensor t;
    REQUIRE(fovea_output(session, 0, "y", &t, nullptr) == FOVEA_OK);
    const auto* y = static_cast<const float*>(t.data);
    return std::vector<float>(y, y + t.bytes / sizeof(float));
  }
};

TEST_CASE("each row goes through its own experts, however many rows share one") {
  constexpr uint32_t kRows = 130, kWidth = 20;  // more rows than are worked on together
  Layer layer(kRows, 2, kWidth);
  LayerSession s(layer);
  std::vector<float> x, by, expected;
  std::vector<int32_t> ids;
  for (uint32_t r = 0; r < kRows; ++r) {
    const int32_t a = r % 7 == 0 ? 3 : 1, b = r % 5 == 0 ? 1 : 0;  // some of them twice
    ids.insert(ids.end(), {a, b});
    by.insert(by.end(), {0.5f, 2.0f});
    for (uint32_t i = 0; i < kWidth; ++i) {
      x.push_back(static_cast<float>(r + i));
      expected.push_back(x.back() *
                         (0.5f * static_cast<float>(a + 1) + 2.0f * static_cast<float>(b + 1)));
    }
  }
  s.give("x", x);
  s.give("ids", ids);
  s.give("weights", by);
  REQUIRE(fovea_run(s.session, 0, nullptr) == FOVEA_OK);
  CHECK(s.result() == expected);
}

TEST_CASE("an expert that no row chose may hold anything") {
  Layer layer(3, 1, 20);
  layer.matrix(0, 2, 2, 1, 20, NAN);
  layer.matrix(2, 2, 1, 0, 20, INFINITY);
  LayerSession s(layer);
  s.give("x", std::vector<float>(60, 1.0f));
  s.give("weights", std::vector<float>(3, 1.0f));
  s.give("ids", std::vector<int32_t>{0, 3, 1});
  REQUIRE(fovea_run(s.session, 0, nullptr) == FOVEA_OK);
  for (const float y : s.result()) CHECK(std::isfinite(y));
}

TEST_CASE("ids out of range are refused in the run that has them") {
  for (const int32_t id : {-1, 4, INT32_MIN, INT32_MAX}) {
    Layer layer(3, 2, 20);
    LayerSession s(layer);
    s.fill("x", 1.0f);
    s.fill("weights", 1.0f);
    s.give("ids", std::vector<int32_t>{0, 3, 1, 2, 0, id});
    fovea_error error;
    CHECK(fovea_run(s.session, 0, &error) == FOVEA_OUT_OF_RANGE);
    CHECK(error.field == FOVEA_FIELD_INPUT);
    CHECK(error.slot == 1);
    s.give("ids", std::vector<int32_t>{0, 3, 1, 2, 0, 3});
    CHECK(fovea_run(s.session, 0, &error) == FOVEA_OK);
  }
}

TEST_CASE("ids that change between the slices of a run are looked at again") {
  Layer layer(40, 2, 20);
  LayerSession s(layer);
  s.fill("x", 1.0f);
  s.fill("weights", 1.0f);
  s.fill("ids", int32_t{1});
  bool finished = false;
  REQUIRE(fovea_run_for(s.session, 0, 1, &finished, nullptr) == FOVEA_OK);
  REQUIRE(!finished);
  s.fill("ids", int32_t{1000000});
  fovea_code code = FOVEA_OK;
  while (code == FOVEA_OK && !finished) code = fovea_run_for(s.session, 0, 1, &finished, nullptr);
  CHECK(code == FOVEA_OUT_OF_RANGE);
}

TEST_CASE("work and what is read are those of the chosen experts") {
  Layer layer(9, 2, 20);
  LayerSession s(layer);
  const uint64_t each = 32 * 20 * 3 + 2 * 32;  // floats of an expert: matrices, biases
  for (const uint32_t rows : {1u, 2u, 9u}) {
    s.set_dim(0, rows);
    fovea_cost cost;
    REQUIRE(fovea_work(s.session, 0, &cost, nullptr) == FOVEA_OK);
    CHECK(cost.multiply_adds == uint64_t{rows} * 2 * 3 * 20 * 20);
    CHECK(cost.bytes == (rows == 1 ? 2 : 4) * each * sizeof(float));
  }
}

}  // namespace
}  // namespace fovea::test
