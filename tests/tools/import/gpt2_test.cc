// GPT-2 through the whole of it: Hugging Face folder, convert, public API, against the same model
// in double precision.

#include <doctest/doctest.h>

#include <cfloat>
#include <cmath>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "fovea/fovea.hpp"
#include "tests/support/temporary_folder.h"
#include "tests/tools/import/gpt2_model.h"
#include "tests/tools/refused.h"
#include "tools/commands/convert.h"
#include "tools/common/mapped_file.h"

namespace fovea::test {
namespace {

// A converted model, bound to memory of its own.
class Converted {
 public:
  explicit Converted(const std::string& path) : file_(path) {
    const auto opened = fovea::Model::open(file_.bytes().data(), file_.bytes().size());
    REQUIRE(opened);
    const size_t bytes = opened->arena().total;
    arena_.reset(std::aligned_alloc(FOVEA_ALIGNMENT, bytes));
    const auto session = opened->bind(arena_.get(), bytes);
    REQUIRE(session);
    session_ = *session;
  }

  // What a method gives when tokens come `chunk` at a time.
  std::vector<float> run(const char* name, const std::vector<int32_t>& tokens, size_t chunk) {
    const Method method = *session_.method(name);
    std::vector<float> all;
    REQUIRE(fovea_reset(session_.get(), 0, nullptr) == FOVEA_OK);
    for (size_t at = 0; at < tokens.size(); at += chunk) {
      const size_t count = std::min(chunk, tokens.size() - at);
      REQUIRE(method.set_list("tokens", tokens.data() + at, count));
      REQUIRE(method.run());
      const auto logits = method.output<float>("logits");
      REQUIRE(logits);
      all.insert(all.end(), logits->row(0), logits->row(0) + logits->rows() * logits->width());
    }
    return all;
  }

