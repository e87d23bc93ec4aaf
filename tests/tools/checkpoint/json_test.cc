#include "tools/checkpoint/json.h"

#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <vector>

#include "tests/tools/refused.h"

namespace fovea::test {
namespace {

using tools::JsonBounds;
using tools::show_json;

std::span<const uint8_t> bytes_of(const std::string& text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

nlohmann::json read_text(const std::string& text, const JsonBounds& bounds = {}) {
  return tools::read_json(bytes_of(text), "a.json", bounds);
}

template <typename... Parts>
void refused_text(const std::string& text, const Parts&... parts) {
  CAPTURE(text);
  check_refusal([&] { read_text(text); }, "a.json", parts...);
}

}  // namespace

TEST_CASE("all kinds of values are read") {
  const auto value =
      read_text(R"({"a": [1, -2, 3.5, true, null, "x\"y"], "b": {"c": {}}, "": 1e3})");
  CHECK(value["a"][1] == -2);
  CHECK(value["a"][5] == "x\"y");
  CHECK(value["b"]["c"].is_object());
  CHECK(value[""] == 1000);
  CHECK(value.size() == 3);
  CHECK(read_text("{}").is_object());
}

TEST_CASE("NaN and the infinities of Python are numbers, their names in strings are strings") {
  const auto value = read_text(
      R"({"NaN": NaN, "a": [Infinity, -Infinity, "Infinity", "\\", -1], "b": "\"NaN", "c": "a"})");
  CHECK(std::isnan(value["NaN"].get<double>()));
  CHECK(value["a"][0].get<double>() == INFINITY);
  CHECK(value["a"][1].get<double>() == -INFINITY);
  CHECK(value["a"][2] == "Infinity");
  CHECK(value["a"][3] == "\\");
  CHECK(value["a"][4] == -1);
  CHECK(value["b"] == "\"NaN");
  CHECK(value["c"] == "a");
  refused_text("{\"a\": Nan}", "line 1, column 7");
  refused_text("{\"a\": NaNs}", "line 1, column");
  refused_text("{NaN: 1}", "a key is a number");
}

TEST_CASE("errors are found with line and column") {
  refused_text("", "not JSON at line 1, column 1");
  refused_text("{\"a\": 1,\n \"b\": }", "not JSON at line 2, column 7");
  refused_text("{\"a\": 1}x", "line 1, column 9");
  refused_text("{\n\n\"a\": 1e999}", "line 3", "1e999");
  refused_text("{\"a\": \"\xff\"}", "line 1", "UTF-8");
  refused_text("[1]", "not a JSON object");
  refused_text("7", "not a JSON object");
}

TEST_CASE("a list is read where one is asked for, and there no object") {
  CHECK(read_text("[1, [2]]", {.list = true}).size() == 2);
  check_refusal([] { read_text("{}", {.list = true}); }, "a.json", "not a JSON list");
  check_refusal([] { read_text("[]"); }, "a.json", "not a JSON object");
}

TEST_CASE("keys that come twice are refused by name, in every object") {
  refused_text(R"({"hidden_size": 1, "hidden_size": 2})", "the key \"hidden_size\" comes twice");
  refused_text(R"({"a": [{"b": 1, "b": 1}]})", "the key \"b\" comes twice");
  CHECK(read_text(R"({"a": {"b": 1}, "b": {"b": 1}})").size() == 2);
}

TEST_CASE("depth, size and number of values are bounded") {
  const auto nested = [](size_t depth) {
    return "{\"a\":" + std::string(depth - 1, '[') + std::string(depth - 1, ']') + "}";
  };
  CHECK(read_text(nested(64)).size() == 1);
  refused_text(nested(65), "more than 64 levels");
  refused_text("{\"a\":" + std::string(100000, '['), "more than 64 levels");
  check_refusal([] { read_text("{\"a\": [1, 2, 3]}", {.values = 4}); }, "more than 4 values");
  CHECK(read_text("{\"a\": [1, 2, 3]}", {.values = 5}).size() == 1);
  check_refusal([] { read_text("{\"a\": 1}", {.bytes = 7}); }, "8 bytes of JSON; at most 7");
}

TEST_CASE("members are given away one by one") {
  std::vector<std::string> seen;
  const auto take = [&](const std::string& key, const nlohmann::json& value) {
    seen.push_back(key + "=" + value.dump());
  };
  tools::read_json_members(bytes_of(R"({"a": 1, "b": {"c": [1, 2]}, "d": [], "a": 2})"), "a.json",
                           {.values = 5}, take);
  CHECK(seen == std::vector<std::string>{"a=1", "b={\"c\":[1,2]}", "d=[]", "a=2"});
}

TEST_CASE("values are shown short") {
  CHECK(show_json(NAN) == "NaN");
  CHECK(show_json(-INFINITY) == "-Infinity");
  CHECK(show_json(INFINITY) == "Infinity");
  CHECK(show_json(1.5) == "1.5");
  CHECK(show_json("\x1b[31m") == "\"\\u001b[31m\"");
  CHECK(show_json(std::vector<int>(100)) == "a list of 100 values");
  CHECK(show_json(std::vector<int>(81)) == "a list of 81 values");
  CHECK(show_json(std::vector<int>(30)) == "[" + [] {
    std::string zeros = "0";
    for (int i = 1; i < 30; ++i) zeros += ",0";
    return zeros;
  }() + "]");
  nlohmann::json object;
  for (int i = 0; i < 81; ++i) object[std::to_string(i)] = i;
  CHECK(show_json(object) == "an object of 81 values");
  CHECK(show_json({{"a", 1}}) == R"({"a":1})");
  CHECK(show_json(std::string(100, 'a')).size() == 83);
  CHECK(show_json(std::string(78, 'a')) == "\"" + std::string(78, 'a') + "\"");
  CHECK(show_json(std::string(78, 'a') + "\xc3\xa9\xc3\xa9") ==
        "\"" + std::string(78, 'a') + "...");
}

}  // namespace fovea::test
