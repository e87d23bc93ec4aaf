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

// Cosines, then sines, of every token: those before the patches do not turn.
RotaryWeights add_grid_rotary(const RotarySpec& rotary, size_t index, Weights& weights) {
  const uint32_t pairs = rotary.settings.width / 2, half = pairs / 2;
  const uint32_t tokens = rotary.unturned + rotary.grid.patches();
  std::vector<float> table(size_t{tokens} * 2 * pairs);
  for (uint32_t t = 0; t < tokens; ++t) {
    for (uint32_t pair = 0; pair < pairs; ++pair) {
      const uint32_t patch = t < rotary.unturned ? 0 : t - rotary.unturned;
      const bool by_line = pair < half;
      const uint32_t count = by_line ? rotary.grid.lines : rotary.grid.columns;
      const uint32_t at = by_line ? patch / rotary.grid.columns : patch % rotary.grid.columns;
      const double kPi = std::acos(-1.0);
      const double place = t < rotary.unturned ? 0 : 2 * (at + 0.5) / count - 1;
      const double frequency =
          std::pow(rotary.settings.theta, -static_cast<double>(pair % half) / half);
      const double angle = 2 * kPi * place * frequency;
      table[size_t{t} * 2 * pairs + pair] = static_cast<float>(std::cos(angle));
      table[(size_t{t} * 2 + 1) * pairs + pair] = static_cast<float>(std::sin(angle));
    }
  }
  RotaryWeights made;
  made.table = weights.constants("rotary_grid." + std::to_string(index), {tokens, 2 * pairs},
                                 std::move(table));
  made.interleaved = rotary.interleaved;
  return made;
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
