// Faults that users of other runtimes reported: shared/data/reports has a folder for each, with
// the input and, where a number is expected, what transformers computes in double precision.

#ifndef FOVEA_TESTS_TOOLS_REPORTS_REPORTS_H_
#define FOVEA_TESTS_TOOLS_REPORTS_REPORTS_H_

#include <string>

#include "tests/tools/program.h"

namespace fovea::test {

// The folder of a case; empty after skip() where it is absent.
std::string report(const char* name);
// The same for shared/data/hostile.
std::string hostile(const char* name);

// Converts the case, runs "forward" on its tokens and compares with what is expected, as the
// cases' check.py does. Returns what was said while converting.
std::string check_report(const std::string& folder);

}  // namespace fovea::test

#endif  // FOVEA_TESTS_TOOLS_REPORTS_REPORTS_H_
