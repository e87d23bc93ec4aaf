// fovea.hpp: what it adds to the C interface.

#include "fovea/fovea.hpp"

#include <doctest/doctest.h>

#include <array>
#include <string>
#include <vector>

#include "tests/support/tiny_model.h"

namespace fovea::test {
namespace {

struct Bound {
  explicit Bound(const std::function<void(schema::ModelT&)>& change = nullptr)
      : image(tiny_model(change)) {
    const auto opened = api::Model::open(image.data(), image.size());
    REQUIRE_MESSAGE(opened, opened.error().message().text);
    model = *opened;
    arena = Image(model.arena().total);
    const auto bound = model.bind(arena.data(), arena.size());
    REQUIRE(bound);
    session = *bound;
  }
  Image image, arena;
  api::Model model;
  Session session;
};

// `next` with one sequence, as a language model has it: tokens [tokens].
void one_sequence(schema::ModelT& m) {
  m.sequences = 1;
  m.states[1]->offset /= 2;
  m.dims[0]->max = 1;
}

std::string text(const Error& error) {
  return error.message().text;
}

TEST_CASE("errors keep the name and know the model's names") {
  const Bound b;
  CHECK(text(b.session.method("nexd").error()) ==
        "the model has no method 'nexd', only: 'forward', 'next'");
  CHECK(text(b.session.set_dim("token", 1).error()) ==
        "the model has no dim 'token', only: 'batch', 'tokens'");
  CHECK(text(b.model.tokenizer("text").error()) ==
        "the model has no tokenizer 'text', it has none");
  CHECK(text(b.session.room("cache").error()) == "the model has no cache 'cache', only: 'kv'");
  const Method forward = *b.session.method("forward");
  CHECK(text(forward.input<float>("letters").error()) ==
        "method 'forward' has no input 'letters', only: 'tokens', 'lengths'");
  CHECK(text(forward.output<int32_t>("logits").error()) ==
        "the element type is wrong: int32 where float32 is needed (method 'forward', output 0)");
  CHECK_FALSE(b.session.method(nullptr));
}

TEST_CASE("extents from a list, an array, a pointer") {
  const Bound b;
  REQUIRE(b.session.set_dim("tokens", 3));
  const Method forward = *b.session.method("forward");
  const std::vector<int32_t> tokens = {1, 2, 3};
  const std::array<uint32_t, 1> array = {3};
  CHECK(forward.set_input("tokens", {3}, tokens.data()));
  CHECK(forward.set_input("tokens", array, tokens.data()));
  CHECK(forward.set_input("tokens", std::vector<uint32_t>{3}, tokens.data()));
  CHECK(forward.set_input("tokens", {array.data(), array.size()}, tokens.data()));
  CHECK_FALSE(forward.set_input("tokens", {4}, tokens.data()));
  CHECK_FALSE(forward.set_input("tokens", {1, 3}, tokens.data()));
}

TEST_CASE("greedy decoding is a loop of next") {
  const Bound b(one_sequence);
  const Method next = *b.session.method("next");
  const std::vector<int32_t> prompt = {3, 1, 4};
  int32_t count = 3;
  const Status set = next.set_list("lengths", &count, 1);
  REQUIRE_MESSAGE(set, text(set.error()));
  const Result<int32_t> first = next.next(prompt.data(), prompt.size());
  REQUIRE_MESSAGE(first, text(first.error()));
  CHECK(b.session.position() == 3);
  CHECK(*b.session.room("kv") == kTinyContext - 3);
  const Tensor<float> logits = *next.output<float>("logits");
  for (const float logit : logits) CHECK(logit <= logits[static_cast<size_t>(*first)]);
  count = 1;
  REQUIRE(next.set_list("lengths", &count, 1));
  const Result<int32_t> second = next.next(&*first, 1);
  CHECK(second);
  CHECK(b.session.position() == 4);
  CHECK(next.next(prompt.data(), 0).error().code() == FOVEA_BAD_ARGUMENT);
  CHECK(next.next(prompt.data(), kTinyTokens + 1).error().code() == FOVEA_BAD_ARGUMENT);
  CHECK(next.next(prompt.data(), 1, "runes").error().code() == FOVEA_NO_SUCH_NAME);
}

TEST_CASE("one template takes results with and without a value") {
  const auto take = [](const auto& result) {
    REQUIRE(result);
    return *result;
  };
  const Bound b;
  take(b.session.reset(0));
  CHECK(take(b.session.method("next")).index() == 1);
  CHECK(take(take(b.session.method("forward")).work()).multiply_adds > 0);
}

}  // namespace
}  // namespace fovea::test
