#include "tests/bench/measure.h"

#include <time.h>

#include <algorithm>
#include <chrono>
#include <vector>

#include "kernels/limits.h"

namespace fovea::bench {
namespace {

constexpr double kSample = 3e-3;  // seconds of one sample
constexpr double kQuiet = 0.96;   // of the best probe

double quantile(std::vector<double> v, double q) {
  std::sort(v.begin(), v.end());
  return v.empty() ? 0.0 : v[static_cast<size_t>(q * static_cast<double>(v.size() - 1) + 0.5)];
}

// Loads and multiply-adds on 20 KB: fast only when the core is ours alone.
class Probe {
 public:
  explicit Probe(const kernels::Kernels& row) : row_(row), x_(8 * kK), w_(48 * kK), y_(8 * 48) {}
  double operator()() {
    kernels::Linear a = {};
    a.x = x_.data();
    a.x_stride = a.k = kK;
    a.w = w_.data();
    a.y = y_.data();
    a.y_stride = a.outputs = 48;
    a.rows = 8;
    const double start = seconds();
    for (int i = 0; i < 40; ++i) row_.linear_f32(a);
    return 1.0 / (seconds() - start);
  }

 private:
  static constexpr uint32_t kK = 80;
  const kernels::Kernels& row_;
  std::vector<float> x_, w_, y_;
};

double timed(const std::function<void()>& f, size_t times) {
  const double start = seconds();
  for (size_t i = 0; i < times; ++i) f();
  return (seconds() - start) / static_cast<double>(times);
}

size_t repetitions(const std::function<void()>& f) {
  size_t times = 1;
  while (timed(f, times) * static_cast<double>(times) < kSample / 2 && times < (1u << 24)) {
    times *= 2;
  }
  return times;
}

struct Sample {
  double probe, time, gflops, gbytes;
};

}  // namespace

// Time of this thread on a processor: being taken off it by the system does not count.
double seconds() {
#if defined(CLOCK_THREAD_CPUTIME_ID)
  timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
#else
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
#endif
}

Figures measure(const kernels::Kernels& row, const Work& work, double budget_seconds) {
  Probe probe(row);
  work.run();
  const size_t times = repetitions(work.run);
  const auto limit = work.of_codes ? kernels::code_gops : kernels::multiply_add_gflops;
  const double one = limit(row, seconds, 1 << 20);
  const auto limit_count = static_cast<size_t>(one * 1e9 / 2 * kSample / 3);
  size_t reads = 1;
  if (work.buffer != nullptr) {
    reads = repetitions([&] { read_gbytes(row, seconds, work.buffer, work.buffer_floats, 1); });
  }
  std::vector<Sample> samples;
  const double end = seconds() + budget_seconds;
  double before = probe();
  while (seconds() < end || samples.size() < 5) {
    Sample s = {};
    s.time = timed(work.run, times);
    const double after = probe();
    s.probe = std::min(before, after);
    s.gflops = limit(row, seconds, limit_count);
    if (work.buffer != nullptr) {
      s.gbytes = read_gbytes(row, seconds, work.buffer, work.buffer_floats, reads);
    }
    before = probe();
    samples.push_back(s);
  }
  std::vector<double> probes, time, gflops, gbytes;
  for (const Sample& s : samples) probes.push_back(s.probe);
  const double best = quantile(probes, 0.95);
  for (const Sample& s : samples) {
    if (s.probe < kQuiet * best) continue;
    time.push_back(s.time);
    gflops.push_back(s.gflops);
    gbytes.push_back(s.gbytes);
  }
  Figures f = {};
  f.median = quantile(time, 0.5);
  f.low = quantile(time, 0.25);
  f.high = quantile(time, 0.75);
  f.gflops = 2e-9 * work.multiply_adds / f.median;
  f.gbytes = 1e-9 * work.bytes / f.median;
  f.gflops_limit = quantile(gflops, 0.5);
  f.gbytes_limit = work.buffer != nullptr ? quantile(gbytes, 0.5) : 0.0;
  f.samples = static_cast<int>(samples.size());
  f.quiet = static_cast<int>(time.size());
  return f;
}

}  // namespace fovea::bench
