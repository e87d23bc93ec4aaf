// Random Llama models through the whole of it: Hugging Face folder, convert, public API, against
// the same model in double precision.

#include <doctest/doctest.h>

#include <vector>

#include "tests/reference/llama.h"
#include "tests/support/llama_checkpoint.h"
#include "tests/support/same_bits.h"
#include "tests/support/temporary_folder.h"
#include "tests/tools/llama_session.h"
#include "tests/tools/refused.h"
#include "tools/commands/convert.h"

namespace fovea::test {
namespace {

constexpr uint32_t kModels = 50;

void check_model(const LlamaShape& shape, uint32_t seed) {
  CAPTURE(seed);
  CAPTURE(config_json(shape));
  const LlamaCheckpoint model = random_llama(shape, seed);
  const TemporaryFolder folder;
  write_checkpoint(model, folder.path());
  tools::convert({folder.path(), folder.file("model.fovea"), {}, {}});
  LlamaSession session(folder.file("model.fovea"));
  const std::vector<int32_t> tokens = some_tokens(shape, seed);
  const std::vector<float> whole = session.forward(tokens, tokens.size());
  check_close(whole, llama_logits(model, tokens), shape);
  for (const size_t chunk : {1, 3, 7}) CHECK(same_bits(session.forward(tokens, chunk), whole));
  const std::vector<float> last(whole.end() - shape.vocabulary, whole.end());
  CHECK(same_bits(session.next(tokens), last));
}

}  // namespace

TEST_CASE("random Llama models agree with double precision, however their prompt is cut") {
  for (uint32_t seed = 1; seed <= kModels; ++seed) check_model(random_llama_shape(seed), seed);
}

TEST_CASE("so do Mistral, Qwen2 and Qwen3, with windows, biases and norms of heads") {
  for (const char* family : {"mistral", "qwen2", "qwen3"}) {
    for (uint32_t seed = 1; seed <= 20; ++seed) check_model(random_shape_of(family, seed), seed);
  }
}

TEST_CASE("which layers of a Qwen slide is said by their types, too") {
  LlamaShape shape = random_shape_of("qwen2", 5);
  shape.layers = 3;
  shape.window = 3;
  shape.window_from = 2;
  shape.options =
      ", \"layer_types\": [\"full_attention\", \"full_attention\", \"sliding_attention\"]";
  check_model(shape, 5);
}

TEST_CASE("a window that is not understood is refused by name") {
  const auto refuse = [](LlamaShape shape, const std::string& options, const auto&... parts) {
    shape.options = options;
    const TemporaryFolder folder;
    write_checkpoint(random_llama(shape, 5), folder.path());
    check_refusal(
        [&] {
          tools::convert({folder.path(), folder.file("m.fovea"), {}, {}});
        },
        folder.path(), parts...);
  };
  LlamaShape qwen = random_shape_of("qwen2", 5);
  qwen.layers = 2;
  qwen.window = 0;
  const std::string types = ", \"layer_types\": ";
  refuse(qwen, types + "[\"full_attention\"]", "1 layer_types for 2 layers");
  refuse(qwen, types + "[\"full_attention\", \"linear\"]", "layer_types[1]", "'linear'");
  refuse(qwen, types + "[\"full_attention\", \"sliding_attention\"]", "layer_types[1]",
         "use_sliding_window is false");
  refuse(qwen, ", \"use_mrope\": true", "use_mrope");
  LlamaShape mistral = random_shape_of("mistral", 5);
  mistral.window = 0;
  refuse(mistral, ", \"sliding_window\": 0", "sliding_window is 0");
  refuse(mistral, ", \"attention_bias\": true", "attention_bias");
}

// Two and three threads divide the rows of 70 tokens, five the outputs (Run::divide).
TEST_CASE("threads give a long prompt the same bits, by rows and by outputs") {
  LlamaShape shape;
  shape.width = 64;
  shape.ffn_width = 156;
  shape.layers = 2;
  shape.heads = 4;
  shape.kv_heads = 2;
  shape.head_width = 16;
  shape.vocabulary = 61;
  shape.context = 80;
  const LlamaCheckpoint model = random_llama(shape, 1);
  const TemporaryFolder folder;
  write_checkpoint(model, folder.path());
  tools::convert({folder.path(), folder.file("model.fovea"), {}, {{"tokens", 70}}});
  std::vector<int32_t> tokens;
  for (int32_t i = 0; i < 70; ++i) tokens.push_back(i * 7 % 61);
  const std::vector<float> whole = LlamaSession(folder.file("model.fovea")).forward(tokens, 70);
  check_close(whole, llama_logits(model, tokens), shape);
  for (const uint32_t threads : {2, 3, 5}) {
    CAPTURE(threads);
    LlamaSession session(folder.file("model.fovea"), threads);
    CHECK(same_bits(session.forward(tokens, 70), whole));
    CHECK(same_bits(session.forward(tokens, 33), whole));
  }
}

}  // namespace fovea::test
