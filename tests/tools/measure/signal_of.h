#ifndef FOVEA_TESTS_TOOLS_MEASURE_SIGNAL_OF_H_
#define FOVEA_TESTS_TOOLS_MEASURE_SIGNAL_OF_H_

#include <vector>

#include "tools/measure/signal.h"

namespace fovea::test {

inline tools::Signal signal_of(const std::vector<float>& exact, const std::vector<float>& found) {
  tools::Signal signal;
  signal.add(exact, found);
  return signal;
}

}  // namespace fovea::test

#endif  // FOVEA_TESTS_TOOLS_MEASURE_SIGNAL_OF_H_
