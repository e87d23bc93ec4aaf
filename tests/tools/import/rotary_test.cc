// Settings of rotary embeddings: frequencies and factors of every type, against transformers.

#include "tools/import/rotary.h"

#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <vector>

#include "tests/tools/import/rotary_cases.h"
#include "tests/tools/refused.h"

namespace fovea::test {
namespace {

using tools::Config;
using tools::Rotary;
using tools::RotaryTable;

Rotary read(const std::string& members,
            tools::RotaryPlace place = {.head_width = 16, .positions = 64}) {
  static nlohmann::json values;  // a config refers to it
  values = nlohmann::json::parse("{" + members + "}");
  const Config config(values, "config");
  const Rotary rotary = tools::read_rotary(config, place);
  config.expect_all_read("test");
  return rotary;
}

}  // namespace

TEST_CASE("every type's frequencies and factor are those of transformers") {
  for (const RotaryCase& c : kRotaryCases) {
    CAPTURE(std::string(c.name));
    const RotaryTable table = tools::rotary_table(read(c.settings), c.context);
    CHECK(table.factor == doctest::Approx(c.factor).epsilon(1e-12));
    REQUIRE(table.frequencies.size() == c.frequencies.size());
    for (size_t i = 0; i < c.frequencies.size(); ++i) {
      CAPTURE(i);
      // Ten digits are written above; longrope's exponents stayed f32 there.
      CHECK(std::fabs(table.frequencies[i] - c.frequencies[i]) <= 1e-7 * c.frequencies[i]);
    }
  }
}

TEST_CASE("settings are found wherever transformers writes them") {
  const auto theta = [](const std::string& members) { return read(members).theta; };
  CHECK(theta("") == 10000);
  CHECK(theta(R"("rope_theta": 500000)") == 500000);
  CHECK(theta(R"("rotary_emb_base": 25000)") == 25000);
  CHECK(theta(R"("rope_parameters": {"rope_theta": 5, "rope_type": "default"})") == 5);
  CHECK(theta(R"("rope_theta": 5, "rope_scaling": null, "rope_parameters": null)") == 5);
  CHECK(theta(R"("rope_scaling": {}, "rope_parameters": {"rope_theta": 5})") == 5);
  CHECK(theta(R"("rope_theta": 5, "rope_parameters": {"rope_theta": 5.0})") == 5);
  const std::string both = R"({"rope_type": "linear", "type": "linear", "factor": 2})";
  CHECK(read("\"rope_scaling\": " + both + ", \"rope_parameters\": " + both).factor == 2);

  const char* layered =
      R"("rope_parameters": {"full_attention": {"rope_theta": 7, "rope_type": "default"}})";
  const tools::RotaryPlace full = {16, 64, false, "full_attention"};
  CHECK(read(layered, full).theta == 7);
  check_refusal([&] { read(layered); }, "rope_parameters.full_attention");
  check_refusal([&] { read(layered, {16, 64, false, "sliding_attention"}); }, "full_attention");

  const std::string llama3 =
      R"("rope_scaling": {"rope_type": "llama3", "factor": 8, "low_freq_factor": 1, )"
      R"("high_freq_factor": 4)";
  CHECK(read(llama3 + "}").original == 64);
  CHECK(read(llama3 + R"(, "original_max_position_embeddings": 16})").original == 16);
  CHECK(read(llama3 + R"(}, "original_max_position_embeddings": 16)").original == 16);
  CHECK(read(llama3 + R"(, "original_max_position_embeddings": 1})").original == 1);
  for (const std::string none : {"0", "-1"}) {
    check_refusal([&] { read(llama3 + R"(, "original_max_position_embeddings": )" + none + "}"); },
                  "original_max_position_embeddings is " + none, "above 0");
  }
}

TEST_CASE("only families that say so turn a part of each head") {
  const tools::RotaryPlace partial = {.head_width = 16, .positions = 64, .partial = true};
  const auto pairs = [](const Rotary& rotary) {
    return tools::rotary_table(rotary, 64).frequencies.size();
  };
  CHECK(pairs(read(R"("partial_rotary_factor": 0.5)")) == 8);
  CHECK(pairs(read(R"("partial_rotary_factor": 0.5)", partial)) == 4);
  CHECK(pairs(read(R"("rotary_pct": 0.25)", partial)) == 2);
  CHECK(tools::rotary_table(read(R"("rotary_pct": 0.25)", partial), 64).frequencies[1] ==
        doctest::Approx(0.01));
  const char* linear =
      R"("rope_scaling": {"type": "linear", "factor": 2, "partial_rotary_factor": 0.5})";
  CHECK(pairs(read(linear, partial)) == 4);
  check_refusal([&] { read(linear); }, "partial_rotary_factor of 0.5", "8 of 16", "whole heads");
  check_refusal([&] { read(R"("rotary_pct": 0.2)", partial); }, "turns 3 elements", "even number");
  check_refusal([&] { read(R"("partial_rotary_factor": 0)"); }, "above 0 and at most 1");
  check_refusal([&] { read(R"("partial_rotary_factor": 1.5)"); }, "above 0 and at most 1");
}

TEST_CASE("what a type requires and what makes no sense is refused by its key") {
  const auto refused = [](const std::string& scaling, const auto&... parts) {
    CAPTURE(scaling);
    check_refusal([&] { read("\"rope_scaling\": {" + scaling + "}"); }, parts...);
  };
  refused(R"("type": "linear")", "no rope_scaling.factor");
  refused(R"("type": "linear", "factor": 0)", "rope_scaling.factor is 0", "above 0");
  refused(R"("type": "linear", "factor": "2")", "rope_scaling.factor", "finite number");
  refused(R"("type": "linear", "factor": 2, "beta_fast": 3)", "rope_scaling.beta_fast (3)");
  refused(R"("type": "dynamic")", "no rope_scaling.factor");
  refused(R"("type": "llama3", "factor": 8, "high_freq_factor": 4)",
          "no rope_scaling.low_freq_factor");
  refused(R"("type": "llama3", "factor": 8, "low_freq_factor": 1)",
          "no rope_scaling.high_freq_factor");
  refused(R"("type": "llama3", "low_freq_factor": 1, "high_freq_factor": 4)",
          "no rope_scaling.factor");
  refused(R"("type": "llama3", "factor": 8, "low_freq_factor": 4, "high_freq_factor": 4)",
          "must be above rope_scaling.low_freq_factor");
  refused(R"("type": "yarn")", "no rope_scaling.factor");
  refused(R"("type": "yarn", "factor": 2, "attention_factor": -1)", "attention_factor is -1");
  refused(R"("type": "longrope", "short_factor": [1, 1, 1, 1, 1, 1, 1, 1])",
          "no rope_scaling.long_factor");
  refused(R"("type": "longrope", "short_factor": [1], "long_factor": [1])",
          "rope_scaling.short_factor must have 8 numbers");
  refused(R"("type": "su")", "of type \"su\"", "known are default, linear, dynamic, llama3, yarn");
  refused(R"("type": "yarn", "rope_type": "linear", "factor": 2)", "differ");

  check_refusal([] { read(R"("rope_theta": 1, "rope_scaling": {"rope_theta": 2})"); },
                "rope_scaling.rope_theta is 2", "rope_theta is 1");
  check_refusal([] { read(R"("rope_theta": 0)"); }, "rope_theta is 0");
  check_refusal([] { read(R"("rope_scaling": 3)"); }, "rope_scaling is 3", "object");
  check_refusal(
      [] {
        read(R"("rope_scaling": {"type": "linear", "factor": 2}, )"
             R"("rope_parameters": {"rope_type": "linear", "factor": 4})");
      },
      "rope_scaling and rope_parameters differ");
}

TEST_CASE("how far a scaled context reaches") {
  CHECK(read("").longest() == 64);
  CHECK(read(R"("rope_scaling": {"type": "linear", "factor": 4})").longest() == 256);
  CHECK(read(R"("rope_scaling": {"type": "linear", "factor": 0.5})").longest() == 64);
  CHECK(read(R"("rope_scaling": {"type": "dynamic", "factor": 2})").longest() == 128);
  CHECK(read(R"("rope_scaling": {"type": "yarn", "factor": 4, )"
             R"("original_max_position_embeddings": 32})")
            .longest() == 128);
  CHECK(read(R"("rope_scaling": {"type": "linear", "factor": 1e9})").longest() == 16777216);
}

TEST_CASE("how far plan may go with a table: no further than converting") {
  const auto alike = [](const std::string& original, uint32_t context) {
    std::string settings = kLongRope;
    settings.replace(settings.find(": 16") + 2, 2, original);
    settings.erase(settings.find("\"factor\": 4, "), 13);
    return read(settings).longest_alike(context);
  };
  CHECK(alike("16", 16) == 16);  // the short factors end there
  CHECK(alike("16", 17) == 64);
  CHECK(alike("16", 1) == 16);
  CHECK(alike("100", 64) == 64);
  CHECK(alike("1e18", 64) == 64);
}

}  // namespace fovea::test
