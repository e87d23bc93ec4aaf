// Sliced runs of sequences that are much longer than a task.

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <ctime>
#include <set>
#include <string>

#include "runtime/layout.h"
#include "tests/runtime/operators/case_session.h"

namespace {

using namespace fovea;
using namespace fovea::test;

// What the case's dim `tokens` may be, and all that depends on it.
void lengthen(Case& c, uint32_t tokens) {
  c.model.dims[1]->max = tokens;
  for (auto& dim : c.model.dims) {
    if (dim->x < 0) continue;
    const auto max = [&](int32_t i) { return int64_t{c.model.dims[static_cast<size_t>(i)]->max}; };
    const int64_t y = dim->y < 0 ? 0 : dim->b * max(dim->y);
    dim->max = static_cast<uint32_t>((dim->a * max(dim->x) + y + dim->c) / dim->d);
  }
  for (auto& cache : c.model.caches) {
    cache->context = tokens;
    cache->capacity = static_cast<uint32_t>(round_up(tokens, 16));
  }
}

// As many tokens of one sequence as some megabytes hold.
uint32_t many_tokens(Case& c) {
  constexpr uint64_t kElements = 6'000'000, kMost = 1 << 20;
  uint64_t each = 1;
  for (const auto& tensor : c.method().tensors) {
    const auto& dims = tensor->dims;
    if (std::find_if(dims.begin(), dims.end(), [](int32_t d) { return d >= 1; }) == dims.end()) {
      continue;
    }
    uint64_t width = 1;
    for (const uint32_t extent : tensor->extents) width *= extent;
    each += width;
  }
  return static_cast<uint32_t>(std::min(kElements / each, kMost));
}

// Positions are rows of a table there, and what attention does is bounded by the context.
bool is_bounded_otherwise(const Listed& listed) {
  return listed.definition.kind == schema::Attributes::AddPositions ||
         listed.definition.kind == schema::Attributes::Attention;
}

template <class F>
void for_each_long_case(const F& f) {
  std::set<std::string> seen;
  for_each_case([&](const Listed& listed, const auto& make) {
    if (is_bounded_otherwise(listed)) return;
    Case c = make();
    lengthen(c, many_tokens(c));
    if (open_code(c, nullptr) != FOVEA_OK) return;  // positions of attention beside it
    seen.insert(listed.name);
    f(listed, make);
  });
  for (const Listed& listed : kListed) {
    CAPTURE(listed.name);
    CHECK((is_bounded_otherwise(listed) || seen.count(listed.name) == 1));
  }
}

double seconds() {
  timespec time;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

// Of the tested operator in a sliced run of one sequence: each task's shortest of some tries.
double longest_task(Case& c, const Listed& listed, uint32_t tokens) {
  CaseSession session(c, How::kWhole);
  session.run(1, tokens);
  REQUIRE(fovea_reset(session.get(), 0, nullptr) == FOVEA_OK);
  const fovea_session& s = *session.get();
  Run run;
  run.frame = frame_of(s, 0);
  run.frame.op_index = static_cast<uint32_t>(index_of(c, listed.definition));
  run.frame.op = run.frame.method->operators()->Get(run.frame.op_index);
  run.kernels = s.kernels;
  run.grain = Grain::kFine;
  run.scratch = s.scratch;
  run.scratch_stride = s.scratch_stride;
  const fovea_operator& op = definition_of(s, *run.frame.op);
  std::vector<double> shortest;
  for (int attempt = 0; attempt < 4; ++attempt) {
    run.tasks = 1;
    REQUIRE(op.prepare(run, nullptr) == FOVEA_OK);
    shortest.resize(run.tasks, 1e9);
    for (uint32_t task = 0; task < run.tasks; ++task) {
      const double start = seconds();
      op.run(run, task, 0);
      shortest[task] = std::min(shortest[task], seconds() - start);
    }
  }
  return *std::max_element(shortest.begin(), shortest.end());
}

constexpr uint32_t kTimes = 64;  // as long
constexpr double kLeast = 5e-6;  // seconds: what takes less is not measured well

TEST_CASE("sliced runs: the longest task does not grow with the length of a sequence") {
  for_each_long_case([](const Listed& listed, const auto& make) {
    Case c = make();
    const uint32_t tokens = many_tokens(c);
    lengthen(c, tokens);
    const double few = longest_task(c, listed, std::max(tokens / kTimes, 1u));
    const double many = longest_task(c, listed, tokens);
    CAPTURE(tokens);
    CAPTURE(few);
    CHECK(many < 8 * std::max(few, kLeast));
  });
}

TEST_CASE("sliced runs of long sequences: the bits of whole runs") {
  for_each_long_case([](const Listed&, const auto& make) {
    Case c = make();
    const uint32_t tokens = std::min(many_tokens(c), 9999u) / 2;
    lengthen(c, tokens);
    const std::vector<float> whole = CaseSession(c, How::kWhole).run(kCaseBatch, tokens);
    CHECK(same_bits(CaseSession(c, How::kSliced).run(kCaseBatch, tokens), whole));
    CHECK(same_bits(CaseSession(c, How::kThreads).run(kCaseBatch, tokens), whole));
  });
}

TEST_CASE(
    "sliced runs of packed sequences of which one has few rows or none: the bits of whole runs") {
  for_each_case([](const Listed& listed, const auto& make) {
    if (is_bounded_otherwise(listed)) return;
    Case c = make();
    if (!c.packed()) return;
    for (const auto& lengths : {std::vector<uint32_t>{0, 40}, {40, 0}, {3, 37}}) {
      CaseSession whole(c, How::kWhole), sliced(c, How::kSliced);
      whole.run_rows(lengths, 0);
      sliced.run_rows(lengths, 0);
      const std::vector<float> made = whole.outputs();
      CHECK(same_bits(sliced.outputs(), made));
      CHECK(std::none_of(made.begin(), made.end(), [](float y) { return std::isnan(y); }));
    }
  });
}

// What a run leaves behind that ended early is not taken for the next one's.
TEST_CASE("sliced runs that begin anew: the bits of whole runs") {
  for_each_long_case([](const Listed&, const auto& make) {
    Case c = make();
    const uint32_t tokens = std::min(many_tokens(c), 5000u) / 2;
    lengthen(c, tokens);
    const std::vector<float> whole = CaseSession(c, How::kWhole).run(1, tokens);
    CaseSession sliced(c, How::kSliced);
    sliced.run(kCaseBatch, tokens);
    for (uint32_t i = 0; i < kCaseBatch; ++i) {
      REQUIRE(fovea_reset(sliced.get(), i, nullptr) == FOVEA_OK);
    }
    bool finished = false;
    for (int task = 0; task < 25 && !finished; ++task) {
      REQUIRE(fovea_run_for(sliced.get(), 0, 1, &finished, nullptr) == FOVEA_OK);
    }
    fovea_cancel(sliced.get());
    CHECK(same_bits(sliced.run(1, tokens), whole));
  });
}

}  // namespace
