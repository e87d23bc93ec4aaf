// Which attentions a file may let drop weights.

#include <doctest/doctest.h>

#include <string>

#include "tests/runtime/dropout.h"

namespace fovea::test {
namespace {

fovea_code open_code(const Image& image, std::string* why = nullptr) {
  fovea_model model;
  fovea_error error = {};
  const fovea_code code = fovea_open(image.span(), {}, &model, &error);
  if (why != nullptr) *why = sentence(error);
  return code;
}

}  // namespace

TEST_CASE("dropout of keys that another method stored is refused") {
  Handmade m;
  const int32_t tokens = m.dim("tokens", 4);
  m.cache(kContext, 1, kKeyWidth, kValueWidth);
  const int32_t keys = m.input("keys", {1, kKeyWidth}, {tokens, -1});
  const int32_t values = m.input("values", {1, kValueWidth}, {tokens, -1});
  m.op(layer_store(), {keys, values}, {}, {}, {0, 1});
  m.update(schema::UpdateMode::Append, tokens);
  m.finish({keys});
  m.method.name = "look";
  const int32_t query = m.input("query", {1, kHeads * kKeyWidth}, {tokens, -1});
  const int32_t dropout = m.input("dropout", {2}, {}, schema::DType::Int32);
  const int32_t y = m.tensor("y", {1, kHeads * kValueWidth}, {tokens, -1});
  m.op(dropping(0.25f, 0), {query, -1, -1, -1, -1, -1, dropout}, {y}, {}, {0, 1});
  std::string why;
  CHECK(open_code(m.image(y), &why) == FOVEA_BAD_VALUE);
  CHECK(why.find("operator 0 of method 1, dropout)") != std::string::npos);
}

TEST_CASE("layers that drop rise from attention to attention") {
  std::string why;
  CHECK(open_code(two_layers(true, 0, 5)) == FOVEA_OK);
  CHECK(open_code(two_layers(true, 3, 3), &why) == FOVEA_BAD_VALUE);
  CHECK(why.find("operator 2 of method 0, dropout.layer") != std::string::npos);
  CHECK(open_code(two_layers(true, 4, 3)) == FOVEA_BAD_VALUE);
}

}  // namespace fovea::test
