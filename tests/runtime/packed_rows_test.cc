// Packed rows: their blocks, how many sequences they are of, and how long one may be.

#include <doctest/doctest.h>

#include <cstdint>

#include "runtime/operators/sequences.h"
#include "tests/runtime/handmade.h"

namespace fovea::test {

TEST_CASE("blocks of packed sequences hold all rows, and the last one ends the count") {
  const uint32_t starts[] = {0, 13, 13, 40, 44};  // 6.5 blocks
  Sequences rows;
  rows.count = 4;
  rows.rows = rows.most = 44;
  rows.packed = true;
  rows.starts = starts;
  CHECK(rows.blocks(16) == rows.first_block(4, 16));
  uint32_t found = 0;
  for (uint32_t i = 0; i < rows.blocks(16); ++i) found += rows.block(i, 16).count;
  CHECK(found == 44);
}

// Where each begins is kept for as many as the model has.
TEST_CASE("packed rows are of no more sequences than the model has") {
  for (const uint32_t count : {2u, 3u}) {
    Handmade m;
    m.model.sequences = 2;
    m.method.packed = static_cast<uint32_t>(m.dim("tokens", 40));
    m.method.lengths = m.input("lengths", {count}, {}, schema::DType::Int32);
    const int32_t x = m.input("x", {1, 4}, {0, -1}), y = m.tensor("y", {1, 4}, {0, -1});
    m.op(schema::ActivationT(), {x}, {y});
    const Image image = m.image(y);
    fovea_model model;
    CHECK(fovea_open(image.span(), {}, &model, nullptr) ==
          (count == 2 ? FOVEA_OK : FOVEA_BAD_VALUE));
  }
}

TEST_CASE("a packed sequence longer than the table of positions is named") {
  Handmade m;
  const int32_t rows = m.dim("rows", 20);
  m.model.sequences = 3;
  m.method.lengths = m.input("lengths", {3}, {}, schema::DType::Int32);
  m.method.packed = static_cast<uint32_t>(rows);
  const int32_t x = m.input("x", {1, 4}, {rows, -1}), y = m.tensor("y", {1, 4}, {rows, -1});
  m.op(schema::AddPositionsT(), {x}, {y}, {m.weight(schema::Layout::Plain, {7, 4})});
  const HandmadeSession s(m.image(y));
  s.fill("x", 1.0f);
  fovea_tensor lengths;
  REQUIRE(fovea_input(s.session, 0, "lengths", &lengths, nullptr) == FOVEA_OK);
  auto* values = static_cast<int32_t*>(lengths.data);
  values[0] = values[1] = 7;
  values[2] = 6;
  CHECK(fovea_run(s.session, 0, nullptr) == FOVEA_OK);
  values[1] = 8;
  values[2] = 5;
  fovea_error error;
  CHECK(fovea_run(s.session, 0, &error) == FOVEA_OUT_OF_RANGE);
  CHECK(sentence(error, &s.model) ==
        "a value in the data is out of range: 8, it must be from 0 to 7 (input 'lengths' of method "
        "'run', sequence 1)");
}

}  // namespace fovea::test
