// A class token before rows of a dim: one row more, whose extents are derived.

#include <doctest/doctest.h>

#include <cfloat>
#include <cmath>
#include <cstdint>

#include "tests/runtime/handmade.h"

namespace fovea::test {
namespace {

// A class token before rows of a dim, and attention among all of them: blocks of keys are derived
// of what is derived.
struct ClassToken : Handmade {
  explicit ClassToken(bool packed = false, uint32_t factor = 1) {
    const int32_t frames = dim("frames", 40);
    all = derived("rows", frames, factor, -1, 0, 1, 1);
    const int32_t blocks = derived("blocks", all, 1, -1, 0, 15, 16);
    if (packed) {
      method.lengths = input("lengths", {1}, {-1}, schema::DType::Int32);
      method.packed = static_cast<uint32_t>(frames);
    }
    x = input("x", {factor, 4}, {frames, -1});
    const int32_t rows = tensor("rows", {1, 4}, {all, -1});
    y = tensor("y", {1, 4}, {all, -1});
    const int32_t keys = tensor("k", {1, 1, 4, 16}, {-1, blocks, -1, -1});
    const int32_t values = tensor("v", {1, 16, 4}, {-1, blocks, -1});
    op(schema::PrependTokenT(), {x}, {rows}, {weight(schema::Layout::Row16, {4})});
    schema::StoreKeyValueT store;
    store.heads = 1;
    store.key_width = store.value_width = 4;
    op(store, {rows, rows}, {keys, values});
    schema::AttentionT attention;
    attention.heads = attention.kv_heads = 1;
    attention.key_width = attention.value_width = 4;
    attention.scale = 1;
    op(attention, {rows, keys, values}, {y});
  }
  int32_t all, x, y;
};

}  // namespace

TEST_CASE("a class token stands before as many rows as there are") {
  for (const uint32_t factor : {1u, 2u}) {
    ClassToken m(false, factor);
    const HandmadeSession s(m.image(m.y));
    for (const uint32_t frames : {40u, 1u, 15u, 16u, 31u}) {
      s.set_dim(0, frames);
      s.fill("x", 0.5f);  // as the token: so is every weighted mean of rows
      REQUIRE(fovea_run(s.session, 0, nullptr) == FOVEA_OK);
      fovea_tensor y;
      REQUIRE(fovea_output(s.session, 0, "y", &y, nullptr) == FOVEA_OK);
      CHECK(y.extents[0] == factor * frames + 1);
      for (uint32_t i = 0; i < y.bytes / sizeof(float); ++i) {
        const float off = std::fabs(static_cast<const float*>(y.data)[i] - 0.5f);
        CHECK(off <= 0.5f * FLT_EPSILON * static_cast<float>(y.extents[0]));
      }
    }
  }
}

TEST_CASE("the rows behind a class token are one more, and not packed") {
  const auto refused = [](ClassToken& m) {
    const Image image = m.image(m.y);
    fovea_model model;
    fovea_error error;
    CHECK(fovea_open(image.span(), {}, &model, &error) == FOVEA_BAD_SHAPE);
    CHECK(error.table == FOVEA_TABLE_OPERATOR);
    CHECK(error.index == 0);
    return error;
  };
  const auto derivation = [&](void (*change)(schema::DimT&)) {
    ClassToken m;
    change(*m.model.dims[1]);
    for (size_t i : {1, 2}) {
      schema::DimT& dim = *m.model.dims[i];
      dim.max = (dim.a * m.model.dims[i - 1]->max + static_cast<uint32_t>(dim.c)) / dim.d;
    }
    CHECK(refused(m).field == FOVEA_FIELD_OUTPUT);
  };
  derivation([](schema::DimT& dim) { dim.a = 2; });
  derivation([](schema::DimT& dim) { dim.c = 2; });
  derivation([](schema::DimT& dim) { dim.c = 0; });
  derivation([](schema::DimT& dim) { dim.d = 2; });
  ClassToken other;
  const int32_t sides = other.dim("sides", 40);
  other.method.tensors[static_cast<size_t>(other.x)]->dims[0] = sides;
  CHECK(refused(other).field == FOVEA_FIELD_OUTPUT);
  ClassToken packed(true);
  CHECK(refused(packed).field == FOVEA_FIELD_INPUT);
  ClassToken all(true);
  all.method.packed = static_cast<uint32_t>(all.all);
  CHECK(refused(all).field == FOVEA_FIELD_OUTPUT);
}

}  // namespace fovea::test
