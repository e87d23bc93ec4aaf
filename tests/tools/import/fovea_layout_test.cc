// What the layouts of fovea's own say of attention, through convert and the public API, against the
// same model in double precision; what tied matrices save.

#include <doctest/doctest.h>

#include <cmath>
#include <cstdlib>
#include <memory>
#include <nlohmann/json.hpp>
#include <random>
#include <vector>

#include "fovea/fovea.hpp"
#include "tests/support/temporary_folder.h"
#include "tests/tools/import/fovea_layout.h"
#include "tests/tools/refused.h"
#include "tools/common/mapped_file.h"
#include "tools/graph/fuse.h"
#include "tools/import/import.h"
#include "tools/pack/pack.h"

namespace fovea::test {
namespace {

void check_encoder(const nlohmann::json& options) {
  CAPTURE(options.dump());
  const FoveaLayout model = layout_encoder(options);
  const TemporaryFolder folder;
  model.convert(folder);
  const tools::MappedFile file(folder.file("model.fovea"));
  const auto opened = fovea::Model::open(file.bytes().data(), file.bytes().size());
  REQUIRE(opened);
  const size_t bytes = opened->arena().total;
  const std::unique_ptr<void, void (*)(void*)> arena(std::aligned_alloc(FOVEA_ALIGNMENT, bytes),
                                                     std::free);
  const auto session = opened->bind(arena.get(), bytes);
  REQUIRE(session);
  REQUIRE(session->set_dim(0u, FoveaLayout::kTokens));
  const Method method = *session->method("forward");
  const auto input = method.input<float>("features");
  REQUIRE(input);
  std::mt19937 random(9);
  Doubles features;
  for (float& v : *input) {
    v = static_cast<float>(random() / 2147483648.0 - 1);
    features.push_back(double{v});
  }
  for (uint32_t i = 0; i < FoveaLayout::kWidth; ++i) {  // keys and queries of zeros stay so
    features[i] = 0;
    input->data()[i] = 0;
  }
  REQUIRE(method.run());
  const auto output = method.output<float>("hidden");
  REQUIRE(output);
  const Doubles exact = exact_hidden(model, features);
  size_t i = 0;
  for (const float v : *output) {
    REQUIRE(std::fabs(double{v} - exact[i++]) < 2e-5);
  }
}

void check_refused_layout(const nlohmann::json& options, const char* key) {
  const FoveaLayout model = layout_encoder(options);
  const TemporaryFolder folder;
  check_refusal([&] { model.convert(folder); }, key);
}

}  // namespace

TEST_CASE("a layout of fovea's own says how scores are made") {
  check_encoder(nlohmann::json::object());
  check_encoder({{"window", 3}});
  check_encoder({{"attention_scale", 1}});
  check_encoder({{"tie_key_value", true}});
  check_encoder({{"qk_norm", "l2"}});
  check_encoder({{"qk_norm", "l2"}, {"attention_scale", 10}, {"window", 5}});
  check_encoder({{"qk_norm", "l2"}, {"temperature", true}, {"tie_key_value", true}});
}

TEST_CASE("what a layout of fovea's own says without meaning is refused by name") {
  check_refused_layout({{"window", 0}}, "window");
  check_refused_layout({{"window", 1u << 31}}, "window");
  check_refused_layout({{"attention_scale", 0}}, "attention_scale");
  check_refused_layout({{"attention_scale", -1}}, "attention_scale");
  check_refused_layout({{"qk_norm", "l3"}}, "qk_norm");
  check_refused_layout({{"temperature", true}}, "temperature");
  check_refused_layout({{"tie_key_value", true}, {"value_width", 8}}, "tie_key_value");
}

TEST_CASE("keys and values that are tied are stored once, to the byte") {
  constexpr uintmax_t kMatrix = sizeof(float) * FoveaLayout::kWidth * FoveaLayout::kWidth;
  const auto weights = [](const FoveaLayout& m) {
    const TemporaryFolder folder;
    m.convert(folder);
    tools::Graph graph =
        tools::fuse(tools::import_model(tools::open_checkpoint(folder.path()), {}));
    return tools::place_weights(graph.model);
  };
  const uintmax_t all = weights(layout_pair(nlohmann::json::object()));
  CHECK(weights(layout_encoder(nlohmann::json::object())) -
            weights(layout_encoder({{"tie_key_value", true}})) ==
        kMatrix);
  CHECK(all - weights(layout_pair({{"tie_key_value", true}})) == 6 * kMatrix);
  for (const char* tied : {"self", "cross", "both"}) {
    FoveaLayout m = layout_pair({{"tie_encoder", tied}});
    uintmax_t saved = 0;
    for (const std::string layer : {"decoder.layers.0.", "decoder.layers.1."}) {
      for (const std::string part : {"key.weight", "value.weight"}) {
        if (tied != std::string("cross")) saved += m.tensors.erase(layer + "attention." + part);
        if (tied != std::string("self")) {
          saved += m.tensors.erase(layer + "cross_attention." + part);
        }
      }
    }
    CHECK(all - weights(m) == saved * kMatrix);
  }
}

}  // namespace fovea::test
