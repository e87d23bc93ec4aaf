// One sequence gives the same bits however it is fed, with whom, and after what.

#include <doctest/doctest.h>

#include <thread>

#include "kernels/kernels.h"
#include "tests/runtime/feed.h"

namespace fovea::test {
namespace {

// Runs every task on a thread of its own, with worker numbers as the contract asks.
void run_on_threads(void*, fovea_task task, void* argument, uint32_t count) {
  constexpr uint32_t kWorkers = 3;
  std::vector<std::thread> threads;
  for (uint32_t worker = 0; worker < kWorkers; ++worker) {
    threads.emplace_back([=] {
      for (uint32_t i = worker; i < count; i += kWorkers) task(argument, i, worker);
    });
  }
  for (auto& thread : threads) thread.join();
}

TEST_CASE("any chunking gives the same bits") {
  const auto ids = tokens(kTinyContext, 1);
  TinySession reference;
  const auto expected = feed(reference, ids, 1);
  for (size_t chunk = 2; chunk <= kTinyTokens; ++chunk) {
    TinySession s;
    CHECK(same_bits(feed(s, ids, chunk), expected));
  }
}

TEST_CASE("a batch of any composition gives each sequence's own bits") {
  const auto first = tokens(30, 2), second = tokens(30, 3);
  TinySession alone, other, together;
  const auto expected_first = feed(alone, first, 5), expected_second = feed(other, second, 4);
  std::vector<float> got_first, got_second;
  size_t i = 0, j = 0;
  for (uint32_t step = 1; i < first.size() || j < second.size(); ++step) {
    const size_t n = std::min<size_t>(step % 4, first.size() - i);
    const size_t m = std::min<size_t>((step * 3) % 7, second.size() - j);
    if (n + m == 0) continue;
    const auto at = [](const std::vector<int32_t>& v, size_t k, size_t count) {
      const auto begin = v.begin() + static_cast<ptrdiff_t>(k);
      return std::vector<int32_t>(begin, begin + static_cast<ptrdiff_t>(count));
    };
    const auto logits = together.forward({at(first, i, n), at(second, j, m)});
    append(&got_first, logits[0]);
    append(&got_second, logits[1]);
    i += n;
    j += m;
  }
  CHECK(same_bits(got_first, expected_first));
  CHECK(same_bits(got_second, expected_second));
}

void four_sequences(schema::ModelT& m) {
  m.dims[0]->max = m.sequences = 4;
  m.states[1]->offset *= 4 / kTinyBatch;
  m.methods[1]->tensors.back()->offset += 2 * 24 * sizeof(float);  // logits, after two rows more
}

std::vector<std::vector<float>> alone(const std::vector<std::vector<int32_t>>& before,
                                      const std::vector<std::vector<int32_t>>& now) {
  std::vector<std::vector<float>> result;
  for (size_t b = 0; b < now.size(); ++b) {
    TinySession s;
    if (!before[b].empty()) s.forward({before[b]});
    result.push_back(now[b].empty() ? std::vector<float>() : s.forward({now[b]})[0]);
  }
  return result;
}

TEST_CASE("one run mixes a prompt, single tokens and nothing, with each sequence's own bits") {
  const std::vector<std::vector<int32_t>> before = {{}, tokens(7, 20), tokens(3, 21), {}};
  const std::vector<std::vector<int32_t>> now = {tokens(14, 22), tokens(1, 23), {}, tokens(1, 24)};
  const auto expected = alone(before, now);
  fovea_options threads = {};
  threads.executor = {nullptr, run_on_threads, 3};
  for (const bool threaded : {false, true}) {
    TinySession s(threaded ? &threads : nullptr, 3, four_sequences);
    s.forward(before);
    const auto found = s.forward(now);
    for (size_t b = 0; b < now.size(); ++b) {
      CHECK(same_bits(found[b], expected[b]));
      CHECK(fovea_position(s.get(), 0, static_cast<uint32_t>(b)) ==
            before[b].size() + now[b].size());
    }
  }
}

TEST_CASE("`next` gives zeros for a sequence that has no tokens in a run") {
  TinySession s(nullptr, 1, four_sequences), one;
  const std::vector<std::vector<int32_t>> rows = {{}, {3, 1}, {}, {4}};
  s.set(rows, "next");
  REQUIRE(fovea_run(s.get(), s.method("next"), nullptr) == FOVEA_OK);
  fovea_tensor output;
  REQUIRE(fovea_output(s.get(), s.method("next"), "logits", &output, nullptr) == FOVEA_OK);
  const auto* data = static_cast<const float*>(output.data);
  const auto row = [&](size_t b) {
    return std::vector<float>(data + b * kTinyVocabulary, data + (b + 1) * kTinyVocabulary);
  };
  CHECK(same_bits(row(0), std::vector<float>(kTinyVocabulary, 0.0f)));
  CHECK(same_bits(row(2), row(0)));
  const std::vector<float> both = one.forward({{3, 1}})[0];
  CHECK(same_bits(row(1), {both.begin() + kTinyVocabulary, both.end()}));
}

TEST_CASE("every row that this machine has gives the same bits") {
  const auto ids = tokens(20, 4);
  TinySession best;
  const auto expected = feed(best, ids, 8);
  for (auto row = kernels::compiled_rows(); *row != nullptr; ++row) {
    if (!kernels::cpu_has(**row)) continue;
    fovea_options options = {};
    options.row = (*row)->name;
    TinySession s(&options);
    CHECK(std::string(fovea_row(s.get())) == options.row);
    CHECK(same_bits(feed(s, ids, 3), expected));
  }
}

TEST_CASE("threads change no bits") {
  const auto ids = tokens(24, 5);
  TinySession single;
  fovea_options options = {};
  options.executor = {nullptr, run_on_threads, 3};
  TinySession threaded(&options, 3);
  CHECK(same_bits(feed(threaded, ids, 6), feed(single, ids, 6)));
}

TEST_CASE("a sliced run gives the same bits, and says when it is finished") {
  const auto ids = tokens(8, 6);
  TinySession whole;
  const auto expected = whole.forward({ids});
  for (uint32_t budget : {1u, 2u, 5u, 1000u}) {
    TinySession s;
    s.set({ids});
    bool finished = false;
    int calls = 0;
    fovea_error error;
    while (!finished) {
      REQUIRE(fovea_run_for(s.get(), 0, budget, &finished, &error) == FOVEA_OK);
      ++calls;
      if (!finished) {
        CHECK(fovea_run(s.get(), 0, &error) == FOVEA_BUSY);
        CHECK(fovea_position(s.get(), 0, 0) == 0);
      }
    }
    CHECK((budget > 100 ? calls == 1 : calls > 3));
    CHECK(same_bits(s.logits({ids})[0], expected[0]));
    CHECK(fovea_position(s.get(), 0, 0) == 8);
  }
}

TEST_CASE("truncate and reset go back in time") {
  const auto ids = tokens(20, 7);
  TinySession s;
  const auto expected = feed(s, ids, 4);
  REQUIRE(fovea_truncate(s.get(), 0, 0, 5, nullptr) == FOVEA_OK);
  const std::vector<int32_t> rest(ids.begin() + 5, ids.end());
  const std::vector<float> expected_rest(expected.begin() + 5 * kTinyVocabulary, expected.end());
  CHECK(same_bits(feed(s, rest, 3), expected_rest));
  REQUIRE(fovea_reset(s.get(), 0, nullptr) == FOVEA_OK);
  CHECK(fovea_position(s.get(), 0, 0) == 0);
  CHECK(same_bits(feed(s, ids, 8), expected));
}

TEST_CASE("`next` gives the last row of `forward`") {
  const auto ids = tokens(6, 12);
  TinySession a, b;
  const auto all = a.forward({ids})[0];
  b.set({ids}, "next");
  REQUIRE(fovea_run(b.get(), b.method("next"), nullptr) == FOVEA_OK);
  fovea_tensor output;
  REQUIRE(fovea_output(b.get(), b.method("next"), "logits", &output, nullptr) == FOVEA_OK);
  CHECK(output.rank == 2);
  const float* data = static_cast<const float*>(output.data);
  CHECK(same_bits({data, data + kTinyVocabulary}, {all.end() - kTinyVocabulary, all.end()}));
}

}  // namespace
}  // namespace fovea::test
