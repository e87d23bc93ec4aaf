#include "tools/common/npy_elements.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <string_view>
#include <type_traits>
#include <utility>

#include "tools/checkpoint/half.h"

namespace fovea::tools {
namespace {

struct Half {
  uint16_t bits;
};
struct Bool {
  uint8_t byte;
};

template <typename T>
T load(const uint8_t* bytes, bool swapped) {
  uint8_t copy[sizeof(T)];
  std::memcpy(copy, bytes, sizeof(T));
  if (swapped) std::reverse(copy, copy + sizeof(T));
  T value;
  std::memcpy(&value, copy, sizeof(T));
  return value;
}

// As a number of the language.
float plain(Half half) {
  return from_half(half.bits);
}
uint8_t plain(Bool value) {
  return value.byte != 0;
}
template <typename T>
T plain(T value) {
  return value;
}

// Whether a value is the same as `out`.
template <typename T>
bool exactly(T value, float* out) {
  *out = static_cast<float>(value);
  if constexpr (std::is_floating_point_v<T>) {
    return std::isnan(value) || static_cast<T>(*out) == value;
  } else {
    // The conversion may round up to the first float that T cannot hold.
    const float end = std::ldexp(1.0f, std::numeric_limits<T>::digits);
    return *out < end && static_cast<T>(*out) == value;
  }
}
template <typename T>
bool exactly(T value, int32_t* out) {
  using Limits32 = std::numeric_limits<int32_t>;
  if constexpr (std::is_floating_point_v<T>) {
    const double wide = value;
    if (!(wide >= Limits32::min() && wide <= Limits32::max()) || std::trunc(wide) != wide) {
      return false;
    }
  } else if (std::cmp_less(value, Limits32::min()) || std::cmp_greater(value, Limits32::max())) {
    return false;
  }
  *out = static_cast<int32_t>(value);
  return true;
}
template <typename T>
bool exactly(T value, uint8_t* out) {
  int32_t whole = 0;
  if (!exactly(value, &whole) || whole < 0 || whole > 255) return false;
  *out = static_cast<uint8_t>(whole);
  return true;
}

// For who compares numbers, the nearest will do.
template <typename T>
bool exactly(T value, double* out) {
  *out = static_cast<double>(value);
  return true;
}

template <typename From, typename To>
ConvertedElements convert(std::span<const uint8_t> data, uint64_t count, bool swapped,
                          FortranOrder* order) {
  ConvertedElements result;
  result.data.resize(count * sizeof(To));
  for (uint64_t i = 0; i < count; ++i) {
    const uint64_t at = order == nullptr ? i : order->next();
    const auto value = plain(load<From>(&data[at * sizeof(From)], swapped));
    To out;
    if (!exactly(value, &out)) {
      result.inexact = i;
      result.value = fmt::format("{}", value);
      return result;
    }
    std::memcpy(&result.data[i * sizeof(To)], &out, sizeof(To));
  }
  return result;
}

template <typename To>
ConvertedElements convert_to(const ElementType& type, std::span<const uint8_t> data, uint64_t count,
                             FortranOrder* order) {
  using Convert = ConvertedElements (*)(std::span<const uint8_t>, uint64_t, bool, FortranOrder*);
  static constexpr struct {
    char kind;
    size_t bytes;
    Convert convert;
  } kTypes[] = {{'f', 2, convert<Half, To>},     {'f', 4, convert<float, To>},
                {'f', 8, convert<double, To>},   {'i', 1, convert<int8_t, To>},
                {'i', 2, convert<int16_t, To>},  {'i', 4, convert<int32_t, To>},
                {'i', 8, convert<int64_t, To>},  {'u', 1, convert<uint8_t, To>},
                {'u', 2, convert<uint16_t, To>}, {'u', 4, convert<uint32_t, To>},
                {'u', 8, convert<uint64_t, To>}};
  for (const auto& known : kTypes) {
    if (known.kind != type.kind || known.bytes != type.bytes) continue;
    return known.convert(data, count, type.swapped, order);
  }
  return convert<Bool, To>(data, count, type.swapped, order);
}

}  // namespace

std::string ElementType::name() const {
  if (kind == 'b') return "bool";
  return fmt::format("{}{}", kind == 'f' ? "float" : kind == 'i' ? "int" : "uint", bytes * 8);
}

std::optional<ElementType> element_type(const std::string& descr) {
  constexpr std::string_view kOrders = "<>|=";
  if (descr.size() != 3 || kOrders.find(descr[0]) == kOrders.npos) return {};
  ElementType type;
  type.kind = descr[1];
  type.bytes = static_cast<size_t>(descr[2] - '0');
  const bool little = std::endian::native == std::endian::little;
  type.swapped = descr[0] == (little ? '>' : '<');
  const std::string_view sizes = type.kind == 'f'                       ? "248"
                                 : type.kind == 'i' || type.kind == 'u' ? "1248"
                                 : type.kind == 'b'                     ? "1"
                                                                        : "";
  if (sizes.find(descr[2]) == sizes.npos) return {};
  return type;
}

FortranOrder::FortranOrder(std::span<const uint64_t> shape)
    : shape_(shape.begin(), shape.end()), index_(shape.size(), 0) {
  uint64_t stride = 1;
  for (const uint64_t extent : shape) {
    strides_.push_back(stride);
    stride *= extent;
  }
}

uint64_t FortranOrder::next() {
  const uint64_t result = at_;
  for (size_t axis = shape_.size(); axis-- > 0;) {
    at_ += strides_[axis];
    if (++index_[axis] < shape_[axis]) break;
    at_ -= strides_[axis] * shape_[axis];
    index_[axis] = 0;
  }
  return result;
}

ConvertedElements convert_elements(const ElementType& type, std::span<const uint8_t> data,
                                   std::span<const uint64_t> shape, bool fortran_order,
                                   fovea_type wanted) {
  const uint64_t count = data.size() / type.bytes;
  FortranOrder order(shape);
  FortranOrder* const from = fortran_order && shape.size() > 1 ? &order : nullptr;
  if (wanted == FOVEA_UINT8) return convert_to<uint8_t>(type, data, count, from);
  return wanted == FOVEA_INT32 ? convert_to<int32_t>(type, data, count, from)
                               : convert_to<float>(type, data, count, from);
}

std::vector<double> nearest_numbers(const ElementType& type, std::span<const uint8_t> data,
                                    std::span<const uint64_t> shape, bool fortran_order) {
  const uint64_t count = data.size() / type.bytes;
  FortranOrder order(shape);
  FortranOrder* const from = fortran_order && shape.size() > 1 ? &order : nullptr;
  const ConvertedElements elements = convert_to<double>(type, data, count, from);
  std::vector<double> numbers(count);
  if (count > 0) std::memcpy(numbers.data(), elements.data.data(), count * sizeof(double));
  return numbers;
}

}  // namespace fovea::tools
