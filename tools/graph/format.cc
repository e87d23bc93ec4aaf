#include "tools/graph/format.h"

#include <cstring>
#include <type_traits>

#include "kernels/formats.h"
#include "runtime/operator.h"
#include "tools/common/error.h"
#include "tools/pack/quantizer.h"

namespace fovea::tools {
namespace {

template <class W>
float nearest(float number) {
  W element;
  kernels::narrow(number, element);
  return kernels::widen(element);
}

template <class W>
void encode(std::span<const float> numbers, std::vector<uint8_t>& bytes) {
  bytes.resize(numbers.size() * sizeof(W));
  for (size_t i = 0; i < numbers.size(); ++i) {
    W element;
    kernels::narrow(numbers[i], element);
    std::memcpy(bytes.data() + i * sizeof element, &element, sizeof element);
  }
}

// What codes of whole bytes stand for has the range of f32.
template <class W>
float nearest_of_codes(float number) {
  if (std::is_same_v<W, kernels::I4>) return half_nearest(number);
  return std::is_same_v<W, kernels::U4> ? minimum_nearest(number) : number;
}

constexpr Format kFormats[] = {
#define FOVEA_FORMAT_CODES(name, Element, type) \
  {#name, schema::DType::type, nearest_of_codes<kernels::Element>, nullptr},
#define FOVEA_FORMAT(name, Element, type) \
  {#name, schema::DType::type, nearest<kernels::Element>, encode<kernels::Element>},
#include "kernels/formats.inc"
#undef FOVEA_FORMAT
};

}  // namespace

const fovea_operator* operator_in(schema::Attributes kind, schema::DType format) {
  for (uint32_t i = 0; i < fovea_all_operators.count; ++i) {
    const fovea_operator* op = fovea_all_operators.items[i];
    if (op->kind == kind && op->format == format) return op;
  }
  return nullptr;
}

std::span<const Format> formats() {
  return kFormats;
}

std::vector<std::string> format_names() {
  std::vector<std::string> names;
  for (const Format& format : kFormats) names.push_back(format.name);
  return names;
}

const Format& format_of(schema::DType type) {
  for (const Format& format : kFormats) {
    if (format.type == type) return format;
  }
  fail("{} is no format of weights", schema::EnumNameDType(type));
}

const Format& format_of(const std::string& name) {
  for (const Format& format : kFormats) {
    if (format.name == name) return format;
  }
  fail("{} is no format of weights", name);
}

}  // namespace fovea::tools
