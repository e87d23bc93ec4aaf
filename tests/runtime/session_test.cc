// Memory to the byte, and misuse of the API.

#include <doctest/doctest.h>

#include <string>

#include "tests/support/tiny_session.h"

namespace fovea::test {
namespace {

struct Opened {
  Image image = tiny_model();
  fovea_model model;
  Opened() { REQUIRE(fovea_open(image.span(), {}, &model, nullptr) == FOVEA_OK); }
};

TEST_CASE("bind takes exactly the arena's size, and not one byte less") {
  Opened opened;
  const fovea_memory memory = fovea_arena(&opened.model, 1);
  CHECK(memory.total == memory.state + memory.planned + memory.scratch);
  CHECK(fovea_arena(&opened.model, 3).total == memory.total + 2 * memory.scratch);
  const size_t total = static_cast<size_t>(memory.total);
  Image arena(total);
  fovea_session* session = nullptr;
  fovea_error error;
  for (size_t size = total - 130; size < total; ++size) {
    CHECK(fovea_bind(&opened.model, {{arena.data(), size}, {}, {}}, nullptr, &session, &error) ==
          FOVEA_ARENA_TOO_SMALL);
    CHECK(error.a == size);
    CHECK(error.b == memory.total);
  }
  CHECK(session == nullptr);
  CHECK(fovea_bind(&opened.model, {{arena.data(), total}, {}, {}}, nullptr, &session, &error) ==
        FOVEA_OK);
}

TEST_CASE("three blocks do as well as one, each of exactly its size") {
  Opened opened;
  const fovea_memory memory = fovea_arena(&opened.model, 1);
  Image state(memory.state), planned(memory.planned), scratch(memory.scratch);
  fovea_spans spans = {{state.data(), state.size()},
                       {planned.data(), planned.size()},
                       {scratch.data(), scratch.size()}};
  fovea_session* session;
  fovea_error error;
  CHECK(fovea_bind(&opened.model, spans, nullptr, &session, &error) == FOVEA_OK);
  clear_inputs(opened.model, session);
  CHECK(fovea_run(session, 0, &error) == FOVEA_OK);
  for (fovea_block* block : {&spans.state, &spans.planned, &spans.scratch}) {
    --block->size;
    CHECK(fovea_bind(&opened.model, spans, nullptr, &session, &error) == FOVEA_ARENA_TOO_SMALL);
    ++block->size;
  }
  spans.planned.data = planned.data() + 4;
  CHECK(fovea_bind(&opened.model, spans, nullptr, &session, &error) == FOVEA_MISALIGNED);
}

TEST_CASE("an instruction set that is absent is an error") {
  Opened opened;
  Image arena(fovea_arena(&opened.model, 1).total);
  fovea_options options = {};
  options.row = "abacus";
  fovea_session* session;
  CHECK(fovea_bind(&opened.model, {{arena.data(), arena.size()}, {}, {}}, &options, &session,
                   nullptr) == FOVEA_NO_SUCH_ROW);
}

TEST_CASE("null pointers and wrong indices are refused") {
  Opened opened;
  fovea_error error;
  fovea_session* session;
  CHECK(fovea_open({}, {}, &opened.model, &error) == FOVEA_TRUNCATED);
  CHECK(fovea_open(opened.image.span(), {}, nullptr, &error) == FOVEA_BAD_ARGUMENT);
  CHECK(fovea_bind(nullptr, {}, nullptr, &session, &error) == FOVEA_BAD_ARGUMENT);
  CHECK(fovea_bind(&opened.model, {}, nullptr, &session, &error) == FOVEA_BAD_ARGUMENT);
  fovea_tensor tensor;
  fovea_dim dim;
  fovea_cache cache;
  CHECK(fovea_input_info(&opened.model, 0, 2, &tensor) == FOVEA_BAD_ARGUMENT);
  CHECK(fovea_input_info(&opened.model, 9, 0, &tensor) == FOVEA_BAD_ARGUMENT);
  CHECK(fovea_dim_info(&opened.model, 2, &dim) == FOVEA_BAD_ARGUMENT);
  CHECK(fovea_cache_info(&opened.model, 1, &cache) == FOVEA_BAD_ARGUMENT);
  CHECK(fovea_method_name(&opened.model, 2) == nullptr);
  CHECK(fovea_label(&opened.model, 0) == nullptr);
  CHECK(fovea_find_method(&opened.model, "sing") == -1);
  CHECK(fovea_find_method(&opened.model, nullptr) == -1);
}

TEST_CASE("a model that was never opened has no parts") {
  const fovea_model zero = {};
  fovea_error error = {FOVEA_BAD_VALUE, FOVEA_TABLE_WEIGHT, 0, 3, 0, 0, 1, 2, ""};
  fovea_session* session;
  Image arena(64);
  for (const fovea_model* model : {&zero, static_cast<const fovea_model*>(nullptr)}) {
    CHECK(fovea_method_count(model) == 0);
    CHECK(fovea_find_method(model, "forward") == -1);
    CHECK(fovea_arena(model, 1).total == 0);
    CHECK(fovea_check_weights(model, nullptr) == FOVEA_BAD_ARGUMENT);
    CHECK(fovea_bind(model, {{arena.data(), arena.size()}, {}, {}}, nullptr, &session, nullptr) ==
          FOVEA_BAD_ARGUMENT);
    char text[100];
    CHECK(fovea_describe(model, &error, text, sizeof text) > 10);
  }
}

TEST_CASE("a session refuses what does not fit") {
  TinySession s;
  fovea_error error;
  CHECK(fovea_run(nullptr, 0, &error) == FOVEA_BAD_ARGUMENT);
  CHECK(fovea_run(s.get(), 2, &error) == FOVEA_BAD_ARGUMENT);
  CHECK(fovea_set_dim(s.get(), 5, 1, &error) == FOVEA_BAD_ARGUMENT);
  CHECK(fovea_set_dim(s.get(), 1, 0, &error) == FOVEA_BAD_ARGUMENT);
  CHECK(fovea_set_dim(s.get(), 1, kTinyTokens + 1, &error) == FOVEA_BAD_ARGUMENT);
  CHECK(error.b == kTinyTokens);
  fovea_tensor tensor;
  CHECK(fovea_input(s.get(), 0, "letters", &tensor, nullptr) == FOVEA_NO_SUCH_NAME);
  CHECK(fovea_output(s.get(), 0, "tokens", &tensor, nullptr) == FOVEA_NO_SUCH_NAME);
  CHECK(fovea_truncate(s.get(), 0, 0, 1, &error) == FOVEA_BAD_ARGUMENT);
  CHECK(fovea_truncate(s.get(), 1, 0, 0, &error) == FOVEA_BAD_ARGUMENT);
  CHECK(fovea_reset(s.get(), kTinyBatch, &error) == FOVEA_BAD_ARGUMENT);
  CHECK(fovea_position(s.get(), 9, 0) == 0);
}

TEST_CASE("set_input compares type and shape") {
  TinySession s;
  REQUIRE(fovea_set_dim(s.get(), 1, 3, nullptr) == FOVEA_OK);
  const std::vector<int32_t> tokens = {1, 2, 3, 4, 5, 6};
  const uint32_t right[] = {3, 1}, wrong[] = {4};
  fovea_error error;
  CHECK(fovea_set_input(s.get(), 0, "tokens", FOVEA_INT32, 1, right, tokens.data(), &error) ==
        FOVEA_OK);
  CHECK(fovea_set_input(s.get(), 0, "tokens", FOVEA_FLOAT32, 1, right, tokens.data(), &error) ==
        FOVEA_WRONG_TYPE);
  CHECK(fovea_set_input(s.get(), 0, "tokens", FOVEA_INT32, 2, right, tokens.data(), &error) ==
        FOVEA_WRONG_SHAPE);
  CHECK(fovea_set_input(s.get(), 0, "tokens", FOVEA_INT32, 1, wrong, tokens.data(), &error) ==
        FOVEA_WRONG_SHAPE);
  CHECK(error.a == 4);
  CHECK(error.b == 3);
  CHECK(fovea_set_input(s.get(), 0, "runes", FOVEA_INT32, 1, right, tokens.data(), &error) ==
        FOVEA_NO_SUCH_NAME);
}

TEST_CASE("token ids and lengths from data are checked, and a failed run changes no length") {
  TinySession s;
  fovea_error error;
  s.forward({{1, 2, 3}, {4}});
  for (int32_t bad : {-1, static_cast<int32_t>(kTinyVocabulary), 1 << 30}) {
    s.set({{1, bad}, {2}});
    CHECK(fovea_run(s.get(), 0, &error) == FOVEA_OUT_OF_RANGE);
    CHECK(sentence(error, &s.model()).find(std::to_string(bad)) != std::string::npos);
  }
  for (int32_t bad : {-1, 0, 1, 3, 1 << 30}) {
    s.set({{1, 2}, {3, 4}});
    fovea_tensor lengths;
    REQUIRE(fovea_input(s.get(), 0, "lengths", &lengths, nullptr) == FOVEA_OK);
    static_cast<int32_t*>(lengths.data)[1] = bad;
    CHECK(fovea_run(s.get(), 0, &error) == (bad < 0 ? FOVEA_OUT_OF_RANGE : FOVEA_WRONG_LENGTHS));
  }
  CHECK(fovea_position(s.get(), 0, 0) == 3);
  CHECK(fovea_position(s.get(), 0, 1) == 1);
}

TEST_CASE("a full context is an error that names both numbers") {
  TinySession s;
  const std::vector<int32_t> eight(8, 1);
  for (uint32_t i = 0; i < kTinyContext / 8; ++i) s.forward({eight});
  fovea_error error;
  s.set({{1}});
  CHECK(fovea_run(s.get(), 0, &error) == FOVEA_CONTEXT_FULL);
  CHECK(error.a == kTinyContext + 1);
  CHECK(error.b == kTinyContext);
}

TEST_CASE("the trace names every operator in order") {
  TinySession s;
  std::vector<std::string> kinds;
  fovea_trace trace = {&kinds,
                       [](void* context, const fovea_record* record) {
                         auto* list = static_cast<std::vector<std::string>*>(context);
                         CHECK(record->operator_index == list->size());
                         CHECK((record->crc != 0 || record->kind == std::string("StoreKeyValue")));
                         list->push_back(record->kind);
                       },
                       nullptr, true};
  fovea_set_trace(s.get(), &trace);
  s.forward({{1, 2}});
  CHECK(kinds.size() == 14);
  CHECK(kinds.front() == "Embedding");
  fovea_set_trace(s.get(), nullptr);
  s.forward({{1}});
  CHECK(kinds.size() == 14);
}

}  // namespace
}  // namespace fovea::test
