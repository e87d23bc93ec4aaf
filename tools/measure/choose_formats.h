// `fovea convert --weights auto`: a format for each weight, within a budget.

#ifndef FOVEA_TOOLS_MEASURE_CHOOSE_FORMATS_H_
#define FOVEA_TOOLS_MEASURE_CHOOSE_FORMATS_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "tools/graph/format.h"
#include "tools/measure/exact_model.h"
#include "tools/measure/samples.h"

namespace fovea::tools {

// What a model may cost: one of the two.
struct CostBudget {
  std::optional<double> loss;     // Quality::cost()
  std::optional<uint64_t> bytes;  // of the file
};

// From "loss=0.02" or "bytes=250K" (K, M and G are powers of 1024). Throws UsageError.
CostBudget parse_cost_budget(const std::string& text);

// A weight gets a smaller format.
struct FormatStep {
  size_t weight;
  const Format* format;
  double cost;     // where it alone is so
  uint64_t saved;  // bytes, against its last format
};

// Each weight that can goes from f32 to f16, int8, uint4 and int4; of all next steps the one that
// costs the least for each byte saved comes first, by what each alone was measured to cost.
std::vector<FormatStep> format_steps(const ExactModel& exact, const Samples& samples);

// What a model costs whose weights have these formats.
struct Tried {
  uint64_t bytes;
  double loss;
};
using Try = std::function<Tried(const std::vector<Keep>& formats)>;

// As many of the first steps as a loss allows, or as few as a size asks for: found by trying the
// half between, so that the last answer was itself measured. Throws InputError where even all steps
// are too large, or none costs too much.
std::vector<Keep> choose_formats(const ExactModel& exact, const std::vector<FormatStep>& steps,
                                 const CostBudget& budget, const Try& attempt);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_MEASURE_CHOOSE_FORMATS_H_
