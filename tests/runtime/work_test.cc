// fovea_work against counts made one by one.

#include <doctest/doctest.h>

#include "runtime/work.h"
#include "tests/runtime/feed.h"
#include "tests/runtime/work_counts.h"

namespace fovea::test {
namespace {

uint64_t count_product(uint32_t rows, uint32_t k, uint32_t outputs) {
  uint64_t count = 0;
  for (uint32_t r = 0; r < rows; ++r) {
    for (uint32_t n = 0; n < outputs; ++n) {
      for (uint32_t i = 0; i < k; ++i) ++count;
    }
  }
  return count;
}

TEST_CASE("a language model's work at the present dims and positions") {
  TinySession s;
  s.forward({{1, 2, 3, 4, 5}, {6, 7}});
  s.set({{1, 2, 3}, {4, 5, 6}});
  const uint32_t rows = 6, width = 24, panels = 32;
  const std::vector<Sequence> sequences = {{5, 3}, {2, 3}};
  uint64_t expected = 2 * rows * width;        // embedding, positions
  expected += 2 * rows * width;                // norms
  expected += rows * 6;                        // cosines and sines
  expected += rows * (4 + 2) * 6;              // rotary of queries and keys
  expected += rows * 2 * (6 + 6);              // stored
  expected += count_product(rows, width, 48);  // queries, keys, values
  expected += count_pairs(sequences, true) * 4 * (6 + 6);
  expected += count_product(rows, 24, width);       // output
  expected += 2 * count_product(rows, width, 20);   // gate and up
  expected += count_product(rows, 20, width);       // down
  expected += count_product(rows, width, 19);       // logits
  uint64_t floats = 2 * rows * width + 2 * panels;  // rows of tables, gains
  floats += 48 * width + 3 + panels * 24 + panels;  // qkv, frequencies, output, bias
  floats += 2 * panels * width + panels * 20;       // gate and up, down
  floats += panels * width;                         // logits
  floats += (8 + 5) * 2 * (6 + 6);                  // keys and values
  const fovea_cost cost = work(s.get());
  CHECK(cost.multiply_adds == expected);
  CHECK(cost.bytes == floats * sizeof(float));
}

TEST_CASE("a table in f16 is read in half the bytes, where it is looked up and as a matrix") {
  TinySession whole, half(nullptr, 1, [](schema::ModelT&m) {
    m.weights[0]->dtype = schema::DType::Float16;
    m.weights[0]->size /= 2;
  });
  for (TinySession* s : {&whole, &half}) s->set({{1, 2, 3}, {4, 5, 6}});
  const uint32_t rows = 6, width = 24, panels = 32;
  CHECK(work(half.get()).multiply_adds == work(whole.get()).multiply_adds);
  CHECK(work(whole.get()).bytes - work(half.get()).bytes == 2 * (rows + panels) * width);
}

TEST_CASE("of the inputs lengths alone are looked at, and nothing runs") {
  TinySession s;
  s.set({{1, 2, 3, 4}, {}});
  const fovea_cost one = work(s.get());
  s.set({{-5, 99, 1, 1}, {}});
  CHECK(work(s.get()).multiply_adds == one.multiply_adds);
  s.set({{1, 2}, {3, 4}});
  // 10 pairs of a query and a key that it sees become 3 + 3, for 4 heads with keys and values of 6.
  CHECK(work(s.get()).multiply_adds == one.multiply_adds - 4 * (10 - 6) * 12);
  fovea_tensor lengths;
  REQUIRE(fovea_input(s.get(), 0, "lengths", &lengths, nullptr) == FOVEA_OK);
  for (const int32_t wrong : {-2, 0, 3}) {
    static_cast<int32_t*>(lengths.data)[1] = wrong;
    CHECK(work(s.get()).multiply_adds == one.multiply_adds);
  }
  CHECK(fovea_position(s.get(), 0, 0) == 0);
}

TEST_CASE("lengths that are not known count as those of the sequence that holds most") {
  TinySession s;
  s.forward({{1, 2, 3}, {4}});
  s.set({{1, 2, 3}, {}});
  const fovea_cost most = work(s.get());
  s.set({{1, 2}, {3}});
  CHECK(work(s.get()).multiply_adds < most.multiply_adds);
  fovea_tensor lengths;
  REQUIRE(fovea_input(s.get(), 0, "lengths", &lengths, nullptr) == FOVEA_OK);
  static_cast<int32_t*>(lengths.data)[1] = 0;
  CHECK(work(s.get()).multiply_adds == most.multiply_adds);
}

TEST_CASE("numbers that do not fit stay at the largest") {
  const fovea_cost most = {UINT64_MAX, UINT64_MAX}, some = {3, UINT64_MAX - 1};
  CHECK((most + some).multiply_adds == UINT64_MAX);
  CHECK((some + some).bytes == UINT64_MAX);
  CHECK((some + some).multiply_adds == 6);
  CHECK((some + fovea_cost{0, 1}).bytes == UINT64_MAX);
}

TEST_CASE("no session, no method, no place for the answer") {
  TinySession s;
  fovea_cost cost;
  fovea_error error;
  CHECK(fovea_work(nullptr, 0, &cost, &error) == FOVEA_BAD_ARGUMENT);
  CHECK(fovea_work(s.get(), 2, &cost, &error) == FOVEA_BAD_ARGUMENT);
  CHECK(fovea_work(s.get(), 0, nullptr, &error) == FOVEA_BAD_ARGUMENT);
}

}  // namespace
}  // namespace fovea::test
