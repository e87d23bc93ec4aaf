// What a query does not see never reaches it, with any report and in any pieces: NaNs among keys
// and values.

#include <doctest/doctest.h>

#include <cmath>
#include <memory>
#include <vector>

#include "tests/runtime/handmade.h"
#include "tests/support/same_bits.h"

namespace fovea::test {
namespace {

constexpr uint32_t kHeads = 4, kWidth = 8, kContext = 200, kWindow = 30, kBad = 140;

// Queries look back at a window of their own tokens' keys and values.
struct Looking : Handmade {
  std::vector<int32_t> outputs;

  Looking(schema::DType type, bool told) {
    const int32_t tokens = dim("tokens", kContext);
    cache_type = type;
    cache(kContext, kHeads, kWidth, kWidth);
    const int32_t x = input("x", {1, kHeads * kWidth}, {tokens, -1});
    schema::StoreKeyValueT store;
    store.heads = kHeads;
    store.key_width = store.value_width = kWidth;
    op(store, {x, x}, {}, {}, {0, 1});
    schema::AttentionT a;
    a.heads = a.kv_heads = kHeads;
    a.key_width = a.value_width = kWidth;
    a.causal = true;
    a.scale = 0.3f;
    a.scoring = std::make_unique<schema::ScoringT>();
    a.scoring->before = kWindow;
    outputs.push_back(tensor("y", {1, kHeads * kWidth}, {tokens, -1}));
    if (told) {
      a.reports = {schema::ReportKind::Weights};
      a.range = std::make_unique<schema::ReportRangeT>();
      a.range->first_head = 1;
      a.range->heads = 2;
      a.range->first_query = kBad - 3;
      a.range->queries = 2;
      outputs.push_back(tensor("weights", {2, 2, kContext}));
    }
    op(std::move(a), {x, -1, -1}, outputs, {}, {0, 1});
    update(schema::UpdateMode::Append, tokens);
  }
};

// The numbers of all tokens, in pieces of so many.
std::vector<float> run(schema::DType type, bool told, uint32_t piece) {
  Looking m(type, told);
  m.finish(m.outputs);
  const HandmadeSession s(make_image(m.model, m.weights));
  std::vector<float> result;
  for (uint32_t token = 0, count; token < kContext; token += count) {
    count = std::min(piece, kContext - token);
    s.set_dim(0, count);
    fovea_tensor t;
    REQUIRE(fovea_input(s.session, 0, "x", &t, nullptr) == FOVEA_OK);
    for (uint32_t i = 0; i < count * kHeads * kWidth; ++i) {
      const uint32_t at = token * kHeads * kWidth + i;
      static_cast<float*>(t.data)[i] =
          at / kWidth == kBad * kHeads + 2 ? NAN : std::sin(static_cast<float>(at * at % 7919));
    }
    REQUIRE(fovea_run(s.session, 0, nullptr) == FOVEA_OK);
    REQUIRE(fovea_output(s.session, 0, "y", &t, nullptr) == FOVEA_OK);
    const auto* y = static_cast<const float*>(t.data);
    result.insert(result.end(), y, y + count * kHeads * kWidth);
  }
  for (float& y : result) y = std::isnan(y) ? NAN : y;
  return result;
}

}  // namespace

TEST_CASE("a report of some queries leaves the bits, whatever NaNs a window hides") {
  for (const auto type : {schema::DType::Float32, schema::DType::Float16, schema::DType::Int8}) {
    const std::vector<float> y = run(type, false, kContext);
    for (size_t i = 0; i < y.size(); ++i) {
      const size_t token = i / (kHeads * kWidth), head = i / kWidth % kHeads;
      CHECK(std::isnan(y[i]) == (head == 2 && token >= kBad && token <= kBad + kWindow));
    }
    CHECK(same_bits(run(type, true, kContext), y));
    for (const uint32_t piece : {1u, 7u, 100u}) CHECK(same_bits(run(type, false, piece), y));
  }
}

}  // namespace fovea::test
