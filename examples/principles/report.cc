#include "examples/principles/report.h"

#include <cmath>
#include <cstdio>

namespace principles {
namespace {

std::string text(double value) {
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, "%.6g", value);
  return buffer;
}

}  // namespace

void Report::count(const std::string& what, size_t right, size_t all, size_t expected) {
  const std::string of = " of " + std::to_string(all);
  lines_.push_back(
      {what, std::to_string(expected) + of, std::to_string(right) + of, right == expected});
}

// Written so that NaN does not hold.
void Report::near(const std::string& what, double measured, double expected, double tolerance) {
  lines_.push_back({what, text(expected) + " +- " + text(tolerance), text(measured),
                    std::abs(measured - expected) <= tolerance});
}

void Report::below(const std::string& what, double measured, double limit) {
  lines_.push_back({what, "below " + text(limit), text(measured), measured < limit});
}

void Report::above(const std::string& what, double measured, double limit) {
  lines_.push_back({what, "above " + text(limit), text(measured), measured > limit});
}

}  // namespace principles
