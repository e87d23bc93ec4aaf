// Which ids begin, end, pad and force a text, as the file says.

#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "tests/runtime/opened_text.h"

namespace fovea::test {

TEST_CASE("special ids are there without a tokenizer, and each of the last ends a text (03)") {
  Opened file(tiny_model([](schema::ModelT& model) {
    model.special = std::make_unique<schema::SpecialTokensT>();
    model.special->begin = {4};
    model.special->end = {2, 18};
  }));
  uint32_t count = 9;
  const int32_t* ids = fovea_special_ids(&file.model, FOVEA_SPECIAL_END, &count);
  REQUIRE(count == 2);
  CHECK(ids[0] == 2);
  CHECK(ids[1] == 18);
  CHECK(*fovea_special_ids(&file.model, FOVEA_SPECIAL_BEGIN, nullptr) == 4);
  CHECK(fovea_special_ids(&file.model, FOVEA_SPECIAL_PADDING, &count) == nullptr);
  CHECK(count == 0);
  for (int32_t id = -1; id < 20; ++id) {
    CHECK(fovea_is_end(&file.model, id) == (id == 2 || id == 18));
  }
  CHECK(!fovea_is_end(nullptr, 2));
  CHECK(fovea_special_ids(nullptr, FOVEA_SPECIAL_END, &count) == nullptr);
  Opened plain(tiny_model());
  CHECK(!fovea_is_end(&plain.model, 2));
}

// Every list of special ids, and what asks for it.
static constexpr std::pair<fovea_special, std::vector<int32_t> schema::SpecialTokensT::*>
    kSpecial[] = {{FOVEA_SPECIAL_BEGIN, &schema::SpecialTokensT::begin},
                  {FOVEA_SPECIAL_END, &schema::SpecialTokensT::end},
                  {FOVEA_SPECIAL_PADDING, &schema::SpecialTokensT::padding},
                  {FOVEA_SPECIAL_START, &schema::SpecialTokensT::start},
                  {FOVEA_SPECIAL_FORCED, &schema::SpecialTokensT::forced},
                  {FOVEA_SPECIAL_FORCED_LAST, &schema::SpecialTokensT::forced_last},
                  {FOVEA_SPECIAL_SUPPRESSED, &schema::SpecialTokensT::suppressed},
                  {FOVEA_SPECIAL_SUPPRESSED_FIRST, &schema::SpecialTokensT::suppressed_first}};

TEST_CASE("special ids of each kind are those of its own list") {
  Opened file(tiny_model([](schema::ModelT& model) {
    model.special = std::make_unique<schema::SpecialTokensT>();
    for (const auto& [kind, list] : kSpecial) {
      (*model.special.*list).assign(static_cast<size_t>(kind) + 1, static_cast<int32_t>(kind) + 5);
    }
  }));
  for (const auto& [kind, list] : kSpecial) {
    uint32_t count = 0;
    const int32_t* ids = fovea_special_ids(&file.model, kind, &count);
    REQUIRE(count == static_cast<uint32_t>(kind) + 1);
    CHECK(ids[0] == static_cast<int32_t>(kind) + 5);
  }
}

TEST_CASE("special ids that the model or its tokenizer lacks are refused") {
  const auto code_of = [](const std::function<void(schema::ModelT&)>& change) {
    const Image image = tiny_model(change);
    fovea_model model;
    fovea_error error;
    return fovea_open(image.span(), {}, &model, &error);
  };
  for (const int32_t id : {-1, 0, 18, 19}) {
    CAPTURE(id);
    for (const auto& entry : kSpecial) {
      const auto list = entry.second;
      const fovea_code code = code_of([&](schema::ModelT& model) {
        model.special = std::make_unique<schema::SpecialTokensT>();
        *model.special.*list = {3, id};
      });
      CHECK(code == (id == 0 || id == 18 ? FOVEA_OK : FOVEA_BAD_VALUE));
    }
    // The first of each kind may be an id that has no piece; the unknown one has to have one.
    for (int field = 0; field < 4; ++field) {
      schema::TokenizerT t = table(kMerges, {"a", "b"});
      (field == 0 ? t.bos : field == 1 ? t.eos : field == 2 ? t.pad : t.unknown) = id;
      const fovea_code code =
          code_of([&](schema::ModelT& model) { model.tokenizers.push_back(sorted_tokenizer(t)); });
      CHECK(code == (id < (field == 3 ? 2 : 19) ? FOVEA_OK : FOVEA_BAD_VALUE));
    }
  }
}

}  // namespace fovea::test
