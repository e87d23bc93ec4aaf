// Rotary embeddings of every type, against transformers. The numbers were made by transformers
// 5.24 with torch 2.13, whose f32 and float types had been replaced by float64: the buffer
// rotary_emb.inv_freq, attention_scaling, and the last logits of the random Llama below for tokens
// (7 i + 3) mod 9.

#include "tools/import/rotary.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "fovea/fovea.h"
#include "tests/support/llama_checkpoint.h"
#include "tests/support/temporary_folder.h"
#include "tests/tools/refused.h"
#include "tools/commands/convert.h"
#include "tools/common/mapped_file.h"

namespace fovea::test {
namespace {

using Numbers = std::vector<double>;
using tools::Config;
using tools::Rotary;
using tools::RotaryTable;

const LlamaShape kShape = {.width = 32,
                           .ffn_width = 24,
                           .layers = 1,
                           .heads = 2,
                           .kv_heads = 1,
                           .head_width = 16,
                           .vocabulary = 9,
                           .context = 64};

struct Case {
  const char* name;
  const char* settings;  // members of the config
  uint32_t context;      // the run's tokens too
  double factor;
  Numbers frequencies, logits;
};

const char* const kLongRope =
    R"("rope_theta": 1e4, "original_max_position_embeddings": 16, "rope_scaling": {)"
    R"("rope_type": "longrope", "factor": 4, )"
    R"("short_factor": [1, 1.125, 1.25, 1.375, 1.5, 1.625, 1.75, 1.875], )"
    R"("long_factor": [1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5]})";

const Case kCases[] = {
    {"default",
     R"("rope_theta": 10000)",
     40,
     1,
     {1, 0.316227766, 0.1, 0.0316227766, 0.01, 0.00316227766, 0.001, 0.000316227766},
     {-0.7776595388, 0.1922529681, 0.3560757401, -0.3209287341, -1.519397935, 1.585521785,
      0.1371417633, 1.530095615, 1.275631581}},
    {"linear",
     R"("rope_theta": 10000, "rope_scaling": {"type": "linear", "factor": 2.5})",
     40,
     1,
     {0.4, 0.1264911064, 0.04, 0.01264911064, 0.004, 0.001264911064, 0.0004, 0.0001264911064},
     {-0.8529634645, 0.5805189207, 0.4297873009, -0.9777132959, -1.3878486, 1.66693262,
      0.5717365697, 1.362246348, 1.299736164}},
    {"dynamic within the config's context",
     R"("rope_theta": 10000, "rope_scaling": {"rope_type": "dynamic", "factor": 4.0})",
     40,
     1,
     {1, 0.316227766, 0.1, 0.0316227766, 0.01, 0.00316227766, 0.001, 0.000316227766},
     {-0.7776595388, 0.1922529681, 0.3560757401, -0.3209287341, -1.519397935, 1.585521785,
      0.1371417633, 1.530095615, 1.275631581}},
    {"dynamic beyond it",
     R"("rope_theta": 10000, "rope_scaling": {"rope_type": "dynamic", "factor": 4.0})",
     100,
     1,
     {1, 0.2672229817, 0.07140812194, 0.01908189126, 0.00509911988, 0.001362602018, 0.0003641185742,
      9.730085108e-05},
     {-0.5014069028, -0.1786354957, 2.367515801, 0.7416909704, -1.228211606, 0.6476418388,
      0.5932317576, 0.2249754838, 0.4187401866}},
    {"llama3",
     R"("rope_theta": 10000, "rope_scaling": {"rope_type": "llama3", "factor": 8, )"
     R"("low_freq_factor": 1, "high_freq_factor": 4, "original_max_position_embeddings": 64})",
     40,
     1,
     {1, 0.2443845994, 0.01304225604, 0.003952847075, 0.00125, 0.0003952847075, 0.000125,
      3.952847075e-05},
     {-0.8091642515, 0.4736585601, 0.4359005024, -1.185991142, -1.369439545, 1.793546479,
      0.7399909456, 1.303408034, 1.263262335}},
    {"yarn",
     R"("rope_parameters": {"rope_type": "yarn", "rope_theta": 10000.0, "factor": 4.0, )"
     R"("original_max_position_embeddings": 1000})",
     40,
     1.138629436111989,
     {1, 0.316227766, 0.08125, 0.01976423538, 0.004375, 0.000790569415, 0.00025, 7.90569415e-05},
     {-0.7730584499, 0.2356005263, 0.1552061125, -0.4408910267, -1.488661364, 1.580598538,
      0.2387805527, 1.50036081, 1.325146988}},
    {"yarn with all its settings",
     R"("rope_parameters": {"rope_type": "yarn", "rope_theta": 10000.0, "factor": 4.0, )"
     R"("original_max_position_embeddings": 1000, "mscale": 0.5, "mscale_all_dim": 1.25, )"
     R"("beta_fast": 8, "beta_slow": 2, "truncate": false})",
     40,
     0.9113839195031708,
     {1, 0.316227766, 0.1, 0.02369410866, 0.0025, 0.000790569415, 0.00025, 7.90569415e-05},
     {-0.7931847141, 0.2618429572, 0.4602494627, -0.3550146754, -1.547828837, 1.60310196,
      0.1557303021, 1.519502424, 1.230359191}},
    {"yarn whose factor is null",
     R"("rope_parameters": {"rope_type": "yarn", "rope_theta": 10000.0, "factor": null, )"
     R"("original_max_position_embeddings": 16, "attention_factor": 0.75})",
     40,
     0.75,
     {1, 0.0790569415, 0.025, 0.00790569415, 0.0025, 0.000790569415, 0.00025, 7.90569415e-05},
     {-0.8198108963, 0.3776153271, 0.7707038066, -0.7759965154, -1.508358007, 1.694760905,
      0.4562809976, 1.378477286, 1.074127806}},
    {"longrope beyond the original context",
     kLongRope,
     40,
     1.224744871391589,
     {1, 0.2108185081, 0.05, 0.01264911087, 0.003333333333, 0.000903507941, 0.00025,
      7.02728385e-05},
     {-0.8564695548, 0.3743967289, 0.1406545316, -0.7507792048, -1.397765521, 1.583325383,
      0.3641694937, 1.388510591, 1.485115251}},
    {"longrope within it",
     kLongRope,
     12,
     1.224744871391589,
     {1, 0.2810913442, 0.08, 0.0229983834, 0.006666666667, 0.001946017104, 0.0005714285714,
      0.0001686548124},
     {-0.8475595046, 0.06231058838, 0.5302018736, -1.090138632, -1.23867989, 1.184560999,
      0.5702439421, -2.434957345, 0.01973090193}},
    {"proportional",
     R"("rope_parameters": {"rope_type": "proportional", "rope_theta": 10000.0, )"
     R"("partial_rotary_factor": 0.5, "factor": 2.0})",
     40,
     1,
     {0.5, 0.158113883, 0.05, 0.0158113883, 0, 0, 0, 0},
     {-0.8130103588, 0.4541983408, 0.345020345, -0.8576953898, -1.391133874, 1.638742123,
      0.4332002445, 1.519192118, 1.261808077}},
};

Rotary read(const std::string& members,
            tools::RotaryPlace place = {.head_width = 16, .positions = 64}) {
  static nlohmann::json values;  // a config refers to it
  values = nlohmann::json::parse("{" + members + "}");
  const Config config(values, "config");
  const Rotary rotary = tools::read_rotary(config, place);
  config.expect_all_read("test");
  return rotary;
}

// The config of the random Llama with other settings.
std::string config_with(const std::string& settings) {
  std::string text = config_json(kShape);
  const size_t begin = text.find("\"rope_theta\""), end = text.find(", \"tie_word_embeddings\"");
  REQUIRE(begin != std::string::npos);
  REQUIRE(end > begin);
  return text.replace(begin, end - begin, settings);
}

// The last token's logits.
std::vector<float> last_logits(const std::string& path, uint32_t tokens) {
  const tools::MappedFile file(path);
  const auto bytes = file.bytes();
  fovea_model model;
  fovea_error error;
  REQUIRE(fovea_open({bytes.data(), bytes.size()}, {}, &model, &error) == FOVEA_OK);
  const size_t size = static_cast<size_t>(fovea_arena(&model, 1).total);
  const std::unique_ptr<void, decltype(&std::free)> arena(std::aligned_alloc(FOVEA_ALIGNMENT, size),
                                                          std::free);
  fovea_session* session = nullptr;
  REQUIRE(fovea_bind(&model, {{arena.get(), size}, {}, {}}, nullptr, &session, &error) == FOVEA_OK);
  REQUIRE(fovea_set_dim(session, 0, tokens, &error) == FOVEA_OK);
  const uint32_t next = static_cast<uint32_t>(fovea_find_method(&model, "next"));
  fovea_tensor tensor;
  REQUIRE(fovea_input(session, next, "tokens", &tensor, nullptr) == FOVEA_OK);
  for (uint32_t i = 0; i < tokens; ++i) {
    static_cast<int32_t*>(tensor.data)[i] = static_cast<int32_t>((7 * i + 3) % 9);
  }
  REQUIRE(fovea_run(session, next, &error) == FOVEA_OK);
  REQUIRE(fovea_output(session, next, "logits", &tensor, nullptr) == FOVEA_OK);
  const float* logits = static_cast<const float*>(tensor.data);
  return {logits, logits + kShape.vocabulary};
}

}  // namespace

TEST_CASE("every type's frequencies and factor are those of transformers") {
  for (const Case& c : kCases) {
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

TEST_CASE("every type gives transformers' logits, converted and run") {
  const TemporaryFolder folder;
  for (const Case& c : kCases) {
    CAPTURE(std::string(c.name));
    write_checkpoint(random_llama(kShape, 5), folder.path());
    write_bytes(folder.file("config.json"), config_with(c.settings));
    tools::convert({.input = folder.path(),
                    .output = folder.file("model.fovea"),
                    .tokenizer = {},
                    .maxima = {{"context", c.context}, {"tokens", c.context}}});
    const std::vector<float> logits = last_logits(folder.file("model.fovea"), c.context);
    for (size_t i = 0; i < logits.size(); ++i) {
      CAPTURE(i);
      CHECK(std::fabs(static_cast<double>(logits[i]) - c.logits[i]) < 5e-6);
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
  CHECK(alike("100", 64) == 64);
  CHECK(alike("1e18", 64) == 64);
}

}  // namespace fovea::test
