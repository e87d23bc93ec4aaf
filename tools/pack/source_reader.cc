#include "tools/pack/source_reader.h"

#include <algorithm>
#include <cmath>

#include "tools/common/error.h"

namespace fovea::tools {
namespace {

// Pages are given back in steps of this many elements: each step is a system call.
constexpr uint64_t kForgetStep = uint64_t{4} << 20;

}  // namespace

SourceReader::SourceReader(const Checkpoint& checkpoint, const Source& source,
                           const schema::WeightT& weight)
    : checkpoint_(checkpoint),
      source_(source),
      format_(format_of(weight.dtype)),
      columns_(matrices_of(weight).k.value()),
      forgotten_(source.parts.size(), 0) {}

void SourceReader::read(uint64_t first, std::span<float> out) {
  for (size_t i = 0; i < source_.parts.size() && !out.empty(); ++i) {
    const uint64_t outputs = source_.parts[i].outputs;
    if (first >= outputs) {
      first -= outputs;
      continue;
    }
    const uint64_t count = std::min<uint64_t>(out.size() / columns_, outputs - first);
    read_part(i, first * columns_, out.first(count * columns_));
    out = out.subspan(count * columns_);
    first = 0;
  }
}

void SourceReader::read_part(size_t index, uint64_t first, std::span<float> out) {
  const Part& part = source_.parts[index];
  if (!part.constants.empty()) {
    std::copy_n(part.constants.begin() + static_cast<ptrdiff_t>(first), out.size(), out.begin());
    return;
  }
  if (part.generate) return part.generate(first, out);
  if (part.tensor.empty()) {
    std::fill(out.begin(), out.end(), 0.0f);
    return;
  }
  checkpoint_.read(part.tensor, first, out);
  check(part, first, out);
  forget(index, first + out.size());
}

void SourceReader::check(const Part& part, uint64_t first, std::span<const float> numbers) const {
  for (size_t i = 0; i < numbers.size(); ++i) {
    if (!std::isfinite(numbers[i])) {
      fail("{}: tensor {} holds {} at element {}; weights must be finite numbers", checkpoint_.path,
           part.tensor, std::isnan(numbers[i]) ? "NaN" : "an infinity", first + i);
    }
    if (!std::isfinite(format_.nearest(numbers[i]))) {
      fail(
          "{}: tensor {} holds {} at element {}, which is too large for {}; convert with --weights "
          "f32",
          checkpoint_.path, part.tensor, numbers[i], first + i, format_.name);
    }
  }
}

void SourceReader::forget(size_t part, uint64_t end) {
  if (end < forgotten_[part] + kForgetStep) return;
  checkpoint_.forget(source_.parts[part].tensor, forgotten_[part], end);
  forgotten_[part] = end;
}

}  // namespace fovea::tools
