// The sentences of fovea_describe about names: those that there are, long ones, hostile ones.

#include <doctest/doctest.h>

#include <cstring>
#include <string>

#include "tests/runtime/error_of.h"
#include "tests/support/tiny_session.h"

namespace fovea::test {

TEST_CASE("names that there are stand beside one that there is not") {
  TinySession s;
  fovea_tensor tensor;
  const fovea_error input = ERROR_OF(fovea_input(s.get(), 1, "letters", &tensor, &error));
  CHECK(sentence(input, &s.model()) ==
        "method 'next' has no input 'letters', only: 'tokens', 'lengths'");
  CHECK(sentence(input) == "method 1 has no input 'letters'");
  const fovea_error output = ERROR_OF(fovea_output(s.get(), 0, "tokens", &tensor, &error));
  CHECK(sentence(output, &s.model()) == "method 'forward' has no output 'tokens', only: 'logits'");
}

TEST_CASE("of many names the first stand there") {
  TinySession s(nullptr, 1, [](schema::ModelT& m) {
    while (m.methods.size() < 40) {
      m.methods.push_back(std::make_unique<schema::MethodT>(*m.methods[1]));
      m.methods.back()->name = std::to_string(m.methods.size());
    }
  });
  const fovea_error error = {FOVEA_NO_SUCH_NAME, FOVEA_TABLE_METHOD, 0, 0, 0, 0, 0, 0, "x"};
  const std::string line = sentence(error, &s.model());
  CHECK(line.find("the model has no method 'x', only: 'forward', 'next', '3', ") == 0);
  CHECK(line.substr(line.size() - 15) == "'32' and 8 more");
}

TEST_CASE("a long name is cut") {
  TinySession s;
  fovea_tensor tensor;
  const std::string name(100, 'x');
  const fovea_error error = ERROR_OF(fovea_input(s.get(), 0, name.c_str(), &tensor, &error));
  CHECK(std::string(error.name) == std::string(FOVEA_NAME_SIZE - 1, 'x'));
  fovea_error unended = error;
  std::memset(unended.name, 'y', sizeof unended.name);
  CHECK(sentence(unended) ==
        "method 0 has no input '" + std::string(FOVEA_NAME_SIZE - 1, 'y') + "'");
}

TEST_CASE("an unknown instruction set names those that there are") {
  const Image image = tiny_model();
  fovea_model model;
  REQUIRE(fovea_open(image.span(), {}, &model, nullptr) == FOVEA_OK);
  Image arena(fovea_arena(&model, 1).total);
  fovea_options options = {};
  options.row = "abacus";
  fovea_session* session;
  const fovea_error error = ERROR_OF(
      fovea_bind(&model, {{arena.data(), arena.size()}, {}, {}}, &options, &session, &error));
  const std::string text = sentence(error, &model);
  CHECK(text.find("this build or CPU lacks the instruction set 'abacus', only: '") == 0);
  TinySession s;
  CHECK(text.find(fovea_row(s.get())) != std::string::npos);
}

namespace {

// How a name is shown.
std::string shown(const std::string& name) {
  fovea_error error = made(FOVEA_NO_SUCH_NAME, FOVEA_TABLE_DIM, 0, FOVEA_FIELD_NAME, 0);
  REQUIRE(name.size() < sizeof error.name);
  std::memcpy(error.name, name.c_str(), name.size() + 1);
  const std::string text = sentence(error), before = "the model has no dim '";
  REQUIRE(text.substr(0, before.size()) == before);
  return text.substr(before.size(), text.size() - before.size() - 1);
}

}  // namespace

TEST_CASE("bytes of names that a terminal would obey are escaped") {
  for (const char* plain : {"tokens", "été", "日本", "🙂", "~ !", "\xC2\xA0", "\xED\x9F\xBF",
                            "\xEE\x80\x80", "\xF4\x8F\xBF\xBF"}) {
    CHECK(shown(plain) == plain);
  }
  const struct {
    const char *name, *shown;
  } cases[] = {
      {"\x1B[2Jm", "\\x1B[2Jm"},  // a terminal's command
      {"a\nb\tc\rd", "a\\x0Ab\\x09c\\x0Dd"},
      {"\x7F", "\\x7F"},  // DEL
      {"\xC2\x9B"
       "31m",
       "\\xC2\\x9B"
       "31m"},  // the same command in C1
      {"\xC2\x80\xC2\x9F", "\\xC2\\x80\\xC2\\x9F"},
      {"\x9B", "\\x9B"},  // a byte that only continues
      {"\xC3", "\\xC3"},  // cut
      {"\xE2\x82", "\\xE2\\x82"},
      {"\xF0\x9F\x99", "\\xF0\\x9F\\x99"},
      {"\xC0\xAF", "\\xC0\\xAF"},  // longer than needed
      {"\xE0\x9F\xBF", "\\xE0\\x9F\\xBF"},
      {"\xF0\x8F\xBF\xBF", "\\xF0\\x8F\\xBF\\xBF"},
      {"\xED\xA0\x80", "\\xED\\xA0\\x80"},           // a surrogate
      {"\xF4\x90\x80\x80", "\\xF4\\x90\\x80\\x80"},  // past the last code point
      {"\xFF", "\\xFF"},
  };
  for (const auto& c : cases) CHECK(shown(c.name) == c.shown);
}

TEST_CASE("names of a file are escaped, too") {
  TinySession s(nullptr, 1, [](schema::ModelT& m) {
    m.methods[0]->name = "\x1B[1mrun";
    m.methods[0]->tensors[0]->name = "a\nb";
    m.dims[1]->name = "\x9B";
    m.caches[0]->name = "\x7F";
  });
  fovea_tensor tensor;
  const fovea_error input = ERROR_OF(fovea_input(s.get(), 0, "x", &tensor, &error));
  CHECK(sentence(input, &s.model()) ==
        "method '\\x1B[1mrun' has no input 'x', only: 'a\\x0Ab', 'lengths'");
  CHECK(sentence(ERROR_OF(fovea_set_dim(s.get(), 1, 0, &error)), &s.model()) ==
        "a value is not allowed: 0, it must be from 1 to 16 (dim 1 '\\x9B')");
  CHECK(sentence(ERROR_OF(fovea_truncate(s.get(), 0, 0, 1, &error)), &s.model()) ==
        "an argument is not allowed: 1, allowed up to 0 (cache 0 '\\x7F')");
}

}  // namespace fovea::test
