#include "tools/import/rotary_weights.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "tools/common/error.h"

namespace fovea::tools {
namespace {

void check_finite(const RotaryTable& table, float factor, const std::string& path) {
  const bool finite = std::all_of(table.frequencies.begin(), table.frequencies.end(),
                                  [](double f) { return std::isfinite(f); });
  if (factor > 0 && std::isfinite(factor) && finite) return;
  fail("{}: the config's settings of rotary embedding make numbers that are not finite", path);
}

void check_angles(const RotaryTable& table, uint32_t context, const std::string& path) {
  const double largest = *std::max_element(table.frequencies.begin(), table.frequencies.end());
  const double angle = (context - 1.0) * static_cast<double>(static_cast<float>(largest));
  if (angle <= kMostAngle) return;
  fail(
      "{}: position {} times the frequency {} is an angle of {}; sines are right up to {}: "
      "lower the context with --max context=N, or mend the config's rotary embedding",
      path, context - 1, largest, angle, kMostAngle);
}

}  // namespace

RotaryWeights add_rotary(const RotarySpec& rotary, size_t index, uint32_t context,
                         const std::string& path, Weights& weights, Graph& graph) {
  if (rotary.grid.patches() > 0) return add_grid_rotary(rotary, index, weights);
  const RotaryTable table = rotary_table(rotary.settings, context);
  const float factor = static_cast<float>(table.factor);
  check_finite(table, factor, path);
  check_angles(table, context, path);
  if (!table.note.empty()) graph.notes.push_back(path + ": " + table.note);
  Rotary unscaled = rotary.settings;
  unscaled.type = RotaryType::kDefault;
  unscaled.factor = 1;
  for (const char* name : {"rotary_emb.inv_freq", "rotary_embeddings.inv_freq"}) {
    weights.expect_implied(name, {table.frequencies, rotary_table(unscaled, context).frequencies},
                           "rotary embedding");
  }
  const uint32_t pairs = static_cast<uint32_t>(table.frequencies.size());
  const std::string name = index == 0 ? "rotary" : "rotary." + std::to_string(index);
  const int32_t frequencies = weights.constants(
      name + ".inverse_frequencies", {pairs}, {table.frequencies.begin(), table.frequencies.end()});
  return {frequencies, -1, factor, rotary.interleaved};
}

}  // namespace fovea::tools
