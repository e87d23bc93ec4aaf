// Parts that take rows of a tensor in another order than they are stored in.

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/safetensors.h"
#include "tests/support/temporary_folder.h"
#include "tests/tools/pack/viewed.h"

namespace fovea::test {
namespace {

// "w" as int8 with a scale of 0.5 for each group of 4, which no row is a multiple of.
struct Int8Fixture {
  TemporaryFolder folder;
  Checkpoint checkpoint;

  Int8Fixture() {
    constexpr uint32_t kElements = kRows * kColumns;
    const float scale = 0.5f;
    std::string bytes;
    for (uint32_t i = 0; i < kElements; ++i)
      bytes += static_cast<char>(2 * (static_cast<int>(i) - 20));
    for (uint32_t i = 0; i < kElements / 4; ++i) {
      bytes.append(reinterpret_cast<const char*>(&scale), sizeof scale);
    }
    write_bytes(folder.file("w"), bytes);
    checkpoint.path = "test";
    checkpoint.files.emplace_back(folder.file("w"));
    tools::StoredTensor tensor;
    tensor.codec = tools::int8_groups(4);
    tensor.shape = {kRows, kColumns};
    tensor.scales = kElements;
    checkpoint.tensors["w"] = tensor;
  }
};

// Every output of a view, read `step` outputs at a time, is the row that it should be.
void check_view(const Checkpoint& checkpoint, const std::string& tensor, uint32_t outputs,
                View view, uint32_t columns = kColumns) {
  const Source source = source_of(tensor, outputs, view);
  for (uint32_t step = 1; step <= outputs; ++step) {
    tools::SourceReader reader(checkpoint, source, columns, kFloat32);
    for (uint32_t first = 0; first < outputs; first += step) {
      const uint32_t count = std::min(step, outputs - first);
      std::vector<float> found(count * columns, NAN);
      reader.read(first, found);
      for (uint32_t i = 0; i < count * columns; ++i) {
        const uint32_t output = first + i / columns;
        const uint64_t at = view.order.empty() ? output : view.order[output];
        const uint64_t row = view.first + view.stride * (at / view.block) + at % view.block;
        CHECK(found[i] == element(row, i % columns) + view.add);
      }
    }
  }
}

void check_views(const Checkpoint& checkpoint, const std::string& tensor, bool transposed,
                 uint32_t columns = kColumns) {
  const auto check = [&](uint32_t outputs, View view) {
    view.rows = kRows;
    view.transposed = transposed;
    check_view(checkpoint, tensor, outputs, view, columns);
  };
  check(kRows, {});
  check(kRows, {.add = 1});
  check(4, {.first = 8});
  check(4, {.first = 2, .stride = 3});
  check(6, {.stride = 2, .add = -0.5f});
  check(3, {.first = 1, .order = {2, 0, 1}});
  check(4, {.first = 1, .stride = 3, .order = {3, 1, 0, 2}, .add = 2});
  check(1, {.first = 11, .stride = 1u << 31});
  check(6, {.first = 1, .stride = 4, .block = 2});
  check(5, {.first = 2, .stride = 3, .block = 3});
  check(5, {.stride = 5, .block = 3, .order = {4, 0, 3, 1, 2}, .add = 1});
}

}  // namespace

TEST_CASE("views may take columns in an order of their own and multiply outputs") {
  const Viewed f("F32");
  const auto scales = std::make_shared<const std::vector<float>>(std::vector<float>{2, -1, 0.5f});
  const View view = {
      .rows = kRows, .first = 4, .inner = {kColumns}, .columns = {3, 0, 3}, .scales = scales};
  const Source source = source_of("w", 3, view);
  for (uint32_t step = 1; step <= 3; ++step) {
    tools::SourceReader reader(f.checkpoint, source, 3, kFloat32);
    for (uint32_t first = 0; first < 3; first += step) {
      const uint32_t count = std::min(step, 3 - first);
      std::vector<float> found(count * 3, NAN);
      reader.read(first, found);
      for (uint32_t i = 0; i < count * 3; ++i) {
        const uint32_t row = first + i / 3;
        CHECK(found[i] == element(4 + row, view.columns[i % 3]) * (*scales)[row]);
      }
    }
  }
  check_refused_view(f.checkpoint, 3, {.rows = kRows, .columns = {0, 1, 2, 3, 5}});
  check_refused_view(f.checkpoint, 3, {.rows = kRows, .columns = {0, 1, 2, 3}});
  check_refused_view(f.checkpoint, 3, {.rows = kRows, .inner = {kColumns + 1}});
  check_refused_view(f.checkpoint, 2, {.rows = kRows, .scales = scales});
  check_refused_view(f.checkpoint, 3,
                     {.rows = kRows, .transposed = true, .columns = {0, 1, 2, 3, 4}}, "transposed");
}

TEST_CASE("views of tensors of every type that weights may have") {
  for (const char* type : {"F32", "F16", "BF16"}) {
    CAPTURE(type);
    const Viewed f(type);
    check_views(f.checkpoint, "w", false);
    check_views(f.checkpoint, "transposed", true);
    check_views(f.checkpoint, "vector", false, 1);
  }
}

TEST_CASE("views of quantised tensors need not heed their groups") {
  check_views(Int8Fixture().checkpoint, "w", false);
}

// The rows of "w" and of "transposed" as those of three matrices, [4, 5] and [5, 4] each.
TEST_CASE("views of one of several matrices that a tensor has") {
  const TemporaryFolder folder;
  SavedTensor w = {"w", {3, 4, kColumns}, {}}, transposed = {"transposed", {3, kColumns, 4}, {}};
  for (uint32_t i = 0; i < kRows * kColumns; ++i) {
    w.values.push_back(element(i / kColumns, i % kColumns));
    const uint32_t matrix = i / (4 * kColumns), inside = i % (4 * kColumns);
    transposed.values.push_back(element(4 * matrix + inside % 4, inside / 4));
  }
  write_bytes(folder.file("config.json"), "{}");
  write_safetensors(folder.file("model.safetensors"), {w, transposed});
  const Checkpoint checkpoint = tools::open_checkpoint(folder.path());
  for (const bool turned : {false, true}) {
    for (uint32_t matrix = 0; matrix < 3; ++matrix) {
      for (const View& part : {View{}, View{.first = 1, .stride = 2}}) {
        View view = part;
        view.rows = 4;
        view.transposed = turned;
        view.matrices = 3;
        view.matrix = matrix;
        const uint32_t outputs = view.stride == 1 ? 4 : 2;
        const Source source = source_of(turned ? "transposed" : "w", outputs, view);
        tools::SourceReader reader(checkpoint, source, kColumns, kFloat32);
        std::vector<float> found(outputs * kColumns);
        reader.read(0, found);
        for (uint32_t i = 0; i < found.size(); ++i) {
          CHECK(found[i] == element(4 * matrix + view.row(i / kColumns), i % kColumns));
        }
      }
    }
  }
  check_refused_view(checkpoint, 4, {.rows = 4, .matrices = 3, .matrix = 3});
  check_refused_view(checkpoint, 4, {.rows = 4, .matrices = 2});
  check_refused_view(checkpoint, 4, {.rows = 4, .matrices = 0});
}

}  // namespace fovea::test
