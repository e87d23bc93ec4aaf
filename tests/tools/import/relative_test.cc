// Rows of a table of relative positions, against make_log_bucket_position of transformers 5.24.

#include "tools/import/relative.h"

#include <doctest/doctest.h>

#include <vector>

#include "tests/tools/refused.h"

namespace fovea::test {
namespace {

using Rows = std::vector<uint32_t>;

tools::RelativeSpec buckets(uint32_t count, uint32_t farthest) {
  return {.span = count, .buckets = count, .farthest = farthest};
}

}  // namespace

TEST_CASE("distances share rows logarithmically, up to the last that makes a difference") {
  // Of queries behind their keys by 0, 1, ..., and in front of them.
  const Rows behind = {16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 25, 26, 26, 27,
                       27, 27, 28, 28, 28, 28, 29, 29, 29, 29, 29, 30, 30, 30,
                       30, 30, 30, 30, 31, 31, 31, 31, 31, 31, 31, 31, 31};
  const Rows before = {16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 7, 6, 6, 5, 5, 5, 4, 4, 4, 4, 3,
                       3,  3,  3,  3,  2,  2,  2,  2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 0};
  const Rows rows = tools::relative_rows(buckets(16, 40), "");
  REQUIRE(rows.size() == 2 * behind.size() - 1);
  const size_t middle = behind.size() - 1;
  for (size_t i = 0; i <= middle; ++i) {
    CAPTURE(i);
    CHECK(rows[middle - i] == behind[i]);
    CHECK(rows[middle + i] == before[i]);
  }
}

TEST_CASE("the rows of DeBERTa's third version") {
  const Rows rows = tools::relative_rows(buckets(256, 512), "");
  REQUIRE(rows.size() == 2 * 512 + 1);
  // The least distances of rows 384, 392, ..., 504.
  const Rows least = {128, 139, 151, 165, 180, 196, 214, 234,
                      255, 278, 303, 331, 361, 394, 430, 469};
  for (size_t i = 0; i < least.size(); ++i) {
    CAPTURE(i);
    CHECK(rows[512 - least[i]] == 384 + 8 * i);
    CHECK(rows[512 - least[i] + 1] == 384 + 8 * i - 1);
  }
  CHECK(rows[0] == 511);
  CHECK(rows[512 + 300] == 49);
  CHECK(rows[512 + 511] == 1);
  CHECK(rows[512 + 512] == 0);
}

TEST_CASE("without buckets each distance has a row, as far as sequences go") {
  tools::RelativeSpec spec = {.span = 3};
  CHECK(tools::relative_rows(spec, "") == Rows{5, 5, 4, 3, 2, 1, 0});
  spec.positions = 3;
  CHECK(tools::relative_rows(spec, "") == Rows{5, 4, 3, 2, 1});
  spec.positions = 1;
  CHECK(tools::relative_rows(spec, "") == Rows{3});
}

TEST_CASE("distances without an end are refused") {
  check_refusal([] { tools::relative_rows(buckets(16, 100000), "here"); }, "here", "past 32768");
}

}  // namespace fovea::test
