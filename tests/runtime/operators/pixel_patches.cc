#include <cmath>

#include "tests/runtime/operators/case.h"

namespace fovea::test {
namespace {

constexpr uint32_t kImageHeight = 48, kImageWidth = 64, kChannels = 3, kPatch = 8;

// Pixels of the image that one of so many times its height and width makes: the nearest whole
// number to a mean, halves up.
Doubles shrunk(const Doubles& x, size_t images, size_t shrink) {
  Doubles y;
  const size_t line = kImageWidth * shrink * kChannels;
  for (size_t row = 0; row < images * kImageHeight; ++row) {
    for (size_t i = 0; i < kImageWidth * kChannels; ++i) {
      const size_t first = row * shrink * line + i / kChannels * shrink * kChannels + i % kChannels;
      double sum = 0;
      for (size_t k = 0; k < shrink * shrink; ++k) {
        sum += x[first + k / shrink * line + k % shrink * kChannels];
      }
      y.push_back(std::floor(sum / static_cast<double>(shrink * shrink) + 0.5));
    }
  }
  return y;
}

void add_pixel_patches(Cases& cases, uint32_t shrink) {
  Case& c = cases.emplace_back("shrink " + std::to_string(shrink));
  schema::PixelPatchesT attributes;
  attributes.height = kImageHeight;
  attributes.width = kImageWidth;
  attributes.channels = kChannels;
  attributes.patch = kPatch;
  attributes.shrink = shrink;
  const int32_t x = c.input({1, kImageHeight * shrink, kImageWidth * shrink, kChannels},
                            {0, -1, -1, -1}, schema::DType::UInt8);
  const int32_t y = c.tensor({1, 48, 192}, {0, -1, -1});
  c.op(
      attributes, {x}, {y},
      {c.weight(schema::Layout::Plain, {kChannels}), c.weight(schema::Layout::Plain, {kChannels})});
  c.output(y);
  c.oracle = [shrink](const Given& g) {
    Doubles y;
    const size_t images =
        g.inputs[0].size() / (kImageHeight * kImageWidth * kChannels * shrink * shrink);
    const Doubles pixels = shrunk(g.inputs[0], images, shrink);
    for (size_t patch = 0; patch < images * 48; ++patch) {
      for (size_t i = 0; i < 8 * 8 * 3; ++i) {
        const size_t row = patch % 48 / 8 * 8 + i / 24, column = patch % 8 * 8 + i % 24 / 3;
        const double pixel = pixels[((patch / 48 * 48 + row) * 64 + column) * 3 + i % 3];
        y.push_back(pixel * g.weights[0][i % 3] + g.weights[1][i % 3]);
      }
    }
    return y;
  };
  const auto with = [](auto change) {
    return [change](schema::OperatorT& o) { change(*o.attributes.AsPixelPatches()); };
  };
  c.wrong = {{"patch 0", with([](auto& a) { a.patch = 0; }), "patch"},
             {"patch 7", with([](auto& a) { a.patch = 7; })},
             {"patch 16", with([](auto& a) { a.patch = 16; })},
             {"channels 0", with([](auto& a) { a.channels = 0; })},
             {"channels 4", with([](auto& a) { a.channels = 4; })},
             {"height", with([](auto& a) { a.height = 4104; })},
             {"shrink 0", with([](auto& a) { a.shrink = 0; }), "shrink"},
             {"shrink 17", with([](auto& a) { a.shrink = 17; }), "shrink"},
             {"a square that is no number", with([](auto& a) { a.shrink = 1u << 31; }), "shrink"},
             {"another shrink", with([shrink](auto& a) { a.shrink = shrink == 4 ? 5 : 4; })}};
}

}  // namespace

Cases cases_pixel_patches() {
  Cases cases;
  for (const uint32_t shrink : {1u, 2u, 3u, 16u}) add_pixel_patches(cases, shrink);
  return cases;
}

}  // namespace fovea::test
