// What a principle expected and what was measured.

#ifndef FOVEA_EXAMPLES_PRINCIPLES_REPORT_H_
#define FOVEA_EXAMPLES_PRINCIPLES_REPORT_H_

#include <string>
#include <vector>

namespace principles {

struct Line {
  std::string what, expected, measured;
  bool holds;
};

class Report {
 public:
  // `right` of `all`, in words.
  void count(const std::string& what, size_t right, size_t all, size_t expected);
  // A number that shall be within `tolerance` of another.
  void near(const std::string& what, double measured, double expected, double tolerance = 1e-5);
  void below(const std::string& what, double measured, double limit);
  void above(const std::string& what, double measured, double limit);

  const std::vector<Line>& lines() const { return lines_; }

 private:
  std::vector<Line> lines_;
};

}  // namespace principles

#endif  // FOVEA_EXAMPLES_PRINCIPLES_REPORT_H_
