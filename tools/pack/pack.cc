#include "tools/pack/pack.h"

#include <algorithm>
#include <vector>

#include "kernels/kernels.h"
#include "runtime/layout.h"
#include "runtime/preamble.h"
#include "tools/common/error.h"
#include "tools/common/progress.h"
#include "tools/pack/source_reader.h"

namespace fovea::tools {
namespace {

using kernels::kPanel;
using schema::Layout;

// A weight as `groups` matrices [outputs, columns] whose panels alternate.
struct Panels {
  uint64_t groups, outputs, columns;
};

Panels panels_of(const schema::WeightT& weight) {
  const auto& shape = weight.shape;
  switch (weight.layout) {
    case Layout::GatedPanels16:
      return {2, shape[1], shape[2]};
    case Layout::GatedRow16:
      return {2, shape[1], 1};
    case Layout::Panels16:
      return {1, shape[0], shape[1]};
    default:
      return {1, shape[0], 1};
  }
}

std::span<const uint8_t> bytes_of(std::span<const float> values) {
  return {reinterpret_cast<const uint8_t*>(values.data()), values.size_bytes()};
}

void pack_panels(SourceReader& reader, const Panels& p, const ByteSink& sink) {
  // A panel is given away in pieces: with few outputs it is many times as large as its tensor.
  constexpr uint64_t kStep = 4096;
  std::vector<float> rows(std::min<uint64_t>(kPanel, p.outputs) * p.columns);
  std::vector<float> panel(kPanel * std::min(kStep, p.columns));
  for (uint64_t first = 0; first < p.outputs; first += kPanel) {
    const uint64_t count = std::min<uint64_t>(kPanel, p.outputs - first);
    for (uint64_t group = 0; group < p.groups; ++group) {
      reader.read(group * p.outputs + first, std::span(rows).first(count * p.columns));
      for (uint64_t start = 0; start < p.columns; start += kStep) {
        const uint64_t step = std::min(kStep, p.columns - start);
        std::fill(panel.begin(), panel.end(), 0.0f);
        for (uint64_t k = 0; k < step; ++k) {
          const float* column = rows.data() + start + k;
          for (uint64_t i = 0; i < count; ++i) panel[k * kPanel + i] = column[i * p.columns];
        }
        sink(bytes_of(std::span(panel).first(step * kPanel)));
      }
    }
  }
}

void pack_plain(SourceReader& reader, uint64_t rows, uint64_t columns, const ByteSink& sink) {
  constexpr uint64_t kStep = uint64_t{1} << 16;
  const uint64_t step = std::max<uint64_t>(1, kStep / columns);
  std::vector<float> values(std::min(step, rows) * columns);
  for (uint64_t first = 0; first < rows; first += step) {
    const auto part = std::span(values).first(std::min(step, rows - first) * columns);
    reader.read(first, part);
    sink(bytes_of(part));
  }
}

}  // namespace

uint64_t place_weights(schema::ModelT& model) {
  Checked offset = 0;
  for (auto& weight : model.weights) {
    const Checked size = weight_bytes(weight->layout, weight->shape.data(),
                                      static_cast<uint32_t>(weight->shape.size()));
    weight->offset = offset.value();
    weight->size = size.value();
    offset = (offset + size).round_up(kFileAlignment);
    if (!size.within(kMaxBytes) || !offset.within(kMaxBytes)) {
      fail("weight {} is too large", weight->name);
    }
  }
  return offset.value();
}

void pack_weight(const Checkpoint& checkpoint, const schema::WeightT& weight, const Source& source,
                 const ByteSink& sink) {
  const uint64_t columns = weight_columns(weight);
  SourceReader reader(checkpoint, source, columns);
  if (weight.layout == Layout::Plain) {
    pack_plain(reader, weight.size / kElementBytes / columns, columns, sink);
  } else {
    pack_panels(reader, panels_of(weight), sink);
  }
}

void pack_weights(const Checkpoint& checkpoint, const Graph& graph, const ByteSink& sink) {
  static constexpr uint8_t kZeros[kFileAlignment] = {};
  uint64_t total = 0, done = 0;
  for (const auto& weight : graph.model.weights) total += weight->size;
  Progress progress("packing", total);
  for (size_t i = 0; i < graph.sources.size(); ++i) {
    const schema::WeightT& weight = *graph.model.weights[i];
    pack_weight(checkpoint, weight, graph.sources[i], [&](std::span<const uint8_t> bytes) {
      sink(bytes);
      progress.update(done += bytes.size());
    });
    sink({kZeros, round_up(weight.size, kFileAlignment) - weight.size});
  }
}

}  // namespace fovea::tools
