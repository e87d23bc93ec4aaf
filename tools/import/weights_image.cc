// Weights that models of images have.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "tools/common/error.h"
#include "tools/import/resample.h"
#include "tools/import/weights.h"

namespace fovea::tools {

int32_t Weights::stretched_positions(const PositionsSpec& spec, uint32_t width) {
  const uint32_t stored_rows = spec.from.lines * spec.from.columns;
  const uint32_t rows = spec.first + stored_rows, made = spec.to.lines * spec.to.columns;
  const std::vector<float> all = elements(spec.tensor, {rows, width});
  const std::span<const float> grid = std::span(all).subspan(size_t{spec.first} * width);
  const std::string name =
      fmt::format("{} for {} x {}", spec.tensor, spec.to.lines, spec.to.columns);
  return constants(name, {made, width},
                   resample_bicubic(grid, spec.from, spec.to, width, spec.resampling));
}

int32_t Weights::pairs(const PairsSpec& spec, const std::string& table, uint32_t heads) {
  const uint32_t lines = spec.grid.lines, columns = spec.grid.columns;
  const uint32_t across = 2 * columns - 1, near = (2 * lines - 1) * across;
  const std::vector<float> numbers = elements(table, {near + 3, heads});
  const size_t positions = size_t{lines} * columns + 1;
  std::vector<float> made;
  made.reserve(heads * positions * positions);
  const auto row = [&](size_t query, size_t key) -> size_t {
    if (query == 0) return key == 0 ? near + 2 : near;
    if (key == 0) return near + 1;
    const size_t line = (query - 1) / columns + lines - 1 - (key - 1) / columns;
    return line * across + (query - 1) % columns + columns - 1 - (key - 1) % columns;
  };
  for (uint32_t head = 0; head < heads; ++head) {
    for (size_t query = 0; query < positions; ++query) {
      for (size_t key = 0; key < positions; ++key) {
        made.push_back(numbers[row(query, key) * heads + head]);
      }
    }
  }
  const auto n = static_cast<uint32_t>(positions);
  return constants(table + " by pair", {heads, n, n}, std::move(made));
}

// Scores of what does not see each other are lowered by as much as training did, not to nothing.
int32_t Weights::window_pairs(const WindowsSpec& spec, const std::string& table, uint32_t heads) {
  constexpr float kApart = -100;
  const uint32_t side = spec.side, across = 2 * side - 1, area = side * side;
  const std::vector<float> numbers = elements(table, {across * across, heads});
  const uint32_t kinds = spec.shift > 0 ? 4 : 1;
  // Whether a line or a column of the last window went round.
  const auto round = [&](uint32_t at) { return at >= side - spec.shift; };
  std::vector<float> made;
  made.reserve(size_t{kinds} * heads * area * area);
  for (uint32_t kind = 0; kind < kinds; ++kind) {
    for (uint32_t head = 0; head < heads; ++head) {
      for (uint32_t query = 0; query < area; ++query) {
        for (uint32_t key = 0; key < area; ++key) {
          const uint32_t line = query / side + side - 1 - key / side;
          const uint32_t column = query % side + side - 1 - key % side;
          const bool lines = kind >= 2 && round(query / side) != round(key / side);
          const bool columns = kind % 2 == 1 && round(query % side) != round(key % side);
          const float number = numbers[size_t{line * across + column} * heads + head];
          made.push_back(lines || columns ? number + kApart : number);
        }
      }
    }
  }
  std::vector<uint32_t> shape = {heads, area, area};
  if (kinds > 1) shape.insert(shape.begin(), kinds);
  return constants(table + " by pair", shape, std::move(made));
}

std::vector<uint8_t> WindowsSpec::kinds() const {
  std::vector<uint8_t> made;
  for (uint32_t i = 0; shift > 0 && i < lines() * columns(); ++i) {
    const bool last_line = i / columns() + 1 == lines(), last = (i + 1) % columns() == 0;
    made.push_back(static_cast<uint8_t>((last_line ? 2 : 0) + (last ? 1 : 0)));
  }
  return made;
}

// The part of a key that a constant query multiplies: (query . key) / sqrt(head width), but for
// what its bias adds to all keys alike.
int32_t Weights::probe_keys(const StepSpec& step, uint32_t width) {
  const std::string weights = step.projection + ".in_proj_weight";
  const std::vector<float> projection = elements(weights, {3 * width, width});
  const std::vector<float> bias = elements(step.projection + ".in_proj_bias", {3 * width});
  const std::vector<float> probe = elements(step.name, {width});
  const uint32_t head_width = width / step.heads;
  std::vector<double> sums(size_t{step.heads} * width);
  for (uint32_t i = 0; i < width; ++i) {
    double query = double{bias[i]};
    for (uint32_t k = 0; k < width; ++k) {
      query += double{projection[size_t{i} * width + k]} * double{probe[k]};
    }
    for (uint32_t k = 0; k < width; ++k) {
      sums[size_t{i / head_width} * width + k] +=
          query * double{projection[(size_t{width} + i) * width + k]};
    }
  }
  std::vector<float> made;
  const double scale = 1 / std::sqrt(static_cast<double>(head_width));
  for (const double sum : sums) made.push_back(static_cast<float>(sum * scale));
  return constants(weights + " of " + step.name, {step.heads, width}, std::move(made),
                   schema::Layout::Panels16);
}

std::vector<float> Weights::token_numbers(const TokenSpec& spec, const PositionsSpec& positions,
                                          uint32_t width) {
  std::vector<uint32_t> shape = {spec.rows, width};
  if (spec.rows == 1) shape.erase(shape.begin());
  const std::vector<float> all = elements(spec.tensor, shape);
  const auto begin = all.begin() + static_cast<ptrdiff_t>(size_t{spec.row} * width);
  std::vector<float> values(begin, begin + width);
  if (spec.position >= 0) {
    std::vector<float> added(width);
    const std::string table = stored(positions.tensor);
    used_.insert(table);
    checkpoint_.read(table, uint64_t{static_cast<uint32_t>(spec.position)} * width, added);
    for (uint32_t i = 0; i < width; ++i) values[i] += added[i];
  }
  const auto finite = [](float x) { return std::isfinite(x); };
  if (!std::all_of(values.begin(), values.end(), finite)) {
    fail("{}: tensor {} or its position holds numbers that are not finite", checkpoint_.path,
         spec.tensor);
  }
  return values;
}

int32_t Weights::token(const TokenSpec& spec, const PositionsSpec& positions, uint32_t width) {
  const std::string name = fmt::format("{} {} at {}", spec.tensor, spec.row, spec.position);
  return constants(name, {width}, token_numbers(spec, positions, width), schema::Layout::Row16);
}

int32_t Weights::start(const TokenSpec& spec, uint32_t width) {
  const std::string name = fmt::format("{} {}", spec.tensor, spec.row);
  return constants(name, {1, width}, token_numbers(spec, {}, width));
}

}  // namespace fovea::tools
