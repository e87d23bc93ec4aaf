#include "tools/picture/fit.h"

#include <algorithm>
#include <cstring>

#include "tools/common/error.h"
#include "tools/picture/resize.h"

namespace fovea::tools {
namespace {

constexpr uint32_t kMostSide = 1u << 14;  // of what a picture is resized to

void expect_side(uint64_t side, const std::string& path) {
  if (side >= 1 && side <= kMostSide) return;
  fail("{}: would be {} pixels long or wide before it is cut; from 1 to {} can be made", path, side,
       kMostSide);
}

Bitmap resized_as(const schema::Picture& recipe, const Bitmap& picture, const std::string& path,
                  const std::string& model) {
  if (recipe.resize() > schema::Resize::MAX || recipe.filter() > schema::Filter::MAX) {
    fail("{}: resizes pictures in a way that this fovea does not know", model);
  }
  uint64_t height = recipe.height(), width = recipe.width();
  if (recipe.resize() == schema::Resize::None) return picture;
  if (recipe.resize() == schema::Resize::ShortestEdge) {
    const uint32_t edge = recipe.height();
    const uint32_t less = std::min(picture.height, picture.width);
    const uint32_t more = std::max(picture.height, picture.width);
    const uint64_t longer = uint64_t{edge} * more / less;
    height = picture.width <= picture.height ? longer : edge;
    width = picture.width <= picture.height ? edge : longer;
  }
  expect_side(height, path);
  expect_side(width, path);
  return resized(picture, static_cast<uint32_t>(height), static_cast<uint32_t>(width),
                 recipe.filter());
}

// Three equal channels of one.
Bitmap with_channels(Bitmap picture, uint32_t channels, const std::string& path) {
  if (picture.channels == channels) return picture;
  if (picture.channels != 1 || channels != 3) {
    fail("{}: has {} channels, the model takes {}", path, picture.channels, channels);
  }
  Bitmap made = {picture.height, picture.width, channels, {}};
  made.pixels.reserve(made.line() * made.height);
  for (const uint8_t grey : picture.pixels) made.pixels.insert(made.pixels.end(), channels, grey);
  return made;
}

// Where what is cut begins in a picture, and where it is put.
struct Span {
  uint32_t from, to, count;
};

Span middle(uint32_t has, uint32_t takes) {
  if (has >= takes) return {(has - takes) / 2, 0, takes};
  return {0, (takes - has + 1) / 2, has};
}

}  // namespace

Bitmap middle_of(const Bitmap& picture, uint32_t height, uint32_t width) {
  Bitmap made = {height, width, picture.channels, {}};
  made.pixels.resize(made.line() * height);
  const Span lines = middle(picture.height, height), columns = middle(picture.width, width);
  for (uint32_t i = 0; i < lines.count; ++i) {
    std::memcpy(
        &made.pixels[(lines.to + i) * made.line() + size_t{columns.to} * made.channels],
        &picture
             .pixels[(lines.from + i) * picture.line() + size_t{columns.from} * picture.channels],
        size_t{columns.count} * made.channels);
  }
  return made;
}

Bitmap fitted(Bitmap picture, const schema::Picture* recipe, const PixelSize& size,
              const std::string& path, const std::string& model) {
  Bitmap made = with_channels(std::move(picture), size.channels, path);
  if (recipe != nullptr) made = resized_as(*recipe, made, path, model);
  if (recipe != nullptr && recipe->crops()) made = middle_of(made, size.height, size.width);
  if (made.height == size.height && made.width == size.width) return made;
  fail("{}: has {} x {} pixels (height, width), the model takes {} x {}{}", path, made.height,
       made.width, size.height, size.width,
       recipe == nullptr ? " and does not say how pictures are resized" : " and does not cut them");
}

}  // namespace fovea::tools
