#include <doctest/doctest.h>

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
  uint32_t count = 0;
#define FOVEA_OPERATOR(Kind, name)                                                               \
  CHECK(operator_symbol(fovea_operator_##name.kind, fovea_operator_##name.format) ==             \
        "fovea_operator_" #name);                                                                \
  CHECK(find_operator(fovea_all_operators, schema::Attributes::Kind) == &fovea_operator_##name); \
  ++count;
#include "runtime/operators.inc"
#undef FOVEA_OPERATOR
#define FOVEA_FORMAT_F32(...)
#define FOVEA_FORMAT_CODES FOVEA_FORMAT
#define FOVEA_FORMAT(name, Element, type)                                            \
  CHECK(operator_symbol(schema::Attributes::Linear, schema::DType::type) ==          \
        "fovea_operator_linear_" #name);                                             \
  CHECK(fovea_operator_linear_##name.format == schema::DType::type);                 \
  CHECK(operator_symbol(schema::Attributes::LinearExperts, schema::DType::type) ==   \
        "fovea_operator_linear_experts_" #name);                                     \
  CHECK(operator_symbol(schema::Attributes::Convolution, schema::DType::type) ==     \
        "fovea_operator_convolution_" #name);                                        \
  CHECK(operator_symbol(schema::Attributes::GridConvolution, schema::DType::type) == \
        "fovea_operator_grid_convolution_" #name);                                   \
  count += 7;
#include "kernels/formats.inc"
#undef FOVEA_FORMAT
#define FOVEA_CACHE_F32(...)
#define FOVEA_CACHE(name, Element, type)                                       \
  CHECK(operator_symbol(schema::Attributes::Attention, schema::DType::type) == \
        "fovea_operator_attention_" #name);                                    \
  CHECK(fovea_operator_attention_##name.format == schema::DType::type);        \
  CHECK(fovea_operator_store_key_value_##name.format == schema::DType::type);  \
  count += 2;
#include "kernels/caches.inc"
#undef FOVEA_CACHE
  CHECK(fovea_all_operators.count == count);
}

}  // namespace
