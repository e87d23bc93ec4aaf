#include "fovea/threads.h"

#include <pthread.h>
#include <sched.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <new>

namespace {

// Tells the core that this thread only waits.
inline void relax() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__) || defined(__arm__)
  __asm__ volatile("yield");
#endif
}

}  // namespace

// One job at a time. A worker announces itself in `active_`, then looks whether the job is still
// open; the caller closes the job, then waits until nobody is active. Both orders are sequentially
// consistent, so a worker that saw an open job is always waited for, and one that comes too late
// never reads a job that is being replaced. Sleepers are not waited for.
struct fovea_threads {
 public:
  fovea_threads(uint32_t workers, const fovea_threads_options& options)
      : workers_(workers), options_(options), spin_(options.spin_microseconds) {}
  ~fovea_threads() { stop(); }
  fovea_threads(const fovea_threads&) = delete;
  fovea_threads& operator=(const fovea_threads&) = delete;

  // Whether all threads could be made. std::thread would throw where one cannot.
  bool start() {
    members_.reset(new (std::nothrow) Member[workers_]);
    if (members_ == nullptr) return false;
    for (uint32_t i = 1; i < workers_; ++i) {
      members_[i].pool = this;
      members_[i].worker = i;
      if (pthread_create(&members_[i].thread, nullptr, enter, &members_[i]) != 0) return false;
      ++started_;
    }
    return true;
  }

  uint32_t workers() const { return workers_; }

  void run(fovea_task task, void* argument, uint32_t tasks) {
    // The counter of tasks runs past the end by one for each worker.
    if (tasks <= 1 || workers_ == 1 || tasks > UINT32_MAX - workers_) {
      for (uint32_t i = 0; i < tasks; ++i) task(argument, i, 0);
      return;
    }
    task_ = task;
    argument_ = argument;
    tasks_ = tasks;
    next_.store(0, std::memory_order_relaxed);
    open_.store(true);
    wake();
    take_tasks(0);
    open_.store(false);
    wait_until_idle();
  }

 private:
  using Clock = std::chrono::steady_clock;

  struct Member {
    fovea_threads* pool;
    uint32_t worker;
    pthread_t thread;
  };

  static void* enter(void* member) {
    const auto& [pool, worker, thread] = *static_cast<Member*>(member);
    const fovea_threads_options& options = pool->options_;
    if (options.started != nullptr) options.started(options.context, worker);
    pool->serve(worker);
    return nullptr;
  }

  void stop() {
    stopping_.store(true);
    wake();
    for (uint32_t i = 1; i <= started_; ++i) pthread_join(members_[i].thread, nullptr);
  }

  // A new generation ends all waiting. Whoever does not see it in time is in `sleepers_`.
  void wake() {
    generation_.fetch_add(1);
    if (sleepers_.load() == 0) return;
    { const std::lock_guard<std::mutex> lock(mutex_); }
    sleeping_.notify_all();
  }

  void take_tasks(uint32_t worker) {
    for (;;) {
      const uint32_t i = next_.fetch_add(1, std::memory_order_relaxed);
      if (i >= tasks_) return;
      task_(argument_, i, worker);
    }
  }

  // The last tasks are short; with more workers than cores one may have lost its core.
  void wait_until_idle() {
    for (uint32_t looks = 0; active_.load() != 0; ++looks) {
      if (looks < 1000) {
        relax();
      } else {
        sched_yield();
      }
    }
  }

  void serve(uint32_t worker) {
    uint32_t seen = 0;
    while (!stopping_.load()) {
      seen = wait_for_generation(seen);
      active_.fetch_add(1);
      if (open_.load()) take_tasks(worker);
      active_.fetch_sub(1);
    }
  }

  // Looks for a while, then sleeps.
  uint32_t wait_for_generation(uint32_t seen) {
    const Clock::time_point end = Clock::now() + spin_;
    do {
      for (int i = 0; i < 64; ++i) {
        const uint32_t generation = generation_.load();
        if (generation != seen) return generation;
        relax();
      }
    } while (Clock::now() < end);
    std::unique_lock<std::mutex> lock(mutex_);
    sleepers_.fetch_add(1);
    while (generation_.load() == seen) sleeping_.wait(lock);
    sleepers_.fetch_sub(1);
    return generation_.load();
  }

  const uint32_t workers_;
  const fovea_threads_options options_;
  const std::chrono::microseconds spin_;
  std::unique_ptr<Member[]> members_;  // [workers]; 0 is the caller
  uint32_t started_ = 0;

  fovea_task task_ = nullptr;
  void* argument_ = nullptr;
  uint32_t tasks_ = 0;

  // On lines of their own: every worker writes `next_` while others look at the rest.
  alignas(64) std::atomic<uint32_t> next_{0};
  alignas(64) std::atomic<uint32_t> active_{0};
  alignas(64) std::atomic<uint32_t> generation_{0};
  std::atomic<uint32_t> sleepers_{0};
  std::atomic<bool> open_{false};
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;
  std::condition_variable sleeping_;
};

extern "C" {

fovea_threads* fovea_threads_create(uint32_t workers, const fovea_threads_options* options) {
  if (workers == 0 || workers > FOVEA_MAX_WORKERS) return nullptr;
  const fovea_threads_options usual = {FOVEA_THREADS_DEFAULT_SPIN, nullptr, nullptr};
  fovea_threads* threads =
      new (std::nothrow) fovea_threads(workers, options == nullptr ? usual : *options);
  if (threads != nullptr && threads->start()) return threads;
  delete threads;
  return nullptr;
}

void fovea_threads_destroy(fovea_threads* threads) {
  delete threads;
}

fovea_executor fovea_threads_executor(fovea_threads* threads) {
  fovea_executor executor = {};
  if (threads == nullptr) return executor;
  executor.context = threads;
  executor.run = [](void* context, fovea_task task, void* argument, uint32_t tasks) {
    static_cast<fovea_threads*>(context)->run(task, argument, tasks);
  };
  executor.workers = threads->workers();
  return executor;
}

}  // extern "C"
