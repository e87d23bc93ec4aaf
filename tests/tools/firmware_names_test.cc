#include <doctest/doctest.h>

#include <map>
#include <string>

#include "runtime/operator.h"
#include "tools/firmware/names.h"

namespace {

using namespace fovea;
using namespace fovea::tools;

TEST_CASE("firmware names: identifiers") {
  CHECK(is_identifier("digits"));
  CHECK(is_identifier("kwt1_small"));
  for (const char* bad : {"", "1st", "a-b", "a b", "_hidden", "int", "n\xC3\xA9"}) {
    CHECK_FALSE(is_identifier(bad));
  }
  CHECK(identifier_of("my-model.v2") == "my_model_v2");
  CHECK(identifier_of("260K") == "model_260K");
  CHECK(identifier_of("") == "model_");
  CHECK(upper("kwt1_small") == "KWT1_SMALL");
}

TEST_CASE("firmware names: each is given once") {
  UniqueNames names;
  CHECK(names.take("A_B") == "A_B");
  CHECK(names.take("A_B") == "A_B_2");
  CHECK(names.take("A_B") == "A_B_3");
  CHECK(names.take("A_B_2") == "A_B_2_2");
}

// The generator spells the symbols; here the linker knows them.
TEST_CASE("firmware names: the symbol of every operator") {
  std::map<std::string, const fovea_operator*> symbols;
#define FOVEA_SYMBOL(name) symbols[#name] = &name
  FOVEA_SYMBOL(fovea_operator_embedding);
  FOVEA_SYMBOL(fovea_operator_add_positions);
  FOVEA_SYMBOL(fovea_operator_linear);
  FOVEA_SYMBOL(fovea_operator_gated_linear);
  FOVEA_SYMBOL(fovea_operator_rms_norm);
  FOVEA_SYMBOL(fovea_operator_layer_norm);
  FOVEA_SYMBOL(fovea_operator_rotary);
  FOVEA_SYMBOL(fovea_operator_store_key_value);
  FOVEA_SYMBOL(fovea_operator_attention);
  FOVEA_SYMBOL(fovea_operator_activation);
  FOVEA_SYMBOL(fovea_operator_binary);
  FOVEA_SYMBOL(fovea_operator_softmax);
  FOVEA_SYMBOL(fovea_operator_select_token);
  FOVEA_SYMBOL(fovea_operator_prepend_token);
  FOVEA_SYMBOL(fovea_operator_patches);
#undef FOVEA_SYMBOL
  for (uint32_t i = 0; i < fovea_all_operators.count; ++i) {
    const fovea_operator* op = fovea_all_operators.items[i];
    const std::string symbol = operator_symbol(op->kind, op->format);
    CAPTURE(symbol);
    if (symbols.count(symbol) != 0) CHECK(symbols.at(symbol) == op);
  }
  CHECK(symbols.size() >= 15);
}

}  // namespace
