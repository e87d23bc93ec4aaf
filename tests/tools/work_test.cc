// Files that ask for more work than anybody waits for.

#include <doctest/doctest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "fovea/fovea.hpp"
#include "tests/runtime/handmade.h"
#include "tests/support/skip.h"
#include "tests/tools/program.h"
#include "tools/session/pace.h"

namespace fovea::test {
namespace {

using Json = nlohmann::json;

const std::string kHostile = FOVEA_HOSTILE;

// `repeats` attentions of all tokens over all tokens, which share their tensors.
Image attentions(uint32_t most_tokens, int repeats, bool fixed = false) {
  Handmade m;
  const int32_t tokens = fixed ? -1 : m.dim("tokens", most_tokens);
  const uint32_t rows = fixed ? most_tokens : 1;
  const int32_t x = m.input("x", {rows, 1}, {tokens, -1});
  const int32_t keys = m.tensor("keys", {1, 1, most_tokens / 16, 1, 16});
  const int32_t values = m.tensor("values", {1, 1, most_tokens, 1});
  const int32_t y = m.tensor("y", {rows, 1}, {tokens, -1});
  schema::StoreKeyValueT store;
  store.heads = store.key_width = store.value_width = 1;
  m.op(store, {x, x}, {keys, values});
  schema::AttentionT attention;
  attention.heads = attention.kv_heads = attention.key_width = attention.value_width = 1;
  attention.scale = 1;
  for (int i = 0; i < repeats; ++i) m.op(attention, {x, keys, values}, {y});
  return m.image(y);
}

struct Saved : TemporaryFolder {
  explicit Saved(const Image& image) {
    std::ofstream(path, std::ios::binary)
        .write(reinterpret_cast<const char*>(image.data()),
               static_cast<std::streamsize>(image.size()));
  }
  std::string path = file("model.fovea");
};

}  // namespace

TEST_CASE("inspect says the work of each method at its maxima") {
  const Saved model(attentions(32768, 1000));
  const uint64_t tokens = 32768, expected = 1000 * tokens * tokens * 2 + 2 * tokens;
  const Json json = Json::parse(fovea("inspect --json " + model.path).out);
  CHECK(json["methods"][0]["max_work"]["multiply_adds"] == expected);
  CHECK(json["methods"][0]["max_work"]["bytes"] == 1000 * tokens * 8);
  CHECK(fovea("inspect " + model.path).out.find("2,147,483,713,536") != std::string::npos);
}

TEST_CASE("bench refuses what takes minutes, says how much it is, and does less when asked") {
  const Saved model(attentions(32768, 1000));
  const Outcome refused = fovea("bench " + model.path);
  check_refused(refused, 1, "2,147,483,713,536 multiply-adds, about ");
  CHECK(refused.err.find("ask for less than --set tokens=32768") != std::string::npos);
  const Outcome less = fovea("bench " + model.path + " --set tokens=16 --seconds 0.05");
  CHECK_MESSAGE(less.code == 0, less.err);
}

TEST_CASE("run says what is long, and nothing else") {
  const Saved model(attentions(32, 1));
  std::string npy = std::string("\x93NUMPY\x01\x00", 8) + std::string("\x76\x00", 2);
  std::string dict = "{'descr': '<f4', 'fortran_order': False, 'shape': (4, 1), }";
  dict.resize(0x76 - 1, ' ');
  npy += dict + "\n" + std::string(16, '\0');
  write_bytes(model.file("x.npy"), npy);
  const Outcome outcome = fovea("run " + model.path + " --input x=" + model.file("x.npy") +
                                " --output-dir " + model.file("o"));
  CHECK_MESSAGE(outcome.code == 0, outcome.err);
  CHECK(outcome.err.find("multiply-adds") == std::string::npos);
}

TEST_CASE("durations as people say them") {
  CHECK(tools::about(0.2) == "about 0 seconds");
  CHECK(tools::about(1) == "about 1 second");
  CHECK(tools::about(25) == "about 25 seconds");
  CHECK(tools::about(59) == "about 1 minute");
  CHECK(tools::about(150) == "about 3 minutes");
  CHECK(tools::about(2 * 3600) == "about 2 hours");
  CHECK(tools::about(90000) == "about 1 day");
  CHECK(tools::about(3e9) == "about 95 years");
}

// One table of an operator stands for ten thousand there.
TEST_CASE("slow_run.fovea is refused by all commands for what it shares") {
  const std::string path = kHostile + "/slow_run.fovea";
  if (!std::filesystem::exists(path)) return skip("shared/data/hostile is absent");
  for (const char* command : {"inspect ", "bench ", "verify "}) {
    check_refused(fovea(command + path), 1, "shares its parts too often");
  }
}

TEST_CASE("work of fixed shapes is refused, too") {
  const Saved model(attentions(32768, 1000, /*fixed=*/true));
  const Outcome bench = fovea("bench " + model.path);
  check_refused(bench, 1, "2,147,483,713,536 multiply-adds");
  CHECK(bench.err.find("its shapes are fixed") != std::string::npos);
}

TEST_CASE("sentences about esc.fovea hold no byte that a terminal obeys") {
  const std::string path = kHostile + "/esc.fovea";
  if (!std::filesystem::exists(path)) return skip("shared/data/hostile is absent");
  const std::string bytes = read_bytes(path);
  Image image(bytes.size());
  std::memcpy(image.data(), bytes.data(), bytes.size());
  const auto model = api::Model::open(image.data(), image.size());
  REQUIRE_MESSAGE(model, model.error().message().text);
  Image arena(model->arena().total);
  const auto session = model->bind(arena.data(), arena.size());
  REQUIRE(session);
  const std::string method = session->method("nosuch").error().message().text;
  CHECK(method.find("only: '\\x1B[") != std::string::npos);
  const std::string input =
      session->method(uint32_t{0}).input<float>("nosuch").error().message().text;
  CHECK(input.find("only: '\\x1B[2J") != std::string::npos);
  for (const std::string& text : {method, input}) {
    for (const char c : text) CHECK((static_cast<unsigned char>(c) >= 32 && c != 127));
  }
}

}  // namespace fovea::test
