// The sentences of fovea_describe, word by word; those about names are in describe_names_test.cc.

#include <doctest/doctest.h>

#include <string>

#include "tests/runtime/error_of.h"
#include "tests/support/tiny_session.h"

namespace fovea::test {
namespace {

TEST_CASE("types, ranks and extents") {
  TinySession s;
  REQUIRE(fovea_set_dim(s.get(), 1, 3, nullptr) == FOVEA_OK);
  const int32_t data[8] = {};
  const uint32_t right[] = {3, 1}, wrong[] = {4};
  const auto set = [&](uint32_t type, uint32_t rank, const uint32_t* extents) {
    return sentence(
        ERROR_OF(fovea_set_input(s.get(), 0, "tokens", type, rank, extents, data, &error)),
        &s.model());
  };
  CHECK(set(FOVEA_FLOAT32, 1, right) ==
        "the element type is wrong: float32 where int32 is needed (input 'tokens' of method "
        "'forward')");
  CHECK(set(FOVEA_UINT8, 1, right) ==
        "the element type is wrong: uint8 where int32 is needed (input 'tokens' of method "
        "'forward')");
  CHECK(set(8, 1, right) ==
        "the element type is wrong: an unknown type where int32 is needed (input 'tokens' of "
        "method 'forward')");
  CHECK(set(FOVEA_INT32, 2, right) ==
        "the shape is wrong: rank 2 where 1 is needed (input 'tokens' of method 'forward')");
  CHECK(set(FOVEA_INT32, 1, wrong) ==
        "the shape is wrong: extent 0 is 4 where 3 is needed at the present dim 'tokens' (input "
        "'tokens' of method 'forward')");
}

TEST_CASE("a pair for a model that takes one text") {
  CHECK(sentence({FOVEA_WRONG_SHAPE, FOVEA_TABLE_TOKENIZER, 0, 0, FOVEA_FIELD_COUNT, 0, 2, 1,
                  ""}) == "the model takes one text, not two (tokenizer 0, count)");
}

TEST_CASE("attributes have the schema's names, be the slot what it may") {
  const auto named = [](uint32_t kind, uint32_t field, uint32_t inner) {
    const uint32_t slot = kind << 16 | inner << 8 | field;
    return sentence(
        {FOVEA_BAD_VALUE, FOVEA_TABLE_OPERATOR, 0, 3, FOVEA_FIELD_ATTRIBUTE, slot, 5, 4, ""});
  };
  const auto line = [](const std::string& name) {
    return "a value is not allowed: 5, allowed up to 4 (operator 3 of method 0, " + name + ")";
  };
  const auto attention = static_cast<uint32_t>(schema::Attributes::Attention);
  const auto constant = static_cast<uint32_t>(schema::Attributes::Constant);
  const auto last = static_cast<uint32_t>(schema::Attributes::MAX);
  CHECK(named(attention, 1, 0) == line("kv_heads"));
  CHECK(named(attention, 6, 0) == line("scoring"));
  CHECK(named(attention, 6, 4) == line("scoring.kept"));
  CHECK(named(attention, 6, 200) == line("scoring"));
  CHECK(named(attention, 8, 1) == line("dropout.probability"));
  CHECK(named(attention, 1, 1) == line("kv_heads"));
  CHECK(named(attention, 200, 1) == line("value"));
  CHECK(named(static_cast<uint32_t>(schema::Attributes::GatedExperts), 2, 0) == line("alpha"));
  CHECK(named(constant, 0, 0) == line("value"));  // it has no attributes
  CHECK(named(last + 1, 0, 0) == line("value"));
  CHECK(named(0, 0, 0) == line("value"));
}

TEST_CASE("values of inputs name the input and the sequence") {
  TinySession s;
  const auto run = [&] { return sentence(ERROR_OF(fovea_run(s.get(), 0, &error)), &s.model()); };
  s.set({{1, -7}, {2}});
  CHECK(run() ==
        "a value in the data is out of range: -7, it must be from 0 to 18 (input 'tokens' of "
        "method 'forward')");
  s.set({{1, 2}, {2}});
  fovea_tensor lengths;
  REQUIRE(fovea_input(s.get(), 0, "lengths", &lengths, nullptr) == FOVEA_OK);
  static_cast<int32_t*>(lengths.data)[1] = 3;
  CHECK(run() ==
        "the lengths add up to 5 where the dim 'tokens' is 3 (input 'lengths' of method "
        "'forward')");
  static_cast<int32_t*>(lengths.data)[1] = -3;
  CHECK(run() ==
        "a value in the data is out of range: -3, it must be from 0 to 3 (input 'lengths' of "
        "method 'forward', sequence 1)");
}

std::string refused(const Image& image) {
  fovea_model model;
  return sentence(ERROR_OF(fovea_open(image.span(), {}, &model, &error)));
}

TEST_CASE("files that are empty, short, long, damaged") {
  const Image good = tiny_model();
  CHECK(refused(Image()) == "the file is empty, 64 bytes are needed (file, preamble)");
  Image shorter(40), longer(good.size() + 3), damaged = tiny_model();
  CHECK(refused(shorter) == "the file is cut short: 40 bytes, 64 needed (file, preamble)");
  std::memcpy(longer.data(), good.data(), good.size());
  CHECK(refused(longer).find("the file has extra bytes: ") == 0);
  damaged.data()[100] ^= 1;
  const std::string text = refused(damaged);
  CHECK(text.find("the bytes are damaged: CRC ") == 0);
  CHECK(text.size() == std::string("the bytes are damaged: CRC 01234567, expected 01234567 "
                                   "(file, header)")
                           .size());
}

TEST_CASE("arguments") {
  TinySession s;
  const auto say = [&](const fovea_error& error) { return sentence(error, &s.model()); };
  CHECK(say(ERROR_OF(fovea_set_dim(s.get(), 1, 17, &error))) ==
        "a value is not allowed: 17, it must be from 1 to 16 (dim 1 'tokens')");
  CHECK(say(ERROR_OF(fovea_set_dim(s.get(), 1, 0, &error))) ==
        "a value is not allowed: 0, it must be from 1 to 16 (dim 1 'tokens')");
  CHECK(say(ERROR_OF(fovea_set_dim(s.get(), 5, 1, &error))) ==
        "there is no dim 5, the model has 2");
  CHECK(say(ERROR_OF(fovea_run(s.get(), 4, &error))) == "there is no method 4, the model has 2");
  CHECK(say(ERROR_OF(fovea_run(nullptr, 4, &error))) ==
        "an argument is missing: it is null (session)");
  CHECK(say(ERROR_OF(fovea_truncate(s.get(), 0, 0, 3, &error))) ==
        "an argument is not allowed: 3, allowed up to 0 (cache 0 'kv')");
  CHECK(say(ERROR_OF(fovea_truncate(s.get(), 3, 0, 3, &error))) ==
        "there is no cache 3, the model has 1");
  CHECK(say(ERROR_OF(fovea_reset(s.get(), 2, &error))) ==
        "an argument is not allowed: 2, allowed up to 1 (session, sequence 2)");
}

TEST_CASE("operators say their kind, their method and their operands") {
  TinySession s;
  const auto say = [&](const fovea_error& error) { return sentence(error, &s.model()); };
  CHECK(say(made(FOVEA_CONTEXT_FULL, FOVEA_TABLE_OPERATOR, 8, FOVEA_FIELD_NONE, 0, 41, 40)) ==
        "the context is full: 41 tokens, it holds 40 (operator 8 (Attention) of method 'forward')");
  CHECK(say(made(FOVEA_BAD_SHAPE, FOVEA_TABLE_OPERATOR, 8, FOVEA_FIELD_INPUT, 1, 1, 2)) ==
        "a shape does not fit: 1 where 2 is needed (operator 8 (Attention) of method 'forward', "
        "input 'keys')");
  CHECK(say(made(FOVEA_BAD_SHAPE, FOVEA_TABLE_OPERATOR, 8, FOVEA_FIELD_INPUT, 0, 1, 2)) ==
        "a shape does not fit: 1 where 2 is needed (operator 8 (Attention) of method 'forward', "
        "input 'query', here 'q')");
  CHECK(say(made(FOVEA_BAD_SHAPE, FOVEA_TABLE_OPERATOR, 8, FOVEA_FIELD_OUTPUT, 1, 1, 2)) ==
        "a shape does not fit: 1 where 2 is needed (operator 8 (Attention) of method 'forward', "
        "output 'report 1')");
  CHECK(say(made(FOVEA_BAD_SHAPE, FOVEA_TABLE_OPERATOR, 8, FOVEA_FIELD_INPUT, 8, 1, 2)) ==
        "a shape does not fit: 1 where 2 is needed (operator 8 (Attention) of method 'forward', "
        "input 8)");
  CHECK(say(made(FOVEA_BAD_VALUE, FOVEA_TABLE_OPERATOR, 3, FOVEA_FIELD_WEIGHT, 0, 1, 2)) ==
        "a value is not allowed: 1, allowed up to 2 (operator 3 (Linear) of method 'forward', "
        "weight 'matrix', here 'qkv')");
  CHECK(say(made(FOVEA_BAD_SHAPE, FOVEA_TABLE_OPERATOR, 7, FOVEA_FIELD_STATE, 1, 1, 2)) ==
        "a shape does not fit: 1 where 2 is needed (operator 7 (StoreKeyValue) of method "
        "'forward', state 'values', here 'v')");
  CHECK(say(made(FOVEA_BAD_VALUE, FOVEA_TABLE_TENSOR, 2, FOVEA_FIELD_OFFSET, 0, 1, 2)) ==
        "a value is not allowed: 1, allowed up to 2 (tensor 'x' of method 'forward', offset)");
  CHECK(say(made(FOVEA_CONTEXT_FULL, FOVEA_TABLE_CACHE, 0, FOVEA_FIELD_SEQUENCE, 1, 41, 40)) ==
        "the context is full: 41 tokens, it holds 40 (cache 0 'kv', sequence 1)");
  CHECK(sentence(made(FOVEA_BAD_SHAPE, FOVEA_TABLE_OPERATOR, 8, FOVEA_FIELD_INPUT, 3, 1, 2)) ==
        "a shape does not fit: 1 where 2 is needed (operator 8 of method 0, input 3)");
}

TEST_CASE("checksums are hexadecimal") {
  CHECK(sentence(made(FOVEA_WRONG_RESULT, FOVEA_TABLE_FINGERPRINT, 2, FOVEA_FIELD_NONE, 0, 0xBEEF,
                      0xCBF43926)) ==
        "this machine computes other bits than the file says: CRC 0000beef, expected cbf43926 "
        "(fingerprint 2)");
  CHECK(sentence(made(FOVEA_BAD_SAVED_STATE, FOVEA_TABLE_SESSION, 0, FOVEA_FIELD_NONE, 0, 1, 2)) ==
        "this saved state is damaged: CRC 00000001, expected 00000002");
}

TEST_CASE("a sentence fits any buffer") {
  TinySession s;
  const fovea_error error =
      made(FOVEA_CONTEXT_FULL, FOVEA_TABLE_CACHE, 0, FOVEA_FIELD_SEQUENCE, 1, 41, 40);
  const std::string whole = sentence(error, &s.model());
  for (size_t size = 0; size < 30; ++size) {
    std::string text(30, '#');
    CHECK(fovea_describe(&s.model(), &error, text.data(), size) == whole.size());
    if (size > 0) CHECK(std::string(text.c_str()) == whole.substr(0, size - 1));
    CHECK(text[size] == '#');
  }
}

TEST_CASE("any numbers at all make a line") {
  TinySession s;
  for (uint32_t code = 0; code < 70; ++code) {
    for (uint32_t table = 0; table < 16; ++table) {
      for (uint32_t field = 0; field < 23; ++field) {
        for (const uint32_t index : {0u, 1u, 7u, UINT32_MAX}) {
          const fovea_error error = {code, table, index, index, field, index, 1, 2, "name"};
          CHECK(!sentence(error, &s.model()).empty());
          CHECK(!sentence(error).empty());
        }
      }
    }
  }
}

}  // namespace
}  // namespace fovea::test
