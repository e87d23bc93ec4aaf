// Rotary embeddings of every type in a random Llama, converted and run.

#include <doctest/doctest.h>

#include <cmath>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "fovea/fovea.h"
#include "tests/support/llama_checkpoint.h"
#include "tests/support/temporary_folder.h"
#include "tests/tools/import/rotary_cases.h"
#include "tools/commands/convert.h"
#include "tools/common/mapped_file.h"

namespace fovea::test {
namespace {

const LlamaShape kRotaryShape = {.width = 32,
                                 .ffn_width = 24,
                                 .layers = 1,
                                 .heads = 2,
                                 .kv_heads = 1,
                                 .head_width = 16,
                                 .vocabulary = 9,
                                 .context = 64};

// The config of the random Llama with other settings.
std::string config_with(const std::string& settings) {
  std::string text = config_json(kRotaryShape);
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
  return {logits, logits + kRotaryShape.vocabulary};
}

}  // namespace

TEST_CASE("every type gives transformers' logits, converted and run") {
  const TemporaryFolder folder;
  for (const RotaryCase& c : kRotaryCases) {
    CAPTURE(std::string(c.name));
    write_checkpoint(random_llama(kRotaryShape, 5), folder.path());
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

}  // namespace fovea::test
