#include "tools/session/timing.h"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "kernels/kernels.h"
#include "tools/common/error.h"

namespace fovea::tools {
namespace {

constexpr double kProbeSeconds = 300e-6;
constexpr double kSampleSeconds = 300e-6;   // short calls are timed in groups
constexpr double kQuiet = 0.9;              // of the best probes
constexpr uint64_t kMostRead = 256u << 20;  // bytes; beyond it memory is as slow as it gets
constexpr uint64_t kLeastRead = 64u << 10;
constexpr size_t kLeastSamples = 10;
constexpr double kPatience = 60;  // seconds

double quantile(const std::vector<double>& sorted, double q) {
  const double at = q * static_cast<double>(sorted.size() - 1);
  return sorted[static_cast<size_t>(std::lround(at))];
}

}  // namespace

double now_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

Spread spread_of(std::vector<double> values) {
  if (values.empty()) return {};
  std::sort(values.begin(), values.end());
  return {quantile(values, 0.5), quantile(values, 0.1), quantile(values, 0.9)};
}

// One probe, divided into tasks.
struct ProcessorLimits::Job {
  const ProcessorLimits* limits;
  bool reading;

  static void call(void* argument, uint32_t task, uint32_t) {
    const Job& job = *static_cast<const Job*>(argument);
    job.reading ? job.read(task) : job.multiply_add();
  }

  // Reading: one for each worker, so that each passes over all of its part again and again, as
  // it does with weights. Multiply-adds: several, so that a late worker does not halve the limit.
  uint32_t tasks() const { return limits->executor_.workers * (reading ? 1 : 4); }

  void multiply_add() const {
    const auto& row = *static_cast<const kernels::Kernels*>(limits->kernels_);
    const float x[2] = {1e-9f, 1.0f};
    float y[16];
    row.multiply_add_limit({x, y, limits->multiply_adds_});
  }

  // Each task reads its own part of the memory.
  void read(uint32_t task) const {
    const auto& row = *static_cast<const kernels::Kernels*>(limits->kernels_);
    const size_t part = limits->memory_.size() / tasks();
    float y[16];
    for (size_t i = 0; i < limits->repeats_; ++i) {
      row.read_limit({limits->memory_.data() + part * task, y, part});
    }
  }
};

ProcessorLimits::ProcessorLimits(const std::string& row, const fovea_executor& executor,
                                 uint64_t read_bytes)
    : executor_(executor), kernels_(kernels::select_row(row.c_str())) {
  if (kernels_ == nullptr) fail("no kernels named '{}'", row);
  if (executor_.workers == 0) executor_.workers = 1;
  memory_.assign(std::clamp(read_bytes, kLeastRead, kMostRead) / sizeof(float), 1.0f);
  calibrate();
}

// Makes each probe long enough to be timed.
void ProcessorLimits::calibrate() {
  const double wanted = kProbeSeconds;
  while (seconds({this, false}) < wanted) multiply_adds_ *= 2;
  while (seconds({this, true}) < wanted) repeats_ *= 2;
}

double ProcessorLimits::seconds(const Job& job) {
  Job copy = job;
  const double start = now_seconds();
  if (executor_.run == nullptr) {
    for (uint32_t i = 0; i < copy.tasks(); ++i) Job::call(&copy, i, 0);
  } else {
    executor_.run(executor_.context, Job::call, &copy, copy.tasks());
  }
  return now_seconds() - start;
}

double ProcessorLimits::flops() {
  const Job job = {this, false};
  return 2.0 * static_cast<double>(multiply_adds_) * job.tasks() / seconds(job);
}

double ProcessorLimits::bytes() {
  const Job job = {this, true};
  const double part = static_cast<double>(memory_.size() / job.tasks()) * sizeof(float);
  return part * static_cast<double>(repeats_) * job.tasks() / seconds(job);
}

namespace {

struct Sample {
  double seconds;
  double flops, bytes;                  // mean of the probes around it
  double slowest_flops, slowest_bytes;  // the slower one of them
};

Sample take_sample(const std::function<void()>& work, size_t calls, ProcessorLimits* limits) {
  const double flops_before = limits->flops();
  const double bytes_before = limits->bytes();
  const double start = now_seconds();
  for (size_t i = 0; i < calls; ++i) work();
  const double seconds = (now_seconds() - start) / static_cast<double>(calls);
  const double bytes_after = limits->bytes();
  const double flops_after = limits->flops();
  return {seconds, (flops_before + flops_after) / 2, (bytes_before + bytes_after) / 2,
          std::min(flops_before, flops_after), std::min(bytes_before, bytes_after)};
}

template <typename Field>
std::vector<double> column(const std::vector<Sample>& samples, Field field) {
  std::vector<double> result;
  for (const Sample& sample : samples) result.push_back(sample.*field);
  return result;
}

std::vector<Sample> quiet_ones(const std::vector<Sample>& samples) {
  const double flops = spread_of(column(samples, &Sample::flops)).high;
  const double bytes = spread_of(column(samples, &Sample::bytes)).high;
  std::vector<Sample> result;
  for (const Sample& sample : samples) {
    if (sample.slowest_flops >= kQuiet * flops && sample.slowest_bytes >= kQuiet * bytes) {
      result.push_back(sample);
    }
  }
  return result;
}

size_t calls_of_a_sample(const std::function<void()>& work) {
  work();  // warms up
  const double start = now_seconds();
  work();
  const double seconds = std::max(1e-9, now_seconds() - start);
  return std::max<size_t>(1, static_cast<size_t>(kSampleSeconds / seconds));
}

}  // namespace

Timing time_calls(const std::function<void()>& work, ProcessorLimits* limits, double seconds) {
  const size_t calls = calls_of_a_sample(work);
  std::vector<Sample> samples;
  const double end = now_seconds() + seconds;
  // Few samples of a slow run rather than no end.
  while (samples.empty() || now_seconds() < end ||
         (samples.size() < kLeastSamples && now_seconds() < end + kPatience)) {
    samples.push_back(take_sample(work, calls, limits));
  }
  std::vector<Sample> quiet = quiet_ones(samples);
  const size_t kept = quiet.size();
  if (kept == 0) quiet = samples;  // a restless machine: `samples` of 0 says so
  return {spread_of(column(quiet, &Sample::seconds)), spread_of(column(quiet, &Sample::flops)),
          spread_of(column(quiet, &Sample::bytes)), kept, samples.size()};
}

}  // namespace fovea::tools
