// A progress bar on standard error.

#ifndef FOVEA_TOOLS_COMMON_PROGRESS_H_
#define FOVEA_TOOLS_COMMON_PROGRESS_H_

#include <chrono>
#include <cstdint>
#include <string>

namespace fovea::tools {

// Shows itself only on a terminal, and only once the work has taken more than a second. The line
// is wiped at the end. A total of 0 is one that nobody knows: what is done is then counted.
class Progress {
 public:
  Progress(std::string label, uint64_t total);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // Says how much of the total is done.
  void update(uint64_t done);

 private:
  using Clock = std::chrono::steady_clock;

  std::string label_;
  uint64_t total_;
  bool terminal_;
  bool shown_ = false;
  Clock::time_point next_;
};

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_COMMON_PROGRESS_H_
