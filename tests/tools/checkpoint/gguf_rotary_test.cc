// What a GGUF file says of rotary embedding.

#include <doctest/doctest.h>

#include <vector>

#include "tests/tools/checkpoint/gguf_llama.h"

namespace fovea::test {

TEST_CASE("what is scaled in rotary embedding, by keys or by tensors") {
  const auto scaling = [](const std::function<void(GgufFile&)>& change) {
    return open_gguf(change).config.value("rope_scaling", json());
  };
  CHECK(scaling({}).is_null());
  CHECK(scaling([](GgufFile& file) {
          file.text("llama.rope.scaling.type", "linear");
          file.real("llama.rope.scaling.factor", 4);
        }) == json({{"rope_type", "linear"}, {"factor", 4.0}}));
  CHECK(scaling([](GgufFile& file) { file.real("llama.rope.scale_linear", 2); }) ==
        json({{"rope_type", "linear"}, {"factor", 2.0}}));
  CHECK(scaling([](GgufFile& file) {
          file.text("llama.rope.scaling.type", "yarn");
          file.real("llama.rope.scaling.factor", 4);
          file.number("llama.rope.scaling.original_context_length", 8);
          file.real("llama.rope.scaling.yarn_beta_fast", 3);
        }) == json({{"rope_type", "yarn"},
                    {"factor", 4.0},
                    {"beta_fast", 3.0},
                    {"original_max_position_embeddings", 8u}}));
  const json divided = scaling([](GgufFile& file) { file.floats("rope_freqs.weight", {2}, 1); });
  CHECK(divided["divisors"] == std::vector<double>{1, 2});
  refused(
      [](GgufFile& file) {
        file.floats("rope_freqs.weight", {2}, 1);
        file.text("llama.rope.scaling.type", "yarn");
      },
      "rope_freqs.weight", "llama.rope.scaling.type");
  refused([](GgufFile& file) { file.floats("rope_freqs.weight", {3}, 1); }, "divisors",
          "2 numbers");
  refused([](GgufFile& file) { file.real("llama.rope.scaling.attn_factor", 2); },
          "llama.rope.scaling.attn_factor");
  refused([](GgufFile& file) { file.number("llama.rope.dimension_count", 2); },
          "llama.rope.dimension_count is 2 of 4");
  (void)tools::import_model(
      open_gguf([](GgufFile& file) { file.number("llama.rope.dimension_count", 4); }), {});
}

}  // namespace fovea::test
