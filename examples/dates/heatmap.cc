#include "examples/dates/heatmap.h"

#include <algorithm>
#include <cmath>

namespace dates {
namespace {

// From the 256-colour palette, dark blue to yellow.
constexpr int kColours[] = {16, 17, 18, 19, 54, 90, 126, 162, 198, 204, 209, 214, 220, 226};
constexpr char kShades[] = " .:-=+*#%@";

int level(float weight, int levels) {
  // The square root shows what small weights there are.
  const float shown = std::sqrt(std::clamp(weight, 0.0f, 1.0f));
  return std::min(levels - 1, static_cast<int>(shown * static_cast<float>(levels)));
}

std::string cell(float weight, bool colour) {
  if (!colour) {
    const char shade = kShades[level(weight, sizeof kShades - 1)];
    return {shade, shade};
  }
  const int levels = sizeof kColours / sizeof kColours[0];
  return "\x1b[48;5;" + std::to_string(kColours[level(weight, levels)]) + "m  \x1b[0m";
}

}  // namespace

std::string heatmap(const std::vector<std::string>& columns, const std::vector<std::string>& labels,
                    const std::vector<std::vector<float>>& rows, bool colour) {
  std::string text = "    ";
  for (const std::string& column : columns) text += column + " ";
  text += "\n";
  for (size_t r = 0; r < rows.size(); ++r) {
    text += "  " + labels[r] + " ";
    for (float weight : rows[r]) text += cell(weight, colour);
    text += "\n";
  }
  return text;
}

}  // namespace dates
