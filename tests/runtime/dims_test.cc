// Dims that are derived from others.

#include "runtime/dims.h"

#include <doctest/doctest.h>

#include <utility>

#include "tests/runtime/handmade.h"

namespace fovea::test {
namespace {

// Rows of a derived number: y = relu(x).
struct Derived : Handmade {
  // floor((2 * frames + 3 * sides + c) / d)
  explicit Derived(int32_t c, uint32_t d = 4) {
    const int32_t frames = dim("frames", 20), sides = dim("sides", 5);
    const int32_t rows = derived("rows", frames, 2, sides, 3, c, d);
    x = input("x", {1, 4}, {rows, -1});
    y = tensor("y", {1, 4}, {rows, -1});
    op(schema::ActivationT(), {x}, {y});
  }
  int32_t x, y;
};

TEST_CASE("a derived dim follows the others") {
  Derived m(-1);
  const HandmadeSession s(m.image(m.y));
  CHECK(fovea_get_dim(s.session, 2) == (2 * 20 + 3 * 5 - 1) / 4);
  s.set_dim(0, 3);
  CHECK(fovea_get_dim(s.session, 2) == (2 * 3 + 3 * 5 - 1) / 4);
  s.set_dim(1, 1);
  CHECK(fovea_get_dim(s.session, 2) == 2);
  fovea_tensor y;
  REQUIRE(fovea_output(s.session, 0, "y", &y, nullptr) == FOVEA_OK);
  CHECK(y.extents[0] == 2);
  CHECK(y.bytes == 2 * 4 * sizeof(float));
}

TEST_CASE("a derived dim is not set, and none becomes 0") {
  Derived m(-10);
  const HandmadeSession s(m.image(m.y));
  fovea_error error;
  CHECK(fovea_set_dim(s.session, 2, 3, &error) == FOVEA_BAD_ARGUMENT);
  CHECK(sentence(error, &s.model) ==
        "this dim follows from others and is not set (dim 2 'rows', shape)");
  s.set_dim(1, 1);
  CHECK(fovea_set_dim(s.session, 0, 5, &error) == FOVEA_BAD_ARGUMENT);
  CHECK(sentence(error, &s.model) ==
        "a value is not allowed: 0, it must be from 1 to 11 (dim 2 'rows')");
  CHECK(fovea_get_dim(s.session, 0) == 20);
  CHECK(fovea_get_dim(s.session, 2) == 8);
  s.set_dim(0, 6);
  CHECK(fovea_get_dim(s.session, 2) == 1);
  fovea_dim info;
  for (uint32_t i = 0; i < 3; ++i) {
    REQUIRE(fovea_dim_info(&s.model, i, &info) == FOVEA_OK);
    CHECK(info.derived == (i == 2));
  }
}

TEST_CASE("dims derived from derived dims") {
  Handmade m;
  const int32_t frames = m.dim("frames", 100);
  const int32_t halves = m.derived("halves", frames, 1, -1, 0, 1, 2);
  const int32_t quarters = m.derived("quarters", halves, 1, -1, 0, 1, 2);
  const int32_t both = m.derived("both", quarters, 1, halves, 1, 0, 1);
  const int32_t x = m.input("x", {1, 2}, {both, -1}), y = m.tensor("y", {1, 2}, {both, -1});
  m.op(schema::ActivationT(), {x}, {y});
  const HandmadeSession s(m.image(y));
  CHECK(fovea_get_dim(s.session, 3) == 25 + 50);
  s.set_dim(0, 3);
  CHECK(fovea_get_dim(s.session, 3) == 1 + 2);
}

fovea_code opened(void (*change)(schema::DimT&), fovea_error* error) {
  Derived m(0);
  change(*m.model.dims[2]);
  const Image image = m.image(m.y);
  fovea_model model;
  return fovea_open(image.span(), {}, &model, error);
}

TEST_CASE("derived dims of hostile files are refused") {
  const struct {
    const char* what;
    void (*change)(schema::DimT&);
  } cases[] = {
      {"division by 0", [](schema::DimT& d) { d.d = 0; }},
      {"of itself", [](schema::DimT& d) { d.x = 2; }},
      {"also of itself", [](schema::DimT& d) { d.y = 2; }},
      {"of a later one", [](schema::DimT& d) { d.x = 3; }},
      {"of none", [](schema::DimT& d) { d.x = 0x7FFFFFFF; }},
      {"also of none", [](schema::DimT& d) { d.y = 0x7FFFFFFF; }},
      {"a factor of nothing",
       [](schema::DimT& d) {
         d.y = -1;
         d.max = 2 * 20 / 4;
       }},
      {"another maximum", [](schema::DimT& d) { d.max += 1; }},
      {"a smaller maximum", [](schema::DimT& d) { d.max -= 1; }},
      {"nothing left", [](schema::DimT& d) { d.c = -55; }},
      {"less than nothing", [](schema::DimT& d) { d.c = INT32_MIN; }},
      {"a divisor above the sum", [](schema::DimT& d) { d.d = 56; }},
      {"a sum past 32 bits",
       [](schema::DimT& d) {
         d.a = d.d = UINT32_MAX;
         d.max = 20;
       }},
      {"a sum that wraps around to the right one",
       [](schema::DimT& d) {
         d.a = 2 + (1u << 30);  // 20 times that is 40 and 5 * 2^32
         d.c = 0;
       }},
  };
  for (const auto& c : cases) {
    CAPTURE(c.what);
    fovea_error error;
    CHECK(opened(c.change, &error) == FOVEA_BAD_VALUE);
    CHECK(error.table == FOVEA_TABLE_DIM);
    CHECK(error.index == 2);
    CHECK(sentence(error).find('\n') == std::string::npos);
  }
  fovea_error error;
  CHECK(opened([](schema::DimT&) {}, &error) == FOVEA_OK);
}

TEST_CASE("extents are what they are made of, not what they are at some dims") {
  // 2 * frames + 15 at its maximum, 55, is 11 * sides at its own, and so are both 1.
  Derived m(0, 1);
  const int32_t z = m.tensor("z", {11, 4}, {1, -1});
  m.op(schema::ActivationT(), {m.x}, {z});
  const Image image = m.image(z);
  fovea_model model;
  CHECK(fovea_open(image.span(), {}, &model, nullptr) == FOVEA_BAD_SHAPE);
}

// A cache that is replaced by so many rows, while a * tokens + c says how many; tokens are 20 at
// most.
fovea_code replace_opened(uint32_t rows, uint32_t a, int32_t c) {
  Handmade m;
  const int32_t tokens = m.dim("tokens", 20);
  const int32_t counted = m.derived("counted", tokens, a, -1, 0, c, 1);
  m.cache(20, 1, 4, 4);
  const int32_t x = m.input("x", {rows, 4}, {-1, -1}), y = m.tensor("y", {rows, 4}, {-1, -1});
  schema::StoreKeyValueT store;
  store.heads = 1;
  store.key_width = store.value_width = 4;
  m.op(store, {x, x}, {}, {}, {0, 1});
  m.op(schema::ActivationT(), {x}, {y});
  m.update(schema::UpdateMode::Replace, counted);
  const Image image = m.image(y);
  fovea_model model;
  return fovea_open(image.span(), {}, &model, nullptr);
}

TEST_CASE("a dim without others is a constant, which extents may be") {
  CHECK(replace_opened(7, 0, 7) == FOVEA_OK);
  CHECK(replace_opened(8, 0, 7) == FOVEA_BAD_SHAPE);
  CHECK(replace_opened(6, 0, 7) == FOVEA_BAD_SHAPE);
  CHECK(replace_opened(1, 0, 7) == FOVEA_BAD_SHAPE);
  CHECK(replace_opened(7, 1, -13) == FOVEA_BAD_SHAPE);  // 7 at its maximum alone
}

// Keys in tensors: blocks of 16 for `tokens` rows of `batch` sequences.
fovea_code store_opened(uint32_t a, uint32_t b, int32_t c, uint32_t d, bool packed = true,
                        uint32_t constant = 0, bool one_dim = false) {
  Handmade m;
  const int32_t batch = m.dim("batch", 3), tokens = m.dim("tokens", 40);
  m.model.sequences = 40;
  if (packed) {
    m.method.lengths = m.input("lengths", {1}, {one_dim ? tokens : batch}, schema::DType::Int32);
    m.method.packed = static_cast<uint32_t>(tokens);
  }
  const int32_t blocks = m.derived("blocks", tokens, a, batch, b, c, d);
  const int32_t x = m.input("x", {1, 4}, {tokens, -1}), y = m.tensor("y", {1, 4}, {tokens, -1});
  const int32_t dim = constant == 0 ? blocks : -1;
  const uint32_t factor = constant == 0 ? 1 : constant;
  const int32_t keys = m.tensor("keys", {1, factor, 4, 16}, {-1, dim, -1, -1});
  const int32_t values = m.tensor("values", {1, 16 * factor, 4}, {-1, dim, -1});
  schema::StoreKeyValueT store;
  store.heads = 1;
  store.key_width = store.value_width = 4;
  m.op(store, {x, x}, {keys, values});
  m.op(schema::ActivationT(), {x}, {y});
  const Image image = m.image(y);
  fovea_model model;
  return fovea_open(image.span(), {}, &model, nullptr);
}

TEST_CASE("blocks of keys suffice for all lengths") {
  CHECK(store_opened(1, 15, 0, 16) == FOVEA_OK);
  CHECK(store_opened(1, 15, 3, 16) == FOVEA_OK);
  CHECK(store_opened(2, 16, 0, 15) == FOVEA_OK);
  CHECK(store_opened(1, 15, -1, 16) == FOVEA_BAD_SHAPE);
  CHECK(store_opened(1, 14, 15, 16) == FOVEA_BAD_SHAPE);
  CHECK(store_opened(0, 60, 0, 16) == FOVEA_BAD_SHAPE);
  CHECK(store_opened(2, 30, 0, 17) == FOVEA_BAD_SHAPE);
  CHECK(store_opened(1, 0, 15, 16, false) == FOVEA_OK);
  CHECK(store_opened(1, 15, 0, 16, false) == FOVEA_BAD_SHAPE);
  CHECK(store_opened(1, 1, 0, 1, true, (40 + 45) / 16) == FOVEA_OK);
  CHECK(store_opened(1, 1, 0, 1, true, (40 + 45) / 16 - 1) == FOVEA_BAD_SHAPE);
  CHECK(store_opened(1, 1, 0, 1, false, 3) == FOVEA_OK);
  CHECK(store_opened(1, 1, 0, 1, false, 2) == FOVEA_BAD_SHAPE);
  // As many sequences as rows.
  CHECK(store_opened(16, 0, 0, 16, true, 0, true) == FOVEA_OK);
  CHECK(store_opened(15, 0, 0, 16, true, 0, true) == FOVEA_BAD_SHAPE);
}

// One row more than those of x, where the rows of x are `factor` times a dim, or derived of it, and
// those of y are floor((a * dim + b * other + c) / d), or the other way round.
fovea_code prepend_opened(bool x_derived, uint32_t factor, uint32_t a, int32_t other, uint32_t b,
                          int32_t c, uint32_t d) {
  Handmade m;
  const int32_t frames = m.dim("frames", 20);
  m.dim("others", 5);
  const int32_t derived = m.derived("derived", frames, a, other, b, c, d);
  const auto set = [&](bool is_derived) {
    return is_derived ? std::pair(1u, derived) : std::pair(factor, frames);
  };
  const auto [x_factor, x_dim] = set(x_derived);
  const auto [y_factor, y_dim] = set(!x_derived);
  const int32_t x = m.input("x", {x_factor, 4}, {x_dim, -1});
  const int32_t y = m.tensor("y", {y_factor, 4}, {y_dim, -1});
  m.op(schema::PrependTokenT(), {x}, {y}, {m.weight(schema::Layout::Row16, {4})});
  const Image image = m.image(y);
  fovea_model model;
  return fovea_open(image.span(), {}, &model, nullptr);
}

TEST_CASE("rows follow from those of an input by just its sum") {
  CHECK(prepend_opened(false, 1, 1, -1, 0, 1, 1) == FOVEA_OK);
  CHECK(prepend_opened(false, 3, 3, -1, 0, 1, 1) == FOVEA_OK);
  CHECK(prepend_opened(false, 3, 2, -1, 0, 1, 1) == FOVEA_BAD_SHAPE);
  CHECK(prepend_opened(false, 1, 2, -1, 0, 1, 1) == FOVEA_BAD_SHAPE);
  CHECK(prepend_opened(false, 1, 1, -1, 0, 0, 1) == FOVEA_BAD_SHAPE);
  CHECK(prepend_opened(false, 1, 1, -1, 0, 2, 1) == FOVEA_BAD_SHAPE);
  CHECK(prepend_opened(false, 1, 1, -1, 0, 1, 2) == FOVEA_BAD_SHAPE);
  CHECK(prepend_opened(false, 1, 1, 0, 1, 1, 1) == FOVEA_BAD_SHAPE);  // twice the frames
  CHECK(prepend_opened(false, 1, 1, 1, 1, 1, 1) == FOVEA_BAD_SHAPE);
}

TEST_CASE("rows of an input follow from those that are made of them") {
  CHECK(prepend_opened(true, 1, 1, -1, 0, -1, 1) == FOVEA_OK);
  CHECK(prepend_opened(true, 2, 2, -1, 0, -1, 1) == FOVEA_OK);
  CHECK(prepend_opened(true, 2, 3, -1, 0, -1, 1) == FOVEA_BAD_SHAPE);
  CHECK(prepend_opened(true, 2, 2, -1, 0, 0, 1) == FOVEA_BAD_SHAPE);
  CHECK(prepend_opened(true, 3, 3, -1, 0, -2, 1) == FOVEA_BAD_SHAPE);
  CHECK(prepend_opened(true, 3, 3, -1, 0, -1, 2) == FOVEA_BAD_SHAPE);
  CHECK(prepend_opened(true, 2, 1, 0, 1, -1, 1) == FOVEA_BAD_SHAPE);
  CHECK(prepend_opened(true, 2, 2, 0, 1, -1, 1) == FOVEA_BAD_SHAPE);
  CHECK(prepend_opened(true, 2, 2, 1, 1, -1, 1) == FOVEA_BAD_SHAPE);
}

}  // namespace
}  // namespace fovea::test