 private:
  struct Free {
    void operator()(void* p) const { std::free(p); }
  };
  tools::MappedFile file_;
  std::unique_ptr<void, Free> arena_;
  Session session_;
};

void convert(const TemporaryFolder& folder, const tools::Maxima& maxima = {}) {
  tools::ConvertOptions options;
  options.input = folder.path();
  options.output = folder.file("model.fovea");
  options.maxima = maxima;
  options.quiet = true;
  tools::convert(options);
}

void check_close(const std::vector<float>& found, const Doubles& exact, const Gpt2Shape& s) {
  REQUIRE(found.size() == exact.size());
  double worst = 0, magnitude = 1;
  for (size_t i = 0; i < exact.size(); ++i) {
    const double error = std::abs(found[i] - exact[i]);
    worst = std::isnan(error) ? INFINITY : std::max(worst, error);
    magnitude = std::max(magnitude, std::abs(exact[i]));
  }
  // Half an ulp a step, of either sign; see llama_session.cc.
  const double terms = s.layers * (5.0 * s.width + s.ffn_width) + s.width;
  CHECK(worst <= 8 * std::sqrt(terms) * (FLT_EPSILON / 2) * magnitude);
}

void check_model(const Gpt2& model, const std::string& base = "transformer.") {
  CAPTURE(model.config());
  const TemporaryFolder folder;
  model.write(folder, base);
  convert(folder);
  Converted converted(folder.file("model.fovea"));
  std::vector<int32_t> tokens;
  for (uint32_t i = 0; i < model.shape.positions; ++i) {
    tokens.push_back(static_cast<int32_t>((5 + i * i * 7) % model.shape.vocabulary));
  }
  const std::vector<float> whole = converted.run("forward", tokens, tokens.size());
  check_close(whole, gpt2_logits(model, tokens), model.shape);
  CHECK(converted.run("forward", tokens, 1) == whole);
  CHECK(converted.run("forward", tokens, 3) == whole);
  const std::vector<float> last(whole.end() - model.shape.vocabulary, whole.end());
  CHECK(converted.run("next", tokens, tokens.size()) == last);
}

const Gpt2Shape kGpt2Shape = {24, 3, 3, 96, 37, 19};

// `kGpt2Shape` with these options in its config.
Gpt2Shape with(const std::string& options) {
  Gpt2Shape shape = kGpt2Shape;
  shape.options = options;
  return shape;
}

}  // namespace

TEST_CASE("a GPT-2 agrees with double precision, however its prompt is cut") {
  check_model(Gpt2(kGpt2Shape));
  check_model(Gpt2({40, 1, 1, 31, 101, 33, "\"layer_norm_epsilon\": 1e-05", "relu"}));
  check_model(Gpt2({36, 6, 2, 144, 50, 20, "\"n_ctx\": 20"}));
}

TEST_CASE("a GPT-2 whose hidden width is null has four times the width") {
  check_model(Gpt2(with("\"n_inner\": null")));
}

TEST_CASE("how a GPT-2 scales its scores") {
  Gpt2Shape shape = with("\"scale_attn_weights\": false");
  shape.scaled = false;
  check_model(Gpt2(shape));
  shape = with("\"scale_attn_by_inverse_layer_idx\": true, \"reorder_and_upcast_attn\": true");
  shape.by_layer = true;
  check_model(Gpt2(shape));
  shape.options += ", \"scale_attn_weights\": false";
  shape.scaled = false;
  check_model(Gpt2(shape));
}

TEST_CASE("a GPT-2's head is the embedding, unless another is stored") {
  Gpt2Shape shape = kGpt2Shape;
  shape.tied = false;
  check_model(Gpt2(shape));
  shape.options = "\"tie_word_embeddings\": false";
  check_model(Gpt2(shape));
  Gpt2 tied(kGpt2Shape);
  tied.add("lm_head.weight", {kGpt2Shape.vocabulary, kGpt2Shape.width}, 0, 1);
  tied.tensors["lm_head.weight"].values = tied.tensors["wte.weight"].values;
  check_model(tied);
  const TemporaryFolder folder;
  Gpt2(with("\"tie_word_embeddings\": false")).write(folder);
  check_refusal([&] { convert(folder); }, folder.path(), "lm_head.weight");
}

TEST_CASE("a GPT-2 as its base class saves it, with masks and what concerns training") {
  Gpt2 model(with("\"attn_pdrop\": 0.1, \"summary_type\": \"cls_index\", \"bos_token_id\": 3"));
  for (const char* layer : {"h.0.", "h.2."}) {
    model.add(std::string(layer) + "attn.bias", {1, 1, 19, 19}, 0, 1);
    model.add(std::string(layer) + "attn.masked_bias", {1}, -1e4, 0);
  }
  check_model(model, "");
  check_model(model);
}

TEST_CASE("a GPT-2 that is not understood in full is refused by name") {
  const auto refuse = [](const Gpt2Shape& shape, const auto&... parts) {
    const TemporaryFolder folder;
    Gpt2(shape).write(folder);
    check_refusal([&] { convert(folder); }, folder.path(), parts...);
  };
  refuse(with("\"window\": 8"), "window");
  refuse(with("\"add_cross_attention\": true"), "add_cross_attention");
  refuse(with("\"n_ctx\": 20"), "n_ctx is 20", "n_positions is 19");
  refuse(with("\"n_head\": 5"), "n_head");
  refuse(with("\"n_layer\": 4"), "n_layer is 4");
  refuse(with("\"scale_attn_by_inverse_layer_idx\": true, \"n_layer\": 1000000000"),
         "n_layer is 1000000000");
  refuse(with("\"n_positions\": 20"), "wpe.weight");
  refuse(with("\"n_inner\": 95"), "mlp.c_fc.weight");
  refuse(with("\"reorder_and_upcast_attn\": 1"), "reorder_and_upcast_attn");
  refuse(with("\"architectures\": [\"GPT2ForMultipleChoice\"]"), "GPT2LMHeadModel");
  Gpt2 model(kGpt2Shape);
  const TemporaryFolder folder;
  model.add("h.1.crossattention.q_attn.weight", {24, 24}, 0, 1);
  model.write(folder);
  check_refusal([&] { convert(folder); }, "h.1.crossattention.q_attn.weight");
}

TEST_CASE("a GPT-2's context is what its table of positions has") {
  const TemporaryFolder folder;
  Gpt2(kGpt2Shape).write(folder);
  CHECK_THROWS_AS(convert(folder, {{"context", 20}}), tools::UsageError);
  convert(folder, {{"context", 19}, {"tokens", 5}});
  Converted converted(folder.file("model.fovea"));
  const std::vector<int32_t> tokens = {1, 2, 3, 4, 5, 6, 7};
  check_close(converted.run("forward", tokens, 5), gpt2_logits(Gpt2(kGpt2Shape), tokens),
              kGpt2Shape);
}

}  // namespace fovea::test
