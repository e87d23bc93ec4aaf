#include "tools/picture/bitmap.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>

#include "tools/common/error.h"
#include "tools/common/mapped_file.h"
#include "tools/picture/orientation.h"

namespace fovea::tools {
namespace {

constexpr uint64_t kMostPixels = uint64_t{1} << 27;
constexpr std::array<uint8_t, 8> kPng = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
constexpr std::array<uint8_t, 3> kJpeg = {0xFF, 0xD8, 0xFF};

template <size_t count>
bool begins(std::span<const uint8_t> bytes, const std::array<uint8_t, count>& with) {
  return bytes.size() >= count && std::equal(with.begin(), with.end(), bytes.begin());
}

}  // namespace

PictureFormat picture_format(std::span<const uint8_t> bytes) {
  if (begins(bytes, kPng)) return PictureFormat::kPng;
  return begins(bytes, kJpeg) ? PictureFormat::kJpeg : PictureFormat::kNone;
}

bool is_picture(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) return false;
  std::ifstream file(path, std::ios::binary);
  std::array<char, kPng.size()> first = {};
  file.read(first.data(), first.size());
  return picture_format({reinterpret_cast<const uint8_t*>(first.data()),
                         static_cast<size_t>(file.gcount())}) != PictureFormat::kNone;
}

Bitmap blank_bitmap(uint32_t height, uint32_t width, uint32_t channels, const std::string& path) {
  if (height == 0 || width == 0 || uint64_t{height} * width > kMostPixels) {
    fail("{}: a picture of {} x {} pixels; there must be from 1 to {}", path, height, width,
         kMostPixels);
  }
  Bitmap made = {height, width, channels, {}};
  made.pixels.resize(made.line() * height);
  return made;
}

Bitmap read_bitmap(const std::string& path) {
  const MappedFile file(path);
  int orientation = 1;
  switch (picture_format(file.bytes())) {
    case PictureFormat::kPng: {
      const Bitmap made = decode_png(file.bytes(), path, &orientation);
      return turned(made, orientation);
    }
    case PictureFormat::kJpeg: {
      const Bitmap made = decode_jpeg(file.bytes(), path, &orientation);
      return turned(made, orientation);
    }
    case PictureFormat::kNone:
      break;
  }
  fail("{}: is no picture: PNG and JPEG files can be read", path);
}

}  // namespace fovea::tools
