// What DeBERTa's scores know of distances: keys and queries that do not depend on the input, so
// that they are made once, for every distance (He et al. 2021).

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "tools/common/error.h"
#include "tools/import/relative.h"
#include "tools/import/weights.h"

namespace fovea::tools {
namespace {

// Of a layer norm: the same for all of DeBERTa's.
void norm_row(std::span<float> row, const std::vector<float>& gain, const std::vector<float>& bias,
              double epsilon) {
  const auto count = static_cast<double>(row.size());
  double mean = 0, variance = 0;
  for (const float x : row) mean += double{x} / count;
  for (const float x : row) variance += (double{x} - mean) * (double{x} - mean) / count;
  const double scale = 1 / std::sqrt(variance + epsilon);
  for (size_t i = 0; i < row.size(); ++i) {
    row[i] =
        static_cast<float>((double{row[i]} - mean) * scale * double{gain[i]} + double{bias[i]});
  }
}

}  // namespace

std::vector<float> Weights::elements(const std::string& name, const std::vector<uint32_t>& shape) {
  const std::string tensor = stored(name);
  check_shape(tensor, shape);
  used_.insert(tensor);
  size_t count = 1;
  for (const uint32_t extent : shape) count *= extent;
  std::vector<float> values(count);
  checkpoint_.read(tensor, 0, values);
  if (!std::all_of(values.begin(), values.end(), [](float x) { return std::isfinite(x); })) {
    fail("{}: tensor {} holds numbers that are not finite", checkpoint_.path, tensor);
  }
  return values;
}

std::shared_ptr<const std::vector<float>> Weights::relative_table(const RelativeSpec& spec,
                                                                  uint32_t width) {
  auto& made = tables_[spec.table];
  if (made != nullptr) return made;
  std::vector<float> table = elements(spec.table + ".weight", {2 * spec.span, width});
  if (!spec.norm.empty()) {
    const std::vector<float> gain = elements(spec.norm + ".weight", {width});
    const std::vector<float> bias = elements(spec.norm + ".bias", {width});
    for (size_t at = 0; at < table.size(); at += width) {
      norm_row(std::span(table).subspan(at, width), gain, bias, spec.epsilon);
    }
  }
  made = std::make_shared<const std::vector<float>>(std::move(table));
  return made;
}

int32_t Weights::relative(const RelativeSpec& spec, const LinearSpec& linear, const Heads& heads,
                          uint32_t width) {
  const uint32_t outputs = heads.count * heads.key_width;
  const std::string tensor = stored(linear.name + ".weight");
  check_shape(tensor, {outputs, width});
  used_.insert(tensor);
  const auto table = relative_table(spec, width);
  std::vector<float> bias(outputs);
  if (linear.bias != Bias::kNone) bias = elements(linear.name + ".bias", {outputs});
  const std::vector<uint32_t> rows = relative_rows(spec, checkpoint_.path);
  const auto generate = [this_checkpoint = &checkpoint_, tensor, table, bias, rows, width](
                            uint64_t first, std::span<float> out) {
    // Whole columns of the table for each output, as `out` is whole heads.
    std::vector<float> line(width);
    std::vector<double> sums(table->size() / width);
    for (uint64_t at = 0; at < out.size(); at += rows.size()) {
      const uint64_t output = (first + at) / rows.size();
      this_checkpoint->read(tensor, output * width, line);
      for (size_t row = 0; row < sums.size(); ++row) {
        const float* x = table->data() + row * width;
        double sum = double{bias[output]};
        for (size_t k = 0; k < width; ++k) sum += double{line[k]} * double{x[k]};
        sums[row] = sum;
      }
      for (size_t c = 0; c < rows.size(); ++c) out[at + c] = static_cast<float>(sums[rows[c]]);
    }
    const bool finite =
        std::all_of(out.begin(), out.end(), [](float x) { return std::isfinite(x); });
    if (!finite) {
      fail("{}: what tensor {} makes of distances is not finite", this_checkpoint->path, tensor);
    }
  };
  schema::WeightT weight;
  weight.name = linear.name + " by distance";
  weight.layout = schema::Layout::Plain;
  weight.shape = {heads.count, heads.key_width, static_cast<uint32_t>(rows.size())};
  return add_weight(graph_, std::move(weight), {{{heads.count, {}, {}, generate}}});
}

}  // namespace fovea::tools
