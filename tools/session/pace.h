// How long runs take on this machine, about, before they start: a file may ask for days.

#ifndef FOVEA_TOOLS_SESSION_PACE_H_
#define FOVEA_TOOLS_SESSION_PACE_H_

#include <cstdint>
#include <string>

#include "tools/session/session.h"

namespace fovea::tools {

inline constexpr double kLongRun = 60;  // seconds

// Seconds as "about 3 minutes".
std::string about(double seconds);

class Pace {
 public:
  // Measures the processor with the session's kernels and threads, in a few milliseconds.
  explicit Pace(const BoundSession& session);

  // For one run of the method at the session's present dims and positions. Right within a factor
  // of about three.
  double seconds(const Session& session, uint32_t method) const;

 private:
  double multiply_adds_ = 1, bytes_ = 1;  // per second
};

// "forward: 343,597,383,680,000 multiply-adds, about 3 days": what a run would be.
std::string run_text(const ModelFile& file, const Session& session, uint32_t method,
                     double seconds);

// One line on standard error where a run of the method takes longer than kLongRun.
void announce_long_run(const ModelFile& file, const BoundSession& session, uint32_t method);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_SESSION_PACE_H_
