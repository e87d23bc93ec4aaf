// Where the faults that users reported lie, and the small stories model.

#ifndef FOVEA_TESTS_TOOLS_TEXT_REPORTS_H_
#define FOVEA_TESTS_TOOLS_TEXT_REPORTS_H_

#include <filesystem>
#include <string>

#include "tests/support/skip.h"
#include "tests/tools/program.h"

namespace fovea::test {

inline const std::string kReports = FOVEA_REPORTS;
inline const std::string kStories = FOVEA_STORIES;

inline bool have_data() {
  namespace fs = std::filesystem;
  if (fs::exists(kReports + "/03") && fs::exists(kStories + "/stories260K.bin")) return true;
  skip("shared/data/reports or stories260K is absent");
  return false;
}

}  // namespace fovea::test

#endif  // FOVEA_TESTS_TOOLS_TEXT_REPORTS_H_
