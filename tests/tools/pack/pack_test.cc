#include "tools/pack/pack.h"

#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "kernels/formats.h"
#include "tests/support/safetensors.h"
#include "tests/support/temporary_folder.h"
#include "tests/tools/pack/packed.h"
#include "tests/tools/refused.h"

namespace fovea::test {
namespace {

using tools::Checkpoint;
using tools::Source;

// A checkpoint with one matrix "w" [rows, columns] of 1, 2, 3, ...
struct Fixture {
  TemporaryFolder folder;
  Checkpoint checkpoint;

  Fixture(uint32_t rows, uint32_t columns) {
    SavedTensor tensor = {"w", {rows, columns}, {}};
    for (uint32_t i = 0; i < rows * columns; ++i) {
      tensor.values.push_back(static_cast<float>(i + 1));
    }
    save({tensor});
  }
  explicit Fixture(const std::vector<SavedTensor>& tensors) { save(tensors); }

  void save(const std::vector<SavedTensor>& tensors) {
    write_bytes(folder.file("config.json"), "{}");
    write_safetensors(folder.file("model.safetensors"), tensors);
    checkpoint = tools::open_checkpoint(folder.path());
  }

  // The packed elements of a weight, whose size in the file they must have.
  std::vector<float> pack(Layout layout, std::vector<uint32_t> shape, const Source& source) const {
    const std::string bytes = pack_bytes(schema::DType::Float32, layout, std::move(shape), source);
    std::vector<float> elements(bytes.size() / sizeof(float));
    std::memcpy(elements.data(), bytes.data(), bytes.size());
    return elements;
  }
  std::string pack_bytes(schema::DType type, Layout layout, std::vector<uint32_t> shape,
                         const Source& source) const {
    return packed(checkpoint, source, layout, std::move(shape), type);
  }
};

}  // namespace

TEST_CASE("panels hold 16 outputs side by side and zeros past the last") {
  for (const uint32_t outputs : {1, 15, 16, 17, 33}) {
    for (const uint32_t k : {1, 2, 7}) {
      const Fixture f(outputs, k);
      const auto made = f.pack(Layout::Panels16, {outputs, k}, {{{outputs, "w", {}}}});
      for (uint32_t n = 0; n < (outputs + 15) / 16 * 16; ++n) {
        for (uint32_t i = 0; i < k; ++i) {
          const float wanted = n < outputs ? static_cast<float>(n * k + i + 1) : 0.0f;
          CHECK(made[(n / 16 * k + i) * 16 + n % 16] == wanted);
        }
      }
    }
  }
}

TEST_CASE("gated panels alternate between gate and up") {
  const uint32_t outputs = 19, k = 3;
  const Fixture f(2 * outputs, k);
  // Both halves from one tensor, as parts of it would be: rows 0 to 18 and 19 to 37.
  const auto made = f.pack(Layout::GatedPanels16, {2, outputs, k}, {{{2 * outputs, "w", {}}}});
  for (uint32_t g = 0; g < 2; ++g) {
    for (uint32_t n = 0; n < 32; ++n) {
      for (uint32_t i = 0; i < k; ++i) {
        const float wanted = n < outputs ? static_cast<float>((g * outputs + n) * k + i + 1) : 0.0f;
        CHECK(made[((n / 16 * 2 + g) * k + i) * 16 + n % 16] == wanted);
      }
    }
  }
}

TEST_CASE("each expert is packed as it would be alone, one after the other") {
  const uint32_t experts = 3, outputs = 19, k = 3;
  const Fixture f(experts * 2 * outputs, k);
  const uint32_t rows = 2 * outputs;
  const auto made =
      f.pack(Layout::GatedPanels16, {experts, 2, outputs, k}, {{{experts * rows, "w", {}}}});
  const auto one = f.pack(Layout::Panels16, {experts, rows, k}, {{{experts * rows, "w", {}}}});
  REQUIRE(made.size() == experts * 2 * 32 * k);
  REQUIRE(one.size() == experts * 48 * k);
  for (uint32_t e = 0; e < experts; ++e) {
    for (uint32_t r = 0; r < rows; ++r) {
      for (uint32_t i = 0; i < k; ++i) {
        const float wanted = static_cast<float>((e * rows + r) * k + i + 1);
        const uint32_t g = r / outputs, n = r % outputs;
        CHECK(made[e * 64 * k + ((n / 16 * 2 + g) * k + i) * 16 + n % 16] == wanted);
        CHECK(one[e * 48 * k + (r / 16 * k + i) * 16 + r % 16] == wanted);
      }
    }
  }
  const auto biases = f.pack(Layout::Row16, {2, 3}, {{{6, {}, {1, 2, 3, 4, 5, 6}}}});
  REQUIRE(biases.size() == 32);
  CHECK(biases[2] == 3);
  CHECK(biases[3] == 0);
  CHECK(biases[16] == 4);
}

TEST_CASE("codes of each expert are packed as they would be alone, one after the other") {
  const uint32_t experts = 3, outputs = 19, k = 70, rows = 2 * outputs;
  Fixture f(experts * rows, k);
  SavedTensor tensor = {"w", {experts * rows, k}, {}};
  for (uint32_t i = 0; i < experts * rows * k; ++i) {
    tensor.values.push_back(static_cast<float>(i * 7919 % 1009) - 500.0f);
  }
  f.save({tensor});
  for (const schema::DType type :
       {schema::DType::Int8, schema::DType::Int4, schema::DType::UInt4}) {
    const std::string all = f.pack_bytes(type, Layout::GatedPanels16, {experts, 2, outputs, k},
                                         {{{experts * rows, "w", {}}}});
    std::string one_by_one;
    for (uint32_t e = 0; e < experts; ++e) {
      tools::Part part = {rows, "w", {}};
      part.view.rows = experts * rows;
      part.view.first = e * rows;
      one_by_one += f.pack_bytes(type, Layout::GatedPanels16, {2, outputs, k}, {{part}});
    }
    CHECK(all == one_by_one);
  }
}

TEST_CASE("rows end in zeros, plain tables do not") {
  const Fixture f(5, 1);
  const auto row = f.pack(Layout::Row16, {5}, {{{5, "w", {}}}});
  CHECK(row == std::vector<float>{1, 2, 3, 4, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0});
  const auto gated = f.pack(Layout::GatedRow16, {2, 2}, {{{2, {}, {7, 8}}, {2, {}, {9, 10}}}});
  CHECK(gated.size() == 32);
  CHECK(std::vector<float>{gated[0], gated[1], gated[2], gated[16], gated[17], gated[18]} ==
        std::vector<float>{7, 8, 0, 9, 10, 0});
  const Fixture table(300, 5);
  const auto plain = table.pack(Layout::Plain, {300, 5}, {{{300, "w", {}}}});
  REQUIRE(plain.size() == 1500);
  for (size_t i = 0; i < plain.size(); ++i) CHECK(plain[i] == static_cast<float>(i + 1));
}

TEST_CASE("parts follow each other, also within a panel") {
  const Fixture f({{"a", {3, 2}, {1, 2, 3, 4, 5, 6}}, {"b", {2, 2}, {7, 8, 9, 10}}});
  const Source source = {{{3, "a", {}}, {1, {}, {}}, {2, "b", {}}}};
  const auto made = f.pack(Layout::Panels16, {6, 2}, source);
  const std::vector<float> first(made.begin(), made.begin() + 7);
  CHECK(first == std::vector<float>{1, 3, 5, 0, 7, 9, 0});
}

TEST_CASE("f16 has the layout of f32, every number rounded to its nearest") {
  const uint32_t outputs = 37, k = 5;
  Fixture f({{"w", {outputs, k}, std::vector<float>(outputs * k)}});
  SavedTensor tensor = {"w", {outputs, k}, {}};
  for (uint32_t i = 0; i < outputs * k; ++i) {
    tensor.values.push_back((static_cast<float>(i) - 90.0f) * 0.0123f + 1e-6f);
  }
  f.save({tensor});
  for (const Layout layout : {Layout::Panels16, Layout::Plain}) {
    const Source source = {{{outputs, "w", {}}}};
    const std::vector<float> wide = f.pack(layout, {outputs, k}, source);
    const std::string bytes = f.pack_bytes(schema::DType::Float16, layout, {outputs, k}, source);
    REQUIRE(bytes.size() == wide.size() * 2);
    for (size_t i = 0; i < wide.size(); ++i) {
      kernels::F16 found, right;
      std::memcpy(&found, &bytes[2 * i], sizeof found);
      kernels::narrow(wide[i], right);
      CHECK(found.bits == right.bits);
    }
  }
}

TEST_CASE("numbers too large for f16 are refused, with their place") {
  const Fixture f({{"w", {2, 2}, {1, 2, -65519, 3}}, {"v", {2, 2}, {1, 2, -65520, 3}}});
  const schema::DType type = schema::DType::Float16;
  CHECK(f.pack_bytes(type, Layout::Panels16, {2, 2}, {{{2, "w", {}}}}).size() == 64);
  check_refusal(
      [&] {
        f.pack_bytes(type, Layout::Panels16, {2, 2}, {{{2, "v", {}}}});
      },
      "tensor v", "-65520", "element 2", "f16", "--weights f32");
}

TEST_CASE("numbers too large for bf16 are refused, with their place") {
  // Half way between the largest bf16 and 2^128, and the float before it.
  const float least = 0x1.ffp127f;
  const Fixture f(
      {{"w", {2, 2}, {1, 2, std::nextafter(-least, 0.0f), 3}}, {"v", {2, 2}, {1, 2, 4, -least}}});
  const schema::DType type = schema::DType::BFloat16;
  CHECK(f.pack_bytes(type, Layout::Panels16, {2, 2}, {{{2, "w", {}}}}).size() == 64);
  check_refusal(
      [&] {
        f.pack_bytes(type, Layout::Panels16, {2, 2}, {{{2, "v", {}}}});
      },
      "tensor v", "-3.396", "element 3", "bf16", "--weights f32");
}

TEST_CASE("numbers that are none are refused, with their place") {
  const float nan = std::numeric_limits<float>::quiet_NaN(), inf = INFINITY;
  const Fixture bad({{"w", {2, 2}, {1, 2, 3, nan}}, {"v", {2}, {1, -inf}}});
  check_refusal(
      [&] {
        bad.pack(Layout::Panels16, {2, 2}, {{{2, "w", {}}}});
      },
      "tensor w", "NaN", "element 3");
  check_refusal(
      [&] {
        bad.pack(Layout::Row16, {2}, {{{2, "v", {}}}});
      },
      "tensor v", "infinity", "element 1");
}

}  // namespace fovea::test
