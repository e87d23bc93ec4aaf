#include "tools/session/seen.h"

#include "runtime/frame.h"
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
  return values_of(frame.rows(frame.method->operators()->Get(index)->inputs()->Get(0)));
}

}  // namespace fovea::tools
