#include "tools/pack/pack.h"

#include <algorithm>
#include <vector>

#include "kernels/layout.h"
#include "runtime/layout.h"
#include "runtime/preamble.h"
#include "tools/common/error.h"
#include "tools/common/progress.h"
#include "tools/graph/format.h"
#include "tools/pack/codes.h"
#include "tools/pack/source_reader.h"

namespace fovea::tools {
namespace {

using kernels::kPanel;

// Takes numbers, which it gives to a sink as elements of a format.
class Elements {
 public:
  Elements(const Format& format, const ByteSink& sink) : format_(format), sink_(sink) {}
  void operator()(std::span<const float> numbers) {
    format_.encode(numbers, bytes_);
    sink_(bytes_);
  }

 private:
  const Format& format_;
  const ByteSink& sink_;
  std::vector<uint8_t> bytes_;
};

// Those of one expert, whose rows begin at `start`.
void pack_panels(SourceReader& reader, const Matrices& p, uint64_t start, Elements& sink) {
  // A panel is given away in pieces: with few outputs it is many times as large as its tensor.
  constexpr uint64_t kStep = 4096;
  const uint64_t columns = p.k.value();
  std::vector<float> rows(std::min(kPanel, p.outputs) * columns);
  std::vector<float> panel(kPanel * std::min(kStep, columns));
  for (uint64_t first = 0; first < p.outputs; first += kPanel) {
    const uint64_t count = std::min<uint64_t>(kPanel, p.outputs - first);
    for (uint64_t group = 0; group < p.group; ++group) {
      reader.read(start + group * p.outputs + first, std::span(rows).first(count * columns));
      for (uint64_t at = 0; at < columns; at += kStep) {
        const uint64_t step = std::min(kStep, columns - at);
        std::fill(panel.begin(), panel.end(), 0.0f);
        for (uint64_t k = 0; k < step; ++k) {
          const float* column = rows.data() + at + k;
          for (uint64_t i = 0; i < count; ++i) panel[k * kPanel + i] = column[i * columns];
        }
        sink(std::span(panel).first(step * kPanel));
      }
    }
  }
}

void pack_plain(SourceReader& reader, const Matrices& p, Elements& sink) {
  constexpr uint64_t kStep = uint64_t{1} << 16;
  const uint64_t columns = p.k.value();
  const uint64_t step = std::max<uint64_t>(1, kStep / columns);
  std::vector<float> values(std::min<uint64_t>(step, p.outputs) * columns);
  for (uint64_t first = 0; first < p.outputs; first += step) {
    const auto part = std::span(values).first(std::min(step, p.outputs - first) * columns);
    reader.read(first, part);
    sink(part);
  }
}

}  // namespace

uint64_t place_weights(schema::ModelT& model) {
  Checked offset = 0;
  for (auto& weight : model.weights) {
    const Checked size = weight_bytes(weight->layout, weight->shape.data(),
                                      static_cast<uint32_t>(weight->shape.size()), weight->dtype);
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
                 const ByteSink& sink, const Codes* chosen) {
  const Matrices matrices = matrices_of(weight);
  const Format& format = format_of(weight.dtype);
  SourceReader reader(checkpoint, source, matrices.k.value(), format);
  if (format.is_codes()) return pack_codes(reader, matrices, weight.dtype, chosen, sink);
  Elements elements(format, sink);
  if (!matrices.in_panels) return pack_plain(reader, matrices, elements);
  const uint64_t rows = uint64_t{matrices.group} * matrices.outputs;
  for (uint64_t e = 0; e < matrices.experts; ++e) pack_panels(reader, matrices, e * rows, elements);
}

void pack_weights(const Checkpoint& checkpoint, const Graph& graph, const ByteSink& sink,
                  const ChosenCodes& chosen) {
  static constexpr uint8_t kZeros[kFileAlignment] = {};
  uint64_t total = 0, done = 0;
  for (const auto& weight : graph.model.weights) total += weight->size;
  Progress progress("packing", total);
  for (size_t i = 0; i < graph.sources.size(); ++i) {
    const schema::WeightT& weight = *graph.model.weights[i];
    const auto found = chosen.find(i);
    const auto take = [&](std::span<const uint8_t> bytes) {
      sink(bytes);
      progress.update(done += bytes.size());
    };
    pack_weight(checkpoint, weight, graph.sources[i], take,
                found == chosen.end() ? nullptr : &found->second);
    sink({kZeros, round_up(weight.size, kFileAlignment) - weight.size});
  }
}

}  // namespace fovea::tools
