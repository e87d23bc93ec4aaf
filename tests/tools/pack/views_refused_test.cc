// Views that leave their tensor, take rows twice or find what is no number.

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <span>
#include <vector>

#include "tests/tools/pack/viewed.h"

namespace fovea::test {

TEST_CASE("views that leave their tensor are refused") {
  const Viewed f("F32");
  const float inf = std::numeric_limits<float>::infinity();
  const uint64_t most = std::numeric_limits<uint64_t>::max();
  check_refused_view(f.checkpoint, kRows + 1, {});
  check_refused_view(f.checkpoint, kRows - 1, {});  // which rows, the view does not say
  check_refused_view(f.checkpoint, kRows, {.rows = kRows + 1});
  check_refused_view(f.checkpoint, 0, {.rows = kRows});
  check_refused_view(f.checkpoint, 1, {.rows = kRows, .first = kRows});
  check_refused_view(f.checkpoint, 1, {.rows = kRows, .first = most});
  check_refused_view(f.checkpoint, 4, {.rows = kRows, .first = 9});
  check_refused_view(f.checkpoint, 4, {.rows = kRows, .first = 3, .stride = 3});
  check_refused_view(f.checkpoint, 3, {.rows = kRows, .stride = most / 2 + 1});
  check_refused_view(f.checkpoint, 2, {.rows = kRows, .stride = 0});
  check_refused_view(f.checkpoint, 6, {.rows = kRows, .first = 3, .stride = 4, .block = 2});
  check_refused_view(f.checkpoint, 6, {.rows = kRows, .stride = 10, .block = 3});
  check_refused_view(f.checkpoint, 4, {.rows = kRows, .stride = 4, .block = 0});
  check_refused_view(f.checkpoint, 4, {.rows = kRows, .stride = 2, .block = 3});  // rows twice
  check_refused_view(f.checkpoint, 4,
                     {.rows = kRows, .first = 9, .stride = most, .block = most - 1});
  check_refused_view(f.checkpoint, kRows, {.add = inf});
}

TEST_CASE("orders that are no permutation are refused") {
  const Viewed f("F32");
  check_refused_view(f.checkpoint, 3, {.rows = kRows, .order = {0, 1}});
  check_refused_view(f.checkpoint, 3, {.rows = kRows, .order = {0, 1, 2, 3}});
  check_refused_view(f.checkpoint, 3, {.rows = kRows, .order = {0, 1, 3}});
  check_refused_view(f.checkpoint, 3, {.rows = kRows, .order = {0, 1, 1}});
}

TEST_CASE("a number that is none is named by its place in the tensor") {
  const TemporaryFolder folder;
  SavedTensor tensor = {"w", {4, 2}, {1, 2, 3, 4, 5, NAN, 7, 8}};
  write_bytes(folder.file("config.json"), "{}");
  write_safetensors(folder.file("model.safetensors"), {tensor});
  const Checkpoint checkpoint = tools::open_checkpoint(folder.path());
  std::vector<float> out(8);
  const auto read = [&](uint64_t columns, const View& view) {
    const Source source = source_of("w", 2, view);
    tools::SourceReader(checkpoint, source, columns, kFloat32)
        .read(0, std::span(out).first(2 * columns));
  };
  check_refusal([&] { read(2, {.rows = 4, .first = 1}); }, "NaN at element 5");
  check_refusal([&] { read(2, {.rows = 4, .stride = 2}); }, "NaN at element 5");
  check_refusal([&] { read(4, {.rows = 2, .transposed = true}); }, "NaN at element 5");
  CHECK(refusal([&] { read(2, {.rows = 4, .stride = 3}); }).empty());
}

}  // namespace fovea::test
