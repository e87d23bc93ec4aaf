#include "tests/support/onnx_case.h"

#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "kernels/formats.h"

namespace fovea::test {
namespace {

// A protobuf message, field after field. These files are ours to trust: what does not fit throws.
class Message {
 public:
  explicit Message(const std::string& bytes) : bytes_(bytes) {}

  // Goes to the next field, which is a number or bytes.
  bool next() {
    if (at_ == bytes_.size()) return false;
    const uint64_t key = varint();
    field = key >> 3;
    const bool is_bytes = (key & 7) == 2;
    if (!is_bytes && (key & 7) != 0) throw std::runtime_error("a field of another kind");
    number = varint();
    text.clear();
    if (is_bytes) {
      text = bytes_.substr(at_, number);
      if (text.size() != number) throw std::runtime_error("bytes past the end");
      at_ += number;
    }
    return true;
  }

  uint64_t field = 0, number = 0;
  std::string text;

 private:
  uint64_t varint() {
    uint64_t value = 0;
    for (int shift = 0;; shift += 7) {
      const auto byte = static_cast<unsigned char>(bytes_.at(at_++));
      value |= uint64_t{byte & 0x7Fu} << shift;
      if (byte < 0x80) return value;
    }
  }

  const std::string& bytes_;
  size_t at_ = 0;
};

template <class T, class F>
std::vector<float> convert(const std::string& raw, const F& f) {
  std::vector<float> values(raw.size() / sizeof(T));
  for (size_t i = 0; i < values.size(); ++i) {
    T element;
    std::memcpy(&element, raw.data() + i * sizeof(T), sizeof(T));
    values[i] = f(element);
  }
  return values;
}

// A TensorProto (onnx.proto): dims 1, data_type 2, name 8, raw_data 9.
OnnxTensor parse(const std::string& bytes, std::string* name) {
  OnnxTensor tensor;
  std::string raw;
  uint64_t type = 0;
  for (Message m(bytes); m.next();) {
    if (m.field == 1) tensor.shape.push_back(static_cast<uint32_t>(m.number));
    if (m.field == 2) type = m.number;
    if (m.field == 8) *name = m.text;
    if (m.field == 9) raw = m.text;
  }
  switch (type) {
    case 1:
      tensor.type = OnnxTensor::kFloat;
      tensor.values = convert<float>(raw, [](float x) { return x; });
      break;
    case 7:
      tensor.type = OnnxTensor::kInt64;
      tensor.values = convert<int64_t>(raw, [](int64_t x) { return static_cast<float>(x); });
      break;
    case 9:
      tensor.type = OnnxTensor::kBool;
      tensor.values = convert<uint8_t>(raw, [](uint8_t x) { return x == 0 ? 0.0f : 1.0f; });
      break;
    case 10:
      tensor.type = OnnxTensor::kHalf;
      tensor.values =
          convert<uint16_t>(raw, [](uint16_t x) { return kernels::widen(kernels::F16{x}); });
      break;
    default:
      throw std::runtime_error("elements of another type");
  }
  return tensor;
}

}  // namespace

std::map<std::string, OnnxTensor> read_onnx_case(const std::string& folder) {
  std::map<std::string, OnnxTensor> tensors;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    std::string name;
    OnnxTensor tensor = parse(bytes, &name);
    size_t count = 1;
    for (const uint32_t extent : tensor.shape) count *= extent;
    if (tensor.values.size() != count) throw std::runtime_error("numbers that do not fit a shape");
    tensors[name] = std::move(tensor);
  }
  return tensors;
}

}  // namespace fovea::test
