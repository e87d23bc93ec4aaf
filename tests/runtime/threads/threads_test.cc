#include "fovea/threads.h"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <new>
#include <thread>
#include <vector>

namespace {

std::atomic<int> allocations{0};

struct Destroy {
  void operator()(fovea_threads* threads) const { fovea_threads_destroy(threads); }
};
using Pool = std::unique_ptr<fovea_threads, Destroy>;

Pool make_pool(uint32_t workers, uint32_t spin_microseconds) {
  const fovea_threads_options options = {spin_microseconds, nullptr, nullptr};
  return Pool(fovea_threads_create(workers, &options));
}

// Counts what happens to every task and every worker.
struct Job {
  explicit Job(uint32_t tasks, uint32_t workers) : calls(tasks), inside(workers) {}

  static void call(void* argument, uint32_t task, uint32_t worker) {
    Job& job = *static_cast<Job*>(argument);
    if (task >= job.calls.size() || worker >= job.inside.size()) {
      job.wrong = true;
      return;
    }
    if (job.inside[worker].fetch_add(1) != 0) job.wrong = true;
    job.calls[task].fetch_add(1);
    if (job.slow) std::this_thread::sleep_for(std::chrono::microseconds(200));
    job.inside[worker].fetch_sub(1);
  }

  bool each_called(int times) const {
    for (const std::atomic<int>& count : calls) {
      if (count != times) return false;
    }
    return true;
  }

  std::vector<std::atomic<int>> calls;
  // Whole words: exchanging bytes takes a library of its own on RISC-V.
  std::vector<std::atomic<int>> inside;
  std::atomic<bool> wrong{false};
  bool slow = false;
};

}  // namespace

// Counted, so that a test can say that a run allocates nothing.
void* operator new(std::size_t size) {
  allocations.fetch_add(1);
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}

TEST_CASE("every task runs once, on workers that do not overlap") {
  for (const uint32_t workers : {1u, 2u, 3u, 8u}) {
    for (const uint32_t spin : {0u, 1u, 100u}) {
      const Pool pool = make_pool(workers, spin);
      REQUIRE(pool != nullptr);
      const fovea_executor executor = fovea_threads_executor(pool.get());
      CHECK(executor.workers == workers);
      for (const uint32_t tasks : {0u, 1u, 2u, 3u, 7u, 64u}) {
        Job job(tasks, workers);
        for (int run = 0; run < 50; ++run) {
          executor.run(executor.context, Job::call, &job, tasks);
          REQUIRE(job.each_called(run + 1));
        }
        CHECK_FALSE(job.wrong);
      }
    }
  }
}

TEST_CASE("a run returns only when slow tasks have returned") {
  const Pool pool = make_pool(4, 0);
  REQUIRE(pool != nullptr);
  const fovea_executor executor = fovea_threads_executor(pool.get());
  Job job(9, 4);
  job.slow = true;
  for (int run = 0; run < 20; ++run) {
    executor.run(executor.context, Job::call, &job, 9);
    REQUIRE(job.each_called(run + 1));
    for (const std::atomic<int>& inside : job.inside) REQUIRE(inside == 0);
  }
  CHECK_FALSE(job.wrong);
}

TEST_CASE("all workers take tasks of one run") {
  const Pool pool = make_pool(3, 0);
  REQUIRE(pool != nullptr);
  // Each task waits until every worker has one, on a busy machine for a while.
  struct Meeting {
    const std::chrono::steady_clock::time_point end =
        std::chrono::steady_clock::now() + std::chrono::seconds(20);
    std::atomic<uint32_t> here{0};
  } meeting;
  const auto meet = [](void* argument, uint32_t, uint32_t worker) {
    auto& all = *static_cast<Meeting*>(argument);
    all.here.fetch_or(1u << worker);
    while (all.here != 7 && std::chrono::steady_clock::now() < all.end) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  };
  const fovea_executor executor = fovea_threads_executor(pool.get());
  executor.run(executor.context, meet, &meeting, 3);
  CHECK(meeting.here == 7);
}

TEST_CASE("workers wake again after they went to sleep") {
  const Pool pool = make_pool(3, 10);
  REQUIRE(pool != nullptr);
  const fovea_executor executor = fovea_threads_executor(pool.get());
  Job job(6, 3);
  for (int run = 0; run < 5; ++run) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    executor.run(executor.context, Job::call, &job, 6);
    REQUIRE(job.each_called(run + 1));
  }
}

TEST_CASE("each thread of a pool is told of once, before its tasks, and there") {
  static thread_local uint32_t here = 0;
  struct Told {
    std::atomic<int> threads{0}, wrong{0};
  } told;
  fovea_threads_options options = {0, nullptr, &told};
  options.started = [](void* context, uint32_t worker) {
    here = worker;
    ++static_cast<Told*>(context)->threads;
  };
  {
    const Pool pool(fovea_threads_create(4, &options));
    REQUIRE(pool != nullptr);
    const fovea_executor executor = fovea_threads_executor(pool.get());
    const auto task = [](void* argument, uint32_t, uint32_t worker) {
      if (here != worker) ++static_cast<Told*>(argument)->wrong;
      std::this_thread::sleep_for(std::chrono::microseconds(100));
    };
    for (int run = 0; run < 20; ++run) executor.run(executor.context, task, &told, 16);
  }
  CHECK(told.threads == 3);
  CHECK(told.wrong == 0);
}

TEST_CASE("a run allocates nothing") {
  const Pool pool = make_pool(2, 50);
  REQUIRE(pool != nullptr);
  const fovea_executor executor = fovea_threads_executor(pool.get());
  Job job(16, 2);
  const int before = allocations;
  for (int run = 0; run < 100; ++run) executor.run(executor.context, Job::call, &job, 16);
  const int after = allocations;
  CHECK(before == after);
  CHECK(before > 0);
}

TEST_CASE("odd requests") {
  CHECK(fovea_threads_create(0, nullptr) == nullptr);
  CHECK(fovea_threads_create(1u << 20, nullptr) == nullptr);
  fovea_threads_destroy(nullptr);
  const fovea_executor none = fovea_threads_executor(nullptr);
  CHECK(none.run == nullptr);
  CHECK(none.workers == 0);
  const Pool unused = Pool(fovea_threads_create(3, nullptr));
  CHECK(unused != nullptr);
}
