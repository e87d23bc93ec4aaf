// The model's logits: against PyTorch in double precision, and the same bits in every batch.

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <numeric>
#include <string>
#include <vector>

#include "tests/examples/dates/bound.h"

namespace dates::test {
namespace {

void set_lengths(const fovea::Method& method, const std::vector<int32_t>& lengths) {
  must(method.set_input("lengths", {static_cast<uint32_t>(lengths.size())}, lengths.data()));
}

// One source and the tokens that its decoder is fed, as sequence of a batch.
struct Item {
  std::vector<int32_t> source, fed;
};

// The logits after every fed token of each item, all items in one batch.
std::vector<std::vector<float>> logits_of(const Bound& bound, const std::vector<Item>& items) {
  const fovea::Method encode = must(bound.session.method("encode"));
  const fovea::Method decode = must(bound.session.method("decode"));
  const uint32_t batch = static_cast<uint32_t>(items.size());
  std::vector<int32_t> source, lengths;
  for (const Item& item : items) {
    source.insert(source.end(), item.source.begin(), item.source.end());
    lengths.push_back(static_cast<int32_t>(item.source.size()));
  }
  for (uint32_t b = 0; b < batch; ++b) must(bound.session.reset(b));
  const auto count = [](const std::vector<int32_t>& v) { return static_cast<uint32_t>(v.size()); };
  must(bound.session.set_dim("batch", batch));
  must(bound.session.set_dim("source_tokens", count(source)));
  must(encode.set_input("source", {count(source)}, source.data()));
  set_lengths(encode, lengths);
  must(encode.run());
  std::vector<std::vector<float>> result(batch);
  for (size_t step = 0; step < 11; ++step) {
    std::vector<int32_t> tokens, active;
    for (const Item& item : items) {
      active.push_back(step < item.fed.size());
      if (active.back() != 0) tokens.push_back(item.fed[step]);
    }
    if (tokens.empty()) break;
    must(bound.session.set_dim("tokens", count(tokens)));
    must(decode.set_input("tokens", {count(tokens)}, tokens.data()));
    set_lengths(decode, active);
    must(decode.run());
    const auto logits = must(decode.output<float>("logits"));
    for (uint32_t b = 0, row = 0; b < batch; ++b) {
      if (active[b] == 0) continue;
      result[b].insert(result[b].end(), logits.row(row), logits.row(row) + logits.width());
      ++row;
    }
  }
  return result;
}

nlohmann::json reference() {
  std::ifstream stream(DATES_FOLDER "/reference.json");
  return nlohmann::json::parse(stream);
}

Item item_of(const nlohmann::json& entry, int32_t bos) {
  Item item;
  item.source = entry["source_ids"].get<std::vector<int32_t>>();
  item.fed = entry["target_ids"].get<std::vector<int32_t>>();
  item.fed.pop_back();  // the end is not fed
  item.fed.insert(item.fed.begin(), bos);
  return item;
}

int32_t bos(const Bound& bound) {
  return must(must(bound.model.tokenizer("target")).info()).bos;
}

// f32 sums of n terms of size up to m differ from exact ones by some n * epsilon * m; PyTorch's own
// f32 differs by 2.8e-5 here.
void check_close(const std::vector<double>& expected, const float* found) {
  for (size_t i = 0; i < expected.size(); ++i) {
    CHECK(std::fabs(expected[i] - found[i]) < 96 * 1.2e-7 * 53 / 4);
  }
}

TEST_CASE("logits agree with PyTorch in double precision") {
  Bound bound;
  for (const auto& entry : reference()) {
    const std::string text = entry["text"];
    const fovea::Tokenizer source = must(bound.model.tokenizer("source"));
    std::vector<int32_t> ids(text.size() + 1);
    ids.resize(must(source.encode(text.data(), text.size(), ids.data(), ids.size())));
    CHECK(ids == entry["source_ids"].get<std::vector<int32_t>>());
    const auto logits = logits_of(bound, {item_of(entry, bos(bound))})[0];
    const auto first = entry["logits_step_1"].get<std::vector<double>>();
    check_close(first, logits.data());
    check_close(entry["logits_step_5"], logits.data() + 4 * first.size());
  }
}

void check_batches(const char* path) {
  Bound bound(path);
  std::vector<Item> items;
  for (int copy = 0; copy < 4; ++copy) {
    for (const auto& entry : reference()) items.push_back(item_of(entry, bos(bound)));
  }
  REQUIRE(items.size() == 32);
  for (size_t i = 0; i < items.size(); ++i) {
    items[i].source.resize(std::max<size_t>(1, items[i].source.size() - i / 8));
    items[i].fed.resize(items[i].fed.size() - i % 5);
  }
  std::vector<std::vector<float>> alone;
  for (const Item& item : items) alone.push_back(logits_of(bound, {item})[0]);
  uint32_t seed = 1;
  for (size_t batch = 2; batch <= 32; ++batch) {
    std::vector<size_t> order(items.size());
    std::iota(order.begin(), order.end(), 0);
    for (size_t i = order.size(); i-- > 1;) {
      seed = seed * 1664525u + 1013904223u;
      std::swap(order[i], order[(seed >> 8) % (i + 1)]);
    }
    std::vector<Item> chosen;
    for (size_t i = 0; i < batch; ++i) chosen.push_back(items[order[i]]);
    const auto logits = logits_of(bound, chosen);
    for (size_t i = 0; i < batch; ++i) {
      const auto& expected = alone[order[i]];
      REQUIRE(logits[i].size() == expected.size());
      CHECK(std::memcmp(logits[i].data(), expected.data(), expected.size() * sizeof(float)) == 0);
    }
  }
}

TEST_CASE("batches from 1 to 32 of any composition give the same bits") {
  check_batches(DATES_MODEL);
}

TEST_CASE("batches of weights of int8 do so, too") {
  check_batches(DATES_INT8);
}

TEST_CASE("and those of int4") {
  check_batches(DATES_INT4);
}

}  // namespace
}  // namespace dates::test
