#include "tools/graph/dims.h"

#include <doctest/doctest.h>

#include <memory>
#include <utility>
#include <vector>

namespace fovea::test {
namespace {

using Values = std::vector<uint32_t>;

schema::DimT sum_of(int32_t x, uint32_t a, int32_t y, uint32_t b, int32_t c, uint32_t d) {
  schema::DimT dim;
  dim.x = x;
  dim.y = y;
  dim.a = a;
  dim.b = b;
  dim.c = c;
  dim.d = d;
  return dim;
}

// Dims "batch" of 3 and "tokens" of 40.
schema::ModelT two_dims() {
  schema::ModelT model;
  for (const auto& [name, max] : {std::pair("batch", 3u), {"tokens", 40u}}) {
    model.dims.push_back(std::make_unique<schema::DimT>());
    model.dims.back()->name = name;
    model.dims.back()->max = max;
  }
  return model;
}

}  // namespace

TEST_CASE("derived dims are sums of any two that are there before them") {
  schema::ModelT model = two_dims();
  CHECK(tools::derived_dim(model, sum_of(1, 1, 0, 15, 0, 16), " blocks") == 2);
  CHECK(tools::derived_dim(model, sum_of(0, 2, 1, 3, -1, 1), " both") == 3);
  CHECK(tools::derived_dim(model, sum_of(1, 2, -1, 0, 7, 4), " halves") == 4);
  CHECK(tools::derived_dim(model, sum_of(4, 1, 3, 1, 0, 1), " all") == 5);
  CHECK(model.dims[2]->name == "tokens blocks");
  CHECK(model.dims[2]->max == (40 + 15 * 3) / 16);
  CHECK(model.dims[3]->max == 2 * 3 + 3 * 40 - 1);
  CHECK(model.dims[4]->max == (2 * 40 + 7) / 4);
  CHECK(model.dims[5]->max == 21 + 125);
  for (size_t i = 0; i < 6; ++i) CHECK(tools::is_derived(*model.dims[i]) == (i > 1));

  Values values = {2, 9, 0, 0, 0, 0};
  tools::derive_dims(model, values);
  CHECK(values == Values{2, 9, (9 + 30) / 16, 4 + 27 - 1, 25 / 4, 6 + 30});
  model.dims[1]->max = 20;
  tools::derive_maxima(model);
  CHECK(model.dims[1]->max == 20);
  CHECK(model.dims[2]->max == (20 + 45) / 16);
  CHECK(model.dims[5]->max == 47 / 4 + 65);
}

TEST_CASE("a dim is derived once, and again where any of its numbers is another") {
  schema::ModelT model = two_dims();
  CHECK(tools::derived_dim(model, sum_of(1, 1, 0, 15, 0, 16), " blocks") == 2);
  CHECK(tools::derived_dim(model, sum_of(1, 1, 0, 15, 0, 16), " again") == 2);
  int32_t next = 3;
  for (const schema::DimT& other :
       {sum_of(0, 1, 0, 15, 0, 16), sum_of(1, 2, 0, 15, 0, 16), sum_of(1, 1, 1, 15, 0, 16),
        sum_of(1, 1, 0, 14, 0, 16), sum_of(1, 1, 0, 15, 1, 16), sum_of(1, 1, 0, 15, 0, 15)}) {
    CHECK(tools::derived_dim(model, other, " other") == next++);
  }
}

TEST_CASE("rows of several sequences are packed along one dim") {
  schema::ModelT model = two_dims();
  model.sequences = 3;
  for (int i = 0; i < 2; ++i) model.methods.push_back(std::make_unique<schema::MethodT>());
  for (const uint32_t dim : {0u, 1u}) CHECK(!tools::is_packed(model, dim));
  model.methods[1]->lengths = 0;
  model.methods[1]->packed = 1;
  CHECK(!tools::is_packed(model, 0));
  CHECK(tools::is_packed(model, 1));
  CHECK(tools::sequences_along(model, 0) == 1);
  CHECK(tools::sequences_along(model, 1) == 3);
}

}  // namespace fovea::test
