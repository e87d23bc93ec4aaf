#include "tools/checkpoint/describe.h"

#include <algorithm>
#include <string_view>

#include "tools/checkpoint/llama2c.h"
#include "tools/checkpoint/safetensors.h"

namespace fovea::tools {
namespace {

using namespace std::string_view_literals;

struct Kind {
  size_t offset;
  std::string_view magic;
  const char* words;
};
constexpr Kind kKinds[] = {
    {0, "\211FOVEA\r\n"sv, "a .fovea file, which is converted already"},
    {0, "GGUF"sv, "a GGUF file"},
    {0, "PK\x03\x04"sv, "a zip archive (a PyTorch pickle?)"},
    {0, "\x80\x02"sv, "a Python pickle"},
    {0, "\x93NUMPY"sv, "a NumPy array"},
    {0, "\x89HDF"sv, "an HDF5 file"},
    {0, "\x1f\x8b"sv, "a gzip archive"},
    {0, "\177ELF"sv, "a program"},
    {0, "\x89PNG"sv, "a PNG image"},
    {0, "RIFF"sv, "a WAV or similar file"},
    {0, "version https://git-lfs"sv, "a git-lfs pointer to a file that was not fetched"},
    {0, "<!DOCTYPE"sv, "a web page"},
    {0, "<html"sv, "a web page"},
    {4, "TFL3"sv, "a TensorFlow Lite file"},
};

bool is_text(std::span<const uint8_t> bytes) {
  const auto start = bytes.first(std::min<size_t>(bytes.size(), 512));
  return std::all_of(start.begin(), start.end(), [](uint8_t c) {
    // Bytes that UTF-8 never has.
    if (c == 0x7f || c == 0xc0 || c == 0xc1 || c >= 0xf5) return false;
    return c >= 0x20 || c == '\n' || c == '\r' || c == '\t';
  });
}

// Field 1 (the version of the intermediate representation) as a small varint, then the producer
// or the graph.
bool looks_like_onnx(std::span<const uint8_t> bytes) {
  return bytes.size() > 4 && bytes[0] == 0x08 && bytes[1] >= 1 && bytes[1] <= 20 &&
         (bytes[2] == 0x12 || bytes[2] == 0x1a || bytes[2] == 0x22 || bytes[2] == 0x3a ||
          bytes[2] == 0x42);
}

}  // namespace

std::string describe(std::span<const uint8_t> bytes) {
  if (bytes.empty()) return "an empty file";
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  for (const Kind& kind : kKinds) {
    if (text.size() > kind.offset && text.substr(kind.offset).starts_with(kind.magic)) {
      return kind.words;
    }
  }
  if (looks_like_safetensors(bytes)) return "a safetensors file";
  if (looks_like_llama2c(bytes)) return "";
  if (looks_like_onnx(bytes)) return "an ONNX file";
  if (is_text(bytes)) return bytes[0] == '{' ? "a JSON file" : "a text file";
  return "no kind of model file known here";
}

}  // namespace fovea::tools
