// Every function of the C interface with nulls and zeros: an answer, never a crash.
// check_exports.sh compares the calls with what the libraries export.

#include <doctest/doctest.h>

#include "fovea/threads.h"
#include "fovea/trusted.h"
#include "tests/support/tiny_session.h"

namespace fovea::test {
namespace {

#define CALL(function, ...) function(__VA_ARGS__)

TEST_CASE("nothing but nulls and zeros") {
  CHECK(CALL(fovea_open, {}, {}, nullptr, nullptr) == FOVEA_BAD_ARGUMENT);
  CHECK(CALL(fovea_open_with, nullptr, {}, {}, nullptr, nullptr) == FOVEA_BAD_ARGUMENT);
  CHECK(CALL(fovea_open_trusted, nullptr, 0, {}, {}, nullptr, nullptr) == FOVEA_BAD_ARGUMENT);
  CHECK(CALL(fovea_file_size, nullptr, 0) == 0);
  CHECK(CALL(fovea_check_weights, nullptr, nullptr) == FOVEA_BAD_ARGUMENT);
  CHECK(CALL(fovea_method_count, nullptr) == 0);
  CHECK(CALL(fovea_dim_count, nullptr) == 0);
  CHECK(CALL(fovea_cache_count, nullptr) == 0);
  CHECK(CALL(fovea_input_count, nullptr, 0) == 0);
  CHECK(CALL(fovea_output_count, nullptr, 0) == 0);
  CHECK(CALL(fovea_method_name, nullptr, 0) == nullptr);
  CHECK(CALL(fovea_dim_info, nullptr, 0, nullptr) == FOVEA_BAD_ARGUMENT);
  CHECK(CALL(fovea_cache_info, nullptr, 0, nullptr) == FOVEA_BAD_ARGUMENT);
  CHECK(CALL(fovea_input_info, nullptr, 0, 0, nullptr) == FOVEA_BAD_ARGUMENT);
  CHECK(CALL(fovea_output_info, nullptr, 0, 0, nullptr) == FOVEA_BAD_ARGUMENT);
  CHECK(CALL(fovea_find_method, nullptr, nullptr) == -1);
  CHECK(CALL(fovea_find_dim, nullptr, nullptr) == -1);
  CHECK(CALL(fovea_find_cache, nullptr, nullptr) == -1);
  CHECK(CALL(fovea_find_tokenizer, nullptr, nullptr) == -1);
  CHECK(CALL(fovea_label_count, nullptr) == 0);
  CHECK(CALL(fovea_label, nullptr, 0) == nullptr);
  CHECK(CALL(fovea_label_probability, nullptr) == FOVEA_LABEL_SOFTMAX);
  CHECK(CALL(fovea_arena, nullptr, 0).total == 0);
  CHECK(CALL(fovea_bind, nullptr, {}, nullptr, nullptr, nullptr) == FOVEA_BAD_ARGUMENT);
  CHECK(CALL(fovea_crc32, 0, nullptr, 0) == 0);
  CHECK(CALL(fovea_describe, nullptr, nullptr, nullptr, 0) > 0);
  CHECK(CALL(fovea_describe, nullptr, nullptr, nullptr, 100) > 0);
  CHECK_FALSE(CALL(fovea_is_end, nullptr, 0));
  CHECK(CALL(fovea_special_ids, nullptr, FOVEA_SPECIAL_END, nullptr) == nullptr);
  CHECK(CALL(fovea_search_settings, nullptr).beams == 1);
  CHECK(CALL(fovea_tokenizer_info, nullptr, 0, nullptr) == FOVEA_BAD_ARGUMENT);
  CHECK(CALL(fovea_encode, nullptr, 0, nullptr, 0, nullptr, 0, nullptr, nullptr) ==
        FOVEA_BAD_ARGUMENT);
  CHECK(CALL(fovea_encode_room, nullptr, 0, 0) == SIZE_MAX);
  CHECK(CALL(fovea_tokenize, nullptr, 0, nullptr, 0, 0, nullptr, nullptr) == FOVEA_BAD_ARGUMENT);
  CHECK(CALL(fovea_chat_role, nullptr) == nullptr);
  CHECK(CALL(fovea_chat_missing, nullptr) == nullptr);
  CHECK(CALL(fovea_chat_join, nullptr, nullptr, nullptr, nullptr, nullptr) == FOVEA_BAD_ARGUMENT);
  CHECK(CALL(fovea_chat_room, nullptr, nullptr, nullptr, 0) == SIZE_MAX);
  CHECK(CALL(fovea_chat_tokenize, nullptr, nullptr, nullptr, 0, nullptr, 0, nullptr, nullptr) ==
        FOVEA_BAD_ARGUMENT);
  CHECK_FALSE(CALL(fovea_chat_is_end, nullptr, 0));
  CHECK(CALL(fovea_decode, nullptr, 0, 0, 0, nullptr, 0, nullptr, nullptr) == FOVEA_BAD_ARGUMENT);
}

TEST_CASE("no session") {
  CHECK(std::string(CALL(fovea_row, nullptr)).empty());
  CHECK(CALL(fovea_set_dim, nullptr, 0, 0, nullptr) == FOVEA_BAD_ARGUMENT);
  CHECK(CALL(fovea_get_dim, nullptr, 0) == 0);
  CHECK(CALL(fovea_input, nullptr, 0, nullptr, nullptr, nullptr) == FOVEA_BAD_ARGUMENT);
  CHECK(CALL(fovea_output, nullptr, 0, nullptr, nullptr, nullptr) == FOVEA_BAD_ARGUMENT);
  CHECK(CALL(fovea_set_input, nullptr, 0, nullptr, 0, 0, nullptr, nullptr, nullptr) ==
        FOVEA_BAD_ARGUMENT);
  CHECK(CALL(fovea_work, nullptr, 0, nullptr, nullptr) == FOVEA_BAD_ARGUMENT);
  CHECK(CALL(fovea_run, nullptr, 0, nullptr) == FOVEA_BAD_ARGUMENT);
  CHECK(CALL(fovea_run_for, nullptr, 0, 0, nullptr, nullptr) == FOVEA_BAD_ARGUMENT);
  CALL(fovea_cancel, nullptr);
  CHECK(CALL(fovea_position, nullptr, 0, 0) == 0);
  CHECK(CALL(fovea_truncate, nullptr, 0, 0, 0, nullptr) == FOVEA_BAD_ARGUMENT);
  CHECK(CALL(fovea_reset, nullptr, 0, nullptr) == FOVEA_BAD_ARGUMENT);
  CHECK(CALL(fovea_saved_size, nullptr, 0) == 0);
  CHECK(CALL(fovea_save, nullptr, 0, nullptr, 0, nullptr) == FOVEA_BAD_ARGUMENT);
  CHECK(CALL(fovea_restore, nullptr, 0, nullptr, 0, nullptr) == FOVEA_BAD_ARGUMENT);
  CHECK(CALL(fovea_arrange, nullptr, 0, nullptr, 0, nullptr) == FOVEA_BAD_ARGUMENT);
  CALL(fovea_set_trace, nullptr, nullptr);
  CHECK(CALL(fovea_check_fingerprint, nullptr, nullptr) == FOVEA_BAD_ARGUMENT);
}

TEST_CASE("no threads, and too many") {
  CHECK(CALL(fovea_threads_create, 0, nullptr) == nullptr);
  CHECK(CALL(fovea_threads_create, 1000000, nullptr) == nullptr);
  CHECK(CALL(fovea_threads_create, FOVEA_MAX_WORKERS + 1, nullptr) == nullptr);
  CALL(fovea_threads_destroy, nullptr);
  CHECK(CALL(fovea_threads_executor, nullptr).run == nullptr);
}

TEST_CASE("a good session and nulls beside it") {
  TinySession s;
  fovea_tensor tensor;
  bool finished;
  const uint32_t extents[] = {2, 8};
  CHECK(fovea_input(s.get(), 0, nullptr, &tensor, nullptr) == FOVEA_BAD_ARGUMENT);
  CHECK(fovea_input(s.get(), 0, "tokens", nullptr, nullptr) == FOVEA_BAD_ARGUMENT);
  CHECK(fovea_output(s.get(), 9, "logits", &tensor, nullptr) == FOVEA_BAD_ARGUMENT);
  CHECK(fovea_set_input(s.get(), 0, "tokens", FOVEA_INT32, 2, nullptr, extents, nullptr) ==
        FOVEA_BAD_ARGUMENT);
  CHECK(fovea_set_input(s.get(), 0, "tokens", FOVEA_INT32, 2, extents, nullptr, nullptr) ==
        FOVEA_BAD_ARGUMENT);
  CHECK(fovea_run_for(s.get(), 0, 1, nullptr, nullptr) == FOVEA_BAD_ARGUMENT);
  CHECK(fovea_save(s.get(), 0, nullptr, 1000, nullptr) == FOVEA_ARENA_TOO_SMALL);
  CHECK(fovea_restore(s.get(), 0, nullptr, 1000, nullptr) == FOVEA_BAD_SAVED_STATE);
  s.set({{1}});
  CHECK(fovea_run_for(s.get(), 0, 0, &finished, nullptr) == FOVEA_OK);
  CHECK_FALSE(finished);
  fovea_cancel(s.get());
  const fovea_trace none = {};
  fovea_set_trace(s.get(), &none);
  CHECK(fovea_run(s.get(), 0, nullptr) == FOVEA_OK);
}

TEST_CASE("a list of operators that is none") {
  const Image image = tiny_model();
  fovea_model model;
  const fovea_operator* items[2] = {};
  const fovea_operators lists[] = {{nullptr, 0, {}}, {nullptr, 3, {}}, {items, 2, {}}};
  for (const fovea_operators& list : lists) {
    CHECK(fovea_open_with(&list, image.span(), {}, &model, nullptr) != FOVEA_OK);
  }
  CHECK(fovea_open({nullptr, 5}, {}, &model, nullptr) == FOVEA_BAD_ARGUMENT);
  CHECK(fovea_open({}, {}, &model, nullptr) == FOVEA_TRUNCATED);
}

TEST_CASE("executors with absurd numbers of workers are refused at bind") {
  const Image image = tiny_model();
  fovea_model model;
  REQUIRE(fovea_open(image.span(), {}, &model, nullptr) == FOVEA_OK);
  Image arena(fovea_arena(&model, 4).total);
  const auto bind = [&](fovea_executor executor, fovea_error* error) {
    fovea_options options = {};
    options.executor = executor;
    fovea_session* session;
    return fovea_bind(&model, {{arena.data(), arena.size()}, {}, {}}, &options, &session, error);
  };
  const auto run = [](void*, fovea_task, void*, uint32_t) {};
  fovea_error error;
  for (const uint32_t workers : {FOVEA_MAX_WORKERS + 1u, 0x10000u, 0x80000000u, UINT32_MAX}) {
    CHECK(bind({nullptr, run, workers}, &error) == FOVEA_BAD_ARGUMENT);
    CHECK(sentence(error, &model) ==
          "an executor cannot have " + std::to_string(workers) + " workers, at most 1024");
  }
  CHECK(bind({nullptr, nullptr, 3}, &error) == FOVEA_BAD_ARGUMENT);
  CHECK(sentence(error) == "an executor without a function `run` cannot have 3 workers, at most 1");
  CHECK(bind({nullptr, run, FOVEA_MAX_WORKERS}, &error) == FOVEA_ARENA_TOO_SMALL);
  CHECK(bind({nullptr, run, 4}, &error) == FOVEA_OK);
  CHECK(bind({nullptr, run, 0}, &error) == FOVEA_OK);
  CHECK(bind({nullptr, nullptr, 1}, &error) == FOVEA_OK);
}

TEST_CASE("an arena that no number holds is the largest number") {
  Image image = tiny_model([](schema::ModelT& m) { m.memory = nullptr; });
  fovea_model model;
  REQUIRE(fovea_open(image.span(), {}, &model, nullptr) == FOVEA_OK);
  const fovea_memory one = fovea_arena(&model, 1), most = fovea_arena(&model, UINT32_MAX);
  CHECK(most.scratch == one.scratch * UINT32_MAX);
  CHECK(most.total == one.state + one.planned + most.scratch);
  // Bytes as a file might say them; fovea_open has seen the right ones.
  auto* memory = const_cast<schema::Memory*>(schema::GetModel(image.data() + 64)->memory());
  auto* table = reinterpret_cast<flatbuffers::Table*>(memory);
  REQUIRE(table->SetField<uint64_t>(schema::Memory::VT_PER_THREAD, uint64_t{1} << 40, 0));
  CHECK(fovea_arena(&model, 3).scratch == uint64_t{3} << 40);
  CHECK(fovea_arena(&model, UINT32_MAX).scratch == UINT64_MAX);
  CHECK(fovea_arena(&model, UINT32_MAX).total == UINT64_MAX);
}

}  // namespace
}  // namespace fovea::test
