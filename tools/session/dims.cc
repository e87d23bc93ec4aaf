#include "tools/session/dims.h"

#include <charconv>

#include "tools/common/error.h"
#include "tools/session/shape.h"

namespace fovea::tools {
namespace {

uint32_t parse_value(const Assignment& assignment) {
  const std::string& text = assignment.value;
  uint32_t value = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  if (result.ec != std::errc() || result.ptr != text.data() + text.size()) {
    throw UsageError(fmt::format("--set {}: '{}' is not a number", assignment.name, text));
  }
  return value;
}

std::string dim_names(const fovea::api::Model& model) {
  std::string result;
  for (uint32_t i = 0; i < model.dim_count(); ++i) {
    const auto dim = model.dim(i);
    if (dim && !dim->derived) result += (result.empty() ? "" : ", ") + std::string(dim->name);
  }
  return result.empty() ? "none" : result;
}

}  // namespace

Assignment parse_assignment(const std::string& text, const char* option) {
  const size_t at = text.find('=');
  if (at == std::string::npos || at == 0 || at + 1 == text.size()) {
    throw UsageError(fmt::format("{}: '{}' is not NAME=VALUE", option, text));
  }
  return {text.substr(0, at), text.substr(at + 1)};
}

void DimValues::set(const std::string& text) {
  const Assignment assignment = parse_assignment(text, "--set");
  const uint32_t value = parse_value(assignment);
  const int32_t dim = file_.model().find_dim(assignment.name.c_str());
  if (dim < 0) {
    fail("{}: has no dim '{}', only: {}", file_.path(), assignment.name, dim_names(file_.model()));
  }
  if (file_.check(file_.model().dim(static_cast<uint32_t>(dim))).derived) {
    fail("{}: dim '{}' follows from others and is not set", file_.path(), assignment.name);
  }
  put(static_cast<uint32_t>(dim), value, "--set");
}

void DimValues::infer(const fovea_tensor& tensor, const Npy& npy, const std::string& path) {
  if (npy.type != static_cast<fovea_type>(tensor.type)) {
    fail("{}: is {}, input '{}' is {}", path, type_name(npy.type), tensor.name,
         type_name(tensor.type));
  }
  if (npy.shape.size() != tensor.rank) misshapen(tensor, npy, path);
  for (uint32_t axis = 0; axis < tensor.rank; ++axis) {
    const uint64_t extent = npy.shape[axis];
    if (tensor.dims[axis] < 0) {
      if (extent != tensor.extents[axis]) misshapen(tensor, npy, path);
      continue;
    }
    const uint32_t factor = extent_factor(file_.model(), tensor, axis);
    if (factor == 0 || extent % factor != 0) misshapen(tensor, npy, path);
    const auto dim = static_cast<uint32_t>(tensor.dims[axis]);
    if (!file_.check(file_.model().dim(dim)).derived) put(dim, extent / factor, path);
  }
}

void DimValues::put(uint32_t index, uint64_t value, const std::string& origin) {
  const fovea_dim dim = file_.check(file_.model().dim(index));
  if (value < 1 || value > dim.max) {
    fail(
        "{}: dim '{}' would be {}, from 1 to {} is possible (`fovea plan --max {}=N` changes that)",
        origin == "--set" ? file_.path() : origin, dim.name, value, dim.max, dim.name);
  }
  const auto [known, added] = values_.try_emplace(index, Value{uint32_t(value), origin});
  if (!added && known->second.value != value) {
    fail("{}: dim '{}' would be {}, but it is {} by {}", origin == "--set" ? file_.path() : origin,
         dim.name, value, known->second.value, known->second.origin);
  }
}

void DimValues::misshapen(const fovea_tensor& tensor, const Npy& npy,
                          const std::string& path) const {
  fail("{}: has shape {}, input '{}' is {}", path, shape_text(npy.shape), tensor.name,
       symbolic_shape(file_.model(), tensor));
}

void DimValues::apply(const Session& session) const {
  for (const auto& [dim, value] : values_) file_.check(session.set_dim(dim, value.value));
}

}  // namespace fovea::tools
