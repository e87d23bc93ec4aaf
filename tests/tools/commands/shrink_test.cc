// `fovea convert --shrink`: pictures that are larger than the model's images.

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/tools/picture/pictures.h"
#include "tests/tools/program.h"
#include "tools/common/npy.h"
#include "tools/picture/bitmap.h"
#include "tools/picture/resize.h"

namespace fovea::test {
namespace {

using tools::Bitmap;
using Json = nlohmann::json;

// A family's folder, as it is and with --shrink.
struct ShrunkModels : TemporaryFolder {
  ShrunkModels(const std::string& family, uint32_t times) {
    const std::string options = " --quiet " FOVEA_FAMILIES "/" + family + " -o ";
    REQUIRE(fovea("convert" + options + plain).code == 0);
    REQUIRE(fovea("convert --shrink " + std::to_string(times) + options + shrunk).code == 0);
  }
  std::string plain = file("plain.fovea"), shrunk = file("shrunk.fovea");

  std::string array(const std::string& name, const Bitmap& picture) const {
    const uint64_t shape[] = {picture.height, picture.width, picture.channels};
    const std::vector<int32_t> numbers(picture.pixels.begin(), picture.pixels.end());
    tools::write_npy(
        file(name), FOVEA_INT32, shape,
        {reinterpret_cast<const uint8_t*>(numbers.data()), numbers.size() * sizeof(int32_t)});
    return file(name);
  }
  // What a model says to a file.
  static Json labels(const std::string& model, const std::string& path) {
    const Outcome outcome = fovea("classify --json " + model + " " + path);
    REQUIRE_MESSAGE(outcome.code == 0, outcome.err);
    return Json::parse(outcome.out)[0]["labels"];
  }
};

// Whole numbers nearest to the means of squares of pixels, halves up.
Bitmap reduced(const Bitmap& picture, uint32_t times) {
  Bitmap made = {picture.height / times, picture.width / times, picture.channels, {}};
  for (uint32_t line = 0; line < made.height; ++line) {
    for (size_t i = 0; i < made.line(); ++i) {
      const size_t column = i / made.channels * times, channel = i % made.channels;
      uint32_t sum = 0;
      for (uint32_t k = 0; k < times * times; ++k) {
        sum += picture.pixels[(line * times + k / times) * picture.line() +
                              (column + k % times) * made.channels + channel];
      }
      made.pixels.push_back(static_cast<uint8_t>((2 * sum + times * times) / (2 * times * times)));
    }
  }
  return made;
}

Bitmap noise(uint32_t side) {
  Bitmap made = {side, side, 3, {}};
  uint32_t state = 7;
  for (size_t i = 0; i < made.line() * side; ++i) {
    state = state * 1664525 + 1013904223;
    made.pixels.push_back(static_cast<uint8_t>(state >> 24));
  }
  return made;
}

std::string big_endian(uint32_t number) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(number >> shift & 0xFF);
  return bytes;
}

std::string chunk(const std::string& type, const std::string& data) {
  const std::string checked = type + data;
  return big_endian(static_cast<uint32_t>(data.size())) + checked +
         big_endian(fovea_crc32(0, checked.data(), checked.size()));
}

// A PNG file of three channels, not compressed.
std::string png_of(const Bitmap& picture) {
  std::string lines;
  for (uint32_t i = 0; i < picture.height; ++i) {
    const auto line = picture.pixels.begin() + static_cast<ptrdiff_t>(i * picture.line());
    lines += '\0';
    lines.append(line, line + static_cast<ptrdiff_t>(picture.line()));
  }
  const auto size = static_cast<uint32_t>(lines.size());
  std::string packed = {0x78, 0x01, 0x01};
  for (const uint32_t half : {size, ~size}) {
    packed += static_cast<char>(half & 0xFF);
    packed += static_cast<char>(half >> 8 & 0xFF);
  }
  uint32_t a = 1, b = 0;
  for (const char byte : lines) {
    a = (a + static_cast<uint8_t>(byte)) % 65521;
    b = (b + a) % 65521;
  }
  const std::string header =
      big_endian(picture.width) + big_endian(picture.height) + std::string("\x08\x02\0\0\0", 5);
  return "\x89PNG\r\n\x1A\n" + chunk("IHDR", header) +
         chunk("IDAT", packed + lines + big_endian(b << 16 | a)) + chunk("IEND", "");
}

}  // namespace

TEST_CASE("a shrunk model gives the bits of the model that is fed with means of pixels") {
  for (const uint32_t times : {2u, 3u, 16u}) {
    CAPTURE(times);
    const ShrunkModels models("vit-2", times);
    const Bitmap frame = noise(8 * times);
    const std::string large = models.array("large.npy", frame);
    const std::string small = models.array("small.npy", reduced(frame, times));
    const Json found = ShrunkModels::labels(models.shrunk, large);
    CHECK(found == ShrunkModels::labels(models.plain, small));
    CHECK(found != ShrunkModels::labels(models.plain, models.array("other.npy", noise(8))));
    check_refused(fovea("classify " + models.shrunk + " " + small), 1, "small.npy");
  }
}

TEST_CASE("classify resizes pictures to what a shrunk model takes, but a frame of that size") {
  const ShrunkModels models("vit-2", 2);
  const std::string path = picture_path("rgb.png");
  const Bitmap fitted = tools::resized(tools::read_bitmap(path), 16, 16, schema::Filter::Bilinear);
  const std::string small = models.array("small.npy", reduced(fitted, 2));
  CHECK(ShrunkModels::labels(models.shrunk, path) == ShrunkModels::labels(models.plain, small));
}

TEST_CASE("classify takes a frame of a shrunk model's size as it is, although others are cut") {
  const ShrunkModels models("deit-3", 2);
  const Bitmap frame = noise(16);
  const std::string path = models.file("frame.png");
  write_bytes(path, png_of(frame));
  const std::string small = models.array("small.npy", reduced(frame, 2));
  CHECK(ShrunkModels::labels(models.shrunk, path) == ShrunkModels::labels(models.plain, small));
}

TEST_CASE("inspect shows what a shrunk model takes") {
  const ShrunkModels models("vit-2", 3);
  const auto shape_of = [](const std::string& model) {
    return Json::parse(fovea("inspect --json " + model).out)["methods"][0]["inputs"][0]["shape"];
  };
  CHECK(shape_of(models.plain) == Json({"8", "8", "3"}));
  CHECK(shape_of(models.shrunk) == Json({"24", "24", "3"}));
}

TEST_CASE("convert refuses --shrink where there are no pixels, or by no number from 1 to 16") {
  const TemporaryFolder folder;
  const std::string end = " --quiet -o " + folder.file("model.fovea") + " " FOVEA_FAMILIES "/";
  check_refused(fovea("convert --shrink 2" + end + "bert-3"), 2,
                "--shrink is for models that take");
  check_refused(fovea("convert --shrink 2" + end + "vit-1"), 2, "--shrink is for models that take");
  check_refused(fovea("convert --shrink 0" + end + "vit-2"), 2, "--shrink");
  check_refused(fovea("convert --shrink 17" + end + "vit-2"), 2, "--shrink");
}

}  // namespace fovea::test
