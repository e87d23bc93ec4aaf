#include "tools/pack/source_reader.h"

#include <algorithm>
#include <cmath>

#include "tools/common/error.h"

namespace fovea::tools {
namespace {

// Pages are given back in steps of this many elements: each step is a system call.
constexpr uint64_t kForgetStep = uint64_t{4} << 20;

}  // namespace

SourceReader::SourceReader(const Checkpoint& checkpoint, const Source& source, uint64_t columns,
                           const Format& format)
    : checkpoint_(checkpoint),
      source_(source),
      format_(format),
      columns_(columns),
      forgotten_(source.parts.size(), 0) {
  for (const Part& part : source.parts) {
    if (!part.tensor.empty()) check_view(part);
  }
}

// Columns, where it has any of its own, are all inside the tensor's rows.
bool SourceReader::has_columns(const View& view) const {
  const uint64_t row = view.row_elements(columns_);
  if (view.columns.empty()) return row == columns_;
  return !view.transposed && view.columns.size() == columns_ &&
         *std::max_element(view.columns.begin(), view.columns.end()) < row;
}

// An order that names a row twice leaves out another, and results would be wrong.
void SourceReader::check_view(const Part& part) const {
  const View& view = part.view;
  const StoredTensor& tensor = checkpoint_.at(part.tensor);
  const uint64_t rows = view.rows > 0 ? view.rows : part.outputs;
  std::vector<bool> taken(view.order.empty() ? 0 : part.outputs);
  const uint64_t row = view.row_elements(columns_);
  bool right = tensor.elements() == view.matrices * rows * row && has_columns(view) &&
               (view.scales == nullptr || view.scales->size() == part.outputs) &&
               view.matrix < view.matrices && part.outputs > 0 && view.block > 0 &&
               view.stride >= view.block && std::isfinite(view.add) && std::isfinite(view.factor) &&
               view.order.size() == taken.size();
  for (const uint32_t output : view.order) {
    right = right && output < taken.size() && !taken[output];
    if (right) taken[output] = true;
  }
  // The last row, by a division that cannot overflow.
  right = right && view.first < rows;
  if (right) {
    const uint64_t last = part.outputs - 1, room = rows - 1 - view.first;
    const uint64_t inside = last % view.block;
    right = inside <= room && last / view.block <= (room - inside) / view.stride;
  }
  if (right) return;
  fail("{}: tensor {} of shape {} has no such rows as its weight is to be made of: {} from {} on",
       checkpoint_.path, part.tensor, shape_text(tensor.shape), part.outputs, view.first);
}

void SourceReader::read(uint64_t first, std::span<float> out) {
  uint64_t row = first;
  for (size_t i = 0; i < source_.parts.size() && !out.empty(); ++i) {
    const uint64_t outputs = source_.parts[i].outputs;
    if (first >= outputs) {
      first -= outputs;
      continue;
    }
    const uint64_t count = std::min<uint64_t>(out.size() / columns_, outputs - first);
    const auto rows = out.first(count * columns_);
    read_part(i, first * columns_, rows);
    scale(row, rows);
    if (!source_.parts[i].tensor.empty()) check(source_.parts[i], first * columns_, rows);
    out = out.subspan(count * columns_);
    row += count;
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
  read_tensor(part, first, out);
  if (part.view.add != 0) {
    for (float& number : out) number += part.view.add;
  }
  if (part.view.factor != 1) {
    for (float& number : out) number *= part.view.factor;
  }
  if (part.view.scales != nullptr) {
    const std::vector<float>& scales = *part.view.scales;
    for (uint64_t i = 0; i < out.size(); ++i) out[i] *= scales[(first + i) / columns_];
  }
  if (part.view.in_order()) forget(index, place(part, first + out.size() - 1) + 1);
}

// `out`: outputs from `row` of the weight on.
void SourceReader::scale(uint64_t row, std::span<float> out) const {
  for (uint64_t i = 0; source_.rows != nullptr && i < out.size(); ++i) {
    out[i] *= (*source_.rows)[row + i / columns_];
  }
  for (uint64_t i = 0; source_.columns != nullptr && i < out.size(); ++i) {
    out[i] *= (*source_.columns)[i % columns_];
  }
}

void SourceReader::check(const Part& part, uint64_t first, std::span<const float> numbers) const {
  const bool exact = format_.type == schema::DType::Float32;  // most files: no call for each number
  for (size_t i = 0; i < numbers.size(); ++i) {
    if (exact && std::isfinite(numbers[i])) continue;
    if (!std::isfinite(numbers[i])) {
      fail("{}: tensor {} holds {} at element {}; weights must be finite numbers", checkpoint_.path,
           part.tensor, std::isnan(numbers[i]) ? "NaN" : "an infinity", place(part, first + i));
    }
    if (!std::isfinite(format_.nearest(numbers[i]))) {
      fail(
          "{}: tensor {} holds {} at element {}, which is too large for {}; convert with --weights "
          "f32",
          checkpoint_.path, part.tensor, numbers[i], place(part, first + i), format_.name);
    }
  }
}

uint64_t SourceReader::place(const Part& part, uint64_t element) const {
  const View& view = part.view;
  const uint64_t row = view.row(element / columns_), k = element % columns_;
  const uint64_t column = view.columns.empty() ? k : view.columns[k];
  const uint64_t rows = view.rows > 0 ? view.rows : part.outputs;
  const uint64_t elements = view.row_elements(columns_);
  return view.matrix * rows * elements +
         (view.transposed ? column * rows + row : row * elements + column);
}

// `first` and `out` are whole outputs.
void SourceReader::read_tensor(const Part& part, uint64_t first, std::span<float> out) const {
  if (part.view.transposed) return read_columns(part, first, out);
  if (!part.view.columns.empty()) return pick_columns(part, first, out);
  const uint64_t step = part.view.contiguous() ? out.size() : columns_;
  for (uint64_t at = 0; at < out.size(); at += step) {
    checkpoint_.read(part.tensor, place(part, first + at), out.subspan(at, step));
  }
}

void SourceReader::pick_columns(const Part& part, uint64_t first, std::span<float> out) const {
  const View& view = part.view;
  std::vector<float> row(view.row_elements(columns_));
  for (uint64_t at = 0; at < out.size(); at += columns_) {
    const uint64_t begin = place(part, first + at) - view.columns[0];
    checkpoint_.read(part.tensor, begin, row);
    for (uint64_t k = 0; k < columns_; ++k) out[at + k] = row[view.columns[k]];
  }
}

// Of each column of a transposed tensor all from the first output to the last at once, unless they
// have an order of their own.
void SourceReader::read_columns(const Part& part, uint64_t first, std::span<float> out) const {
  const View& view = part.view;
  const uint64_t outputs = out.size() / columns_, begin = first / columns_;
  const uint64_t step = view.order.empty() ? outputs : 1;
  const uint64_t span =
      view.order.empty() ? view.row(begin + outputs - 1) - view.row(begin) + 1 : 1;
  std::vector<float> column(span);
  for (uint64_t k = 0; k < columns_; ++k) {
    for (uint64_t i = 0; i < outputs; i += step) {
      checkpoint_.read(part.tensor, place(part, first + i * columns_ + k), column);
      for (uint64_t j = i; j < i + step; ++j) {
        out[j * columns_ + k] = column[view.row(begin + j) - view.row(begin + i)];
      }
    }
  }
}

void SourceReader::forget(size_t part, uint64_t end) {
  if (end < forgotten_[part] + kForgetStep) return;
  checkpoint_.forget(source_.parts[part].tensor, forgotten_[part], end);
  forgotten_[part] = end;
}

}  // namespace fovea::tools
