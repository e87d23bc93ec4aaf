#include "tools/graph/format.h"

#include <cstring>

#include "kernels/formats.h"
#include "runtime/operator.h"
#include "tools/common/error.h"
#include "tools/graph/quantize.h"

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

float same(float number) {
  return number;
}

constexpr Format kFormats[] = {
#define FOVEA_FORMAT_CODES(name, Element, type) {#name, schema::DType::type, same, nullptr},
#define FOVEA_FORMAT(name, Element, type) \
  {#name, schema::DType::type, nearest<kernels::Element>, encode<kernels::Element>},
#include "kernels/formats.inc"
#undef FOVEA_FORMAT
};

bool can_read(schema::Attributes kind, schema::DType format) {
  for (uint32_t i = 0; i < fovea_all_operators.count; ++i) {
    const fovea_operator& op = *fovea_all_operators.items[i];
    if (op.kind == kind && op.format == format) return true;
  }
  return false;
}

bool has_experts(const schema::OperatorT& op) {
  return op.attributes.type == schema::Attributes::GatedExperts ||
         op.attributes.type == schema::Attributes::LinearExperts;
}

// Codes of more columns than an int32 holds the sum of are left to formats of numbers.
bool has_room(const schema::WeightT& weight, const Format& format) {
  return !format.is_codes() || matrices_of(weight).k.value() <= kernels::kMostCodes;
}

}  // namespace

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

void set_format(Graph& graph, const Format& format) {
  std::vector<bool> readable(graph.model.weights.size(), true);
  for (const auto& method : graph.model.methods) {
    for (const auto& op : method->operators) {
      if (has_experts(*op) && !can_read(op->attributes.type, format.type)) {
        fail("{}: experts, most of this model, are kept in f32, f16 or bf16 only", format.name);
      }
      for (size_t slot = 0; slot < op->weights.size(); ++slot) {
        if (op->weights[slot] < 0 || (slot == 0 && can_read(op->attributes.type, format.type))) {
          continue;
        }
        readable[static_cast<size_t>(op->weights[slot])] = false;
      }
    }
  }
  for (size_t i = 0; i < readable.size(); ++i) {
    schema::WeightT& weight = *graph.model.weights[i];
    if (readable[i] && has_room(weight, format)) weight.dtype = format.type;
  }
  for (auto& method : graph.model.methods) quantize_inputs(graph.model, *method);
}

}  // namespace fovea::tools
