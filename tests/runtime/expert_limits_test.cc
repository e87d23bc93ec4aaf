// How many experts a file may have, and which weights have them.

#include <doctest/doctest.h>

#include <cstdint>
#include <utility>

#include "runtime/work.h"
#include "tests/runtime/handmade.h"

namespace fovea::test {
namespace {

using schema::DType;
using schema::Layout;

}  // namespace

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

TEST_CASE("an expert has no more codes than a sum has room for") {
  for (const DType type : {DType::Int8, DType::Int4, DType::UInt4}) {
    for (const uint32_t k : {kernels::kMostCodes, kernels::kMostCodes + 1}) {
      Handmade m;
      const int32_t x = m.input("x", {1, k}), by = m.input("by", {1, 1});
      const int32_t ids = m.input("ids", {1, 1}, {}, DType::Int32), y = m.tensor("y", {1, 1});
      const int32_t matrix = m.weight(Layout::Panels16, {2, 1, k});
      schema::WeightT& w = *m.model.weights[static_cast<size_t>(matrix)];
      w.dtype = type;
      w.size = weight_bytes(w.layout, w.shape.data(), 3, type).value();
      m.op(schema::LinearExpertsT(), {x, by, ids}, {y}, {matrix});
      const Image image = m.image(y);
      fovea_model model;
      fovea_error error;
      const bool fits = k == kernels::kMostCodes;
      CHECK(fovea_open(image.span(), {}, &model, &error) == (fits ? FOVEA_OK : FOVEA_BAD_VALUE));
      if (!fits) CHECK(error.field == FOVEA_FIELD_WEIGHT);
    }
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

}  // namespace fovea::test
