// Pictures as Pillow reads and resizes them.

#include "tools/picture/bitmap.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <random>

#include "tests/support/temporary_folder.h"
#include "tests/tools/picture/pictures.h"
#include "tools/common/error.h"
#include "tools/picture/fit.h"
#include "tools/picture/orientation.h"
#include "tools/picture/resize.h"

namespace fovea::tools {
namespace {

using test::picture_path;
using test::PictureReference;
using test::TemporaryFolder;

std::string bytes_of(const std::string& name) {
  std::ifstream file(picture_path(name), std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// The largest difference of two pictures of one shape.
int difference(const Bitmap& made, const PictureReference& reference, const std::string& name) {
  const std::vector<uint32_t> shape = reference.shape(name);
  REQUIRE_MESSAGE(made.height == shape[0], name);
  REQUIRE_MESSAGE(made.width == shape[1], name);
  REQUIRE_MESSAGE(made.channels == shape[2], name);
  const std::vector<float> wanted = reference.numbers(name);
  int most = 0;
  for (size_t i = 0; i < wanted.size(); ++i) {
    most = std::max(most, std::abs(int{made.pixels[i]} - static_cast<int>(wanted[i])));
  }
  return most;
}

std::string complaint(const std::string& bytes) {
  const TemporaryFolder folder;
  const std::string path = folder.file("x.png");
  test::write_bytes(path, bytes);
  try {
    read_bitmap(path);
  } catch (const InputError& error) {
    const std::string text = error.what();
    CHECK(text.find('\n') == std::string::npos);
    CHECK(text.find("x.png: ") != std::string::npos);
    return text;
  }
  return {};
}

}  // namespace

TEST_CASE("pictures of all forms have the pixels that Pillow gives them") {
  const PictureReference reference;
  size_t count = 0;
  for (const std::string& name : reference.names()) {
    if (name.find(' ') != std::string::npos) continue;
    ++count;
    CHECK(is_picture(picture_path(name)));
    CHECK_MESSAGE(difference(read_bitmap(picture_path(name)), reference, name) == 0, name);
  }
  CHECK(count == 17);
}

TEST_CASE("resized pictures have the pixels that Pillow gives them") {
  const PictureReference reference;
  const Bitmap picture = read_bitmap(picture_path("rgb.png"));
  const char* names[] = {"nearest", "lanczos", "bilinear", "bicubic", "box", "hamming"};
  constexpr uint32_t kSizes[][2] = {{9, 13}, {37, 20}, {18, 46}, {6, 23}, {18, 5}, {2, 2}};
  for (uint8_t filter = 0; filter < 6; ++filter) {
    for (const auto& [height, width] : kSizes) {
      const std::string name = fmt::format("rgb.png {} {}x{}", names[filter], height, width);
      const Bitmap made = resized(picture, height, width, static_cast<schema::Filter>(filter));
      CHECK_MESSAGE(difference(made, reference, name) == 0, name);
    }
  }
  const Bitmap same = resized(picture, picture.height, picture.width, schema::Filter::Lanczos);
  CHECK(same.pixels == picture.pixels);
}

TEST_CASE("what is cut from the middle, and what lies around it") {
  const Bitmap picture = {3, 4, 1, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}};
  CHECK(middle_of(picture, 1, 2).pixels == std::vector<uint8_t>{6, 7});
  CHECK(middle_of(picture, 2, 3).pixels == std::vector<uint8_t>{1, 2, 3, 5, 6, 7});
  CHECK(middle_of(picture, 1, 7).pixels == std::vector<uint8_t>{0, 0, 5, 6, 7, 8, 0});
  CHECK(middle_of(picture, 6, 1).pixels == std::vector<uint8_t>{0, 0, 2, 6, 10, 0});
}

TEST_CASE("damaged pictures are refused by one line") {
  const std::string png = bytes_of("rgb.png"), jpeg = bytes_of("fine.jpg");
  CHECK(complaint("no picture").find("is no picture") != std::string::npos);
  CHECK(!complaint("").empty());
  CHECK(complaint(bytes_of("inks.jpg")).find("CMYK") != std::string::npos);
  for (const std::string& whole : {png, jpeg}) {
    for (size_t size = 8; size<whole.size(); size += whole.size()> 1200 ? 97 : 53) {
      const std::string said = complaint(whole.substr(0, size));
      CHECK_MESSAGE(said.find("is a damaged") != std::string::npos, size, ' ', said);
    }
  }
  std::string large = png;
  large[16] = large[20] = 0;
  large[17] = large[21] = 0x0F;  // a million lines and columns
  CHECK(!complaint(large).empty());
}

TEST_CASE("no damage does worse than a refusal") {
  std::mt19937 random(5);
  for (const char* name : {"rgb.png", "clear.png", "palette.png", "wide.png", "fine.jpg",
                           "turn6.jpg", "grey.jpg", "turned.png"}) {
    const std::string whole = bytes_of(name);
    for (int i = 0; i < 300; ++i) {
      std::string bytes = whole;
      for (int k = 0; k < 3; ++k) bytes[random() % bytes.size()] = static_cast<char>(random());
      complaint(bytes);
    }
  }
}

TEST_CASE("an EXIF block that is cut off or lies says nothing") {
  const std::string whole("MM\0*\0\0\0\x08\0\1\x01\x12\0\3\0\0\0\1\0\6\0\0\0\0\0\0", 26);
  const auto said = [](const std::string& bytes) {
    return exif_orientation({reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()});
  };
  CHECK(said(whole) == 6);
  for (size_t size = 0; size < 20; ++size) CHECK(said(whole.substr(0, size)) == 1);
  std::string changed = whole;
  changed[19] = 9;
  CHECK(said(changed) == 1);
  changed = whole;
  changed[0] = changed[1] = 'N';
  CHECK(said(changed) == 1);
  changed = whole;
  changed[4] = changed[5] = changed[6] = changed[7] = static_cast<char>(0xFF);
  CHECK(said(changed) == 1);
}

TEST_CASE("pictures that do not fit are refused by one line") {
  const auto refused = [](Bitmap picture, const schema::PictureT* recipe, PixelSize size) {
    flatbuffers::FlatBufferBuilder builder;
    if (recipe != nullptr) builder.Finish(schema::Picture::Pack(builder, recipe));
    const auto* table = recipe == nullptr
                            ? nullptr
                            : flatbuffers::GetRoot<schema::Picture>(builder.GetBufferPointer());
    try {
      fitted(std::move(picture), table, size, "a.png", "m.fovea");
    } catch (const InputError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  const Bitmap picture = {2, 4, 1, std::vector<uint8_t>(8)};
  CHECK(refused(picture, nullptr, {2, 4, 1}).empty());
  CHECK(refused(picture, nullptr, {2, 4, 3}).empty());
  CHECK(refused(picture, nullptr, {2, 4, 2}) == "a.png: has 1 channels, the model takes 2");
  CHECK(refused(picture, nullptr, {2, 2, 1}).find("2 x 4 pixels") != std::string::npos);
  schema::PictureT recipe;
  recipe.resize = schema::Resize::ShortestEdge;
  recipe.height = 3;
  CHECK(refused(picture, &recipe, {3, 6, 1}).empty());
  CHECK(refused(picture, &recipe, {3, 5, 1}).find("does not cut") != std::string::npos);
  recipe.crops = true;
  CHECK(refused(picture, &recipe, {3, 5, 1}).empty());
  recipe.height = 1u << 14;
  CHECK(refused(picture, &recipe, {3, 5, 1}).find("32768") != std::string::npos);
  recipe.height = 0;
  CHECK(!refused(picture, &recipe, {3, 5, 1}).empty());
  recipe.height = 3;
  recipe.filter = static_cast<schema::Filter>(6);
  CHECK(refused(picture, &recipe, {3, 5, 1}).find("m.fovea: ") == 0);
}

}  // namespace fovea::tools
