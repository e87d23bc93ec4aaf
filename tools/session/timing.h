// Times work side by side with the limits of the processor.

#ifndef FOVEA_TOOLS_SESSION_TIMING_H_
#define FOVEA_TOOLS_SESSION_TIMING_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "fovea/fovea.h"

namespace fovea::tools {

// Seconds on a steady clock.
double now_seconds();

// The middle, and the range of the middle four fifths.
struct Spread {
  double median = 0, low = 0, high = 0;
};
Spread spread_of(std::vector<double> values);

// Probes of one row of kernels on all workers of an executor: how much the processor could do.
class ProcessorLimits {
 public:
  // `read_bytes`: how much memory the work reads, so that the same level of cache is measured.
  ProcessorLimits(const std::string& row, const fovea_executor& executor, uint64_t read_bytes);

  double flops();  // per second
  double bytes();  // per second

 private:
  struct Job;
  double seconds(const Job& job);
  void calibrate();

  fovea_executor executor_;
  const void* kernels_;
  std::vector<float> memory_;
  size_t multiply_adds_ = 1 << 16;  // of one task
  size_t repeats_ = 1;              // readings of one task's memory
};

struct Timing {
  Spread seconds;  // of one call
  Spread flops_limit, bytes_limit;
  size_t samples = 0;  // that were quiet
  size_t taken = 0;
};

// Calls `work` for about `seconds`, a probe of each limit before and after every sample. Samples
// during which the processor was slower than it can be are left out: another program ran.
Timing time_calls(const std::function<void()>& work, ProcessorLimits* limits, double seconds);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_SESSION_TIMING_H_
