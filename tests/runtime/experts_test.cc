// Which experts a row chooses, and that nothing but these is computed, read or heard of.

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
using schema::RouteKind;

struct Routed {
  std::vector<int32_t> ids;
  std::vector<float> weights;
};

// One row of logits.
Routed route(const std::vector<float>& logits, uint32_t chosen, RouteKind kind) {
  Handmade m;
  const auto experts = static_cast<uint32_t>(logits.size());
  const int32_t x = m.input("x", {1, experts});
  const int32_t weights = m.tensor("weights", {1, chosen});
  const int32_t ids = m.tensor("ids", {1, chosen}, {}, DType::Int32);
  schema::RouteT attributes;
  attributes.experts = experts;
  attributes.kind = kind;
  m.op(attributes, {x}, {weights, ids});
  m.finish({weights, ids});
  HandmadeSession s(make_image(m.model, m.weights));
  fovea_tensor t;
  REQUIRE(fovea_input(s.session, 0, "x", &t, nullptr) == FOVEA_OK);
  std::memcpy(t.data, logits.data(), t.bytes);
  REQUIRE(fovea_run(s.session, 0, nullptr) == FOVEA_OK);
  Routed made = {std::vector<int32_t>(chosen), std::vector<float>(chosen)};
  REQUIRE(fovea_output(s.session, 0, "ids", &t, nullptr) == FOVEA_OK);
  CHECK(t.type == FOVEA_INT32);
  std::memcpy(made.ids.data(), t.data, t.bytes);
  REQUIRE(fovea_output(s.session, 0, "weights", &t, nullptr) == FOVEA_OK);
  std::memcpy(made.weights.data(), t.data, t.bytes);
  return made;
}

using Ids = std::vector<int32_t>;

TEST_CASE("of equal logits the lower expert is chosen, and ids ascend") {
  CHECK(route({1, 3, 3, 3, 0}, 2, RouteKind::Chosen).ids == Ids{1, 2});
  CHECK(route({3, 1, 3, 2, 3}, 3, RouteKind::Chosen).ids == Ids{0, 2, 4});
  CHECK(route({0, 0, 0, 0, 0}, 3, RouteKind::All).ids == Ids{0, 1, 2});
  CHECK(route({-0.0f, 0.0f, 1, 0.0f}, 2, RouteKind::All).ids == Ids{0, 2});
  CHECK(route({1, 2, 5, 4, 3}, 5, RouteKind::Sigmoid).ids == Ids{0, 1, 2, 3, 4});
  CHECK(route({-INFINITY, 7, -INFINITY, INFINITY}, 3, RouteKind::Sigmoid).ids == Ids{0, 1, 3});
}

TEST_CASE("weights are those of the chosen, in their order") {
  const std::vector<float> logits = {0, std::log(3.0f), std::log(2.0f), -INFINITY};
  const auto near = [](float a, double b) { CHECK(std::abs(a - b) < 1e-6); };
  const Routed chosen = route(logits, 2, RouteKind::Chosen);
  near(chosen.weights[0], 0.6);
  near(chosen.weights[1], 0.4);
  const Routed all = route(logits, 2, RouteKind::All);
  near(all.weights[0], 0.5);
  near(all.weights[1], 1.0 / 3);
  const Routed sigmoid = route(logits, 2, RouteKind::Sigmoid);
  near(sigmoid.weights[0], 0.75);
  near(sigmoid.weights[1], 2.0 / 3);
}

TEST_CASE("a NaN is chosen last, and is in all weights of its row, chosen or not") {
  for (const RouteKind kind : {RouteKind::Chosen, RouteKind::All, RouteKind::Sigmoid}) {
    const Routed last = route({NAN, 1, NAN, 2, 0}, 2, kind);
    CHECK(last.ids == Ids{1, 3});
    for (const float weight : last.weights) CHECK(std::isnan(weight));
    CHECK(route({NAN, 1, NAN, -INFINITY, NAN}, 3, kind).ids == Ids{0, 1, 2});
  }
}

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

TEST_CASE("a layout takes its own rank and, of experts, one more") {
  const struct {
    Layout layout;
    uint32_t least, most;
  } all[] = {{Layout::Plain, 1, 4},
             {Layout::Row16, 1, 2},
             {Layout::Panels16, 2, 3},
             {Layout::GatedPanels16, 3, 4},
             {Layout::GatedRow16, 2, 3}};
  for (const auto& l : all) {
    for (uint32_t rank = 0; rank < 7; ++rank) {
      CHECK(layout_takes_rank(l.layout, rank) == (rank >= l.least && rank <= l.most));
    }
  }
  CHECK(!layout_takes_rank(static_cast<Layout>(5), 2));
  // Each expert has the bytes that it would have alone.
  const uint32_t gated[] = {3, 2, 17, 5}, row[] = {3, 17};
  CHECK(weight_bytes(Layout::GatedPanels16, gated, 4).value() == 3 * 2 * 32 * 5 * 4);
  CHECK(weight_bytes(Layout::GatedPanels16, gated + 1, 3).value() == 2 * 32 * 5 * 4);
  CHECK(weight_bytes(Layout::Row16, row, 2).value() == 3 * 32 * 4);
}

TEST_CASE("layers of more experts than any router has are refused") {
  for (const uint32_t experts : {4096u, 4097u}) {
    Handmade m;
    const int32_t x = m.input("x", {1, 1}), by = m.input("by", {1, 1});
    const int32_t ids = m.input("ids", {1, 1}, {}, DType::Int32), y = m.tensor("y", {1, 1});
    m.op(schema::LinearExpertsT(), {x, by, ids}, {y},
         {m.weight(Layout::Panels16, {experts, 1, 1})});
    const Image image = m.image(y);
    fovea_model model;
    fovea_error error;
    CHECK(fovea_open(image.span(), {}, &model, &error) ==
          (experts == 4096 ? FOVEA_OK : FOVEA_BAD_VALUE));
    if (experts > 4096) CHECK(error.field == FOVEA_FIELD_WEIGHT);
  }
}

TEST_CASE("a layer without experts takes no weight that has them, be it of one") {
  Handmade m;
  const int32_t x = m.input("x", {2, 20}), y = m.tensor("y", {2, 20});
  m.op(schema::LinearT(), {x, -1}, {y}, {m.weight(Layout::Panels16, {1, 20, 20})});
  const Image image = m.image(y);
  fovea_model model;
  fovea_error error;
  CHECK(fovea_open(image.span(), {}, &model, &error) == FOVEA_BAD_SHAPE);
  CHECK(error.field == FOVEA_FIELD_WEIGHT);
}

TEST_CASE("more experts than a router may have, and more than there are, are refused") {
  for (const auto& [experts, chosen] : {std::pair(4097u, 2u), std::pair(4u, 5u)}) {
    Handmade m;
    const int32_t x = m.input("x", {1, experts});
    const int32_t weights = m.tensor("weights", {1, chosen});
    const int32_t ids = m.tensor("ids", {1, chosen}, {}, DType::Int32);
    schema::RouteT attributes;
    attributes.experts = experts;
    m.op(attributes, {x}, {weights, ids});
    m.finish({weights, ids});
    const Image image = make_image(m.model, m.weights);
    fovea_model model;
    fovea_error error;
    CHECK(fovea_open(image.span(), {}, &model, &error) == FOVEA_BAD_VALUE);
    CHECK(error.field == (chosen == 5 ? FOVEA_FIELD_OUTPUT : FOVEA_FIELD_ATTRIBUTE));
  }
}

}  // namespace
}  // namespace fovea::test
