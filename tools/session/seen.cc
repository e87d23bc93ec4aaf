#include "tools/session/seen.h"

#include <cstring>

#include "kernels/layout.h"
#include "runtime/frame.h"
#include "runtime/layout.h"
#include "runtime/session.h"

namespace fovea::tools {
namespace {

std::vector<float> values_of(const Rows& rows) {
  std::vector<float> values;
  for (uint32_t row = 0; row < rows.rows; ++row) {
    const float* begin = rows.f32() + row * rows.stride;
    values.insert(values.end(), begin, begin + rows.width);
  }
  return values;
}

// What codes of a matrix's format stand for.
std::vector<float> decoded(const Rows& rows, const schema::Weight& weight) {
  const uint32_t columns = columns_of(weight);
  const bool is_signed = is_in_groups(weight.dtype());
  std::vector<float> values;
  for (uint32_t row = 0; row < rows.rows; ++row) {
    const int32_t* words = rows.i32() + row * rows.stride;
    float unit;
    std::memcpy(&unit, words + kernels::code_words(columns), sizeof unit);
    const auto* codes = reinterpret_cast<const uint8_t*>(words);
    for (uint32_t i = 0; i < columns; ++i) {
      const int code = is_signed ? static_cast<int8_t>(codes[i]) : codes[i] - 128;
      values.push_back(static_cast<float>(code) * unit);
    }
  }
  return values;
}

}  // namespace

std::optional<Seen> first_output(const fovea_session& session, uint32_t method, uint32_t index) {
  const Frame frame = frame_of(session, method);
  const auto* outputs = frame.method->operators()->Get(index)->outputs();
  if (size_of(outputs) == 0) return std::nullopt;
  const schema::Tensor* tensor = frame.tensor(outputs->Get(0));
  if (tensor->dtype() != schema::DType::Float32) return std::nullopt;
  Seen seen;
  for (uint32_t i = 0; i < tensor->extents()->size(); ++i) {
    seen.shape.push_back(frame.extent(tensor, i));
  }
  seen.values = values_of(frame.rows(outputs->Get(0)));
  return seen;
}

std::vector<float> first_input(const fovea_session& session, uint32_t method, uint32_t index) {
  const Frame frame = frame_of(session, method);
  const schema::Operator* op = frame.method->operators()->Get(index);
  const Rows rows = frame.rows(op->inputs()->Get(0));
  const schema::Tensor* tensor = frame.tensor(op->inputs()->Get(0));
  if (tensor->dtype() == schema::DType::Float32) return values_of(rows);
  return decoded(rows, *frame.model->weights()->Get(static_cast<uint32_t>(op->weights()->Get(0))));
}

}  // namespace fovea::tools
