#include "tests/runtime/operators/case.h"

namespace fovea::test {

Cases cases_pixel_patches() {
  Cases cases;
  Case& c = cases.emplace_back();
  schema::PixelPatchesT attributes;
  attributes.height = 48;
  attributes.width = 64;
  attributes.channels = 3;
  attributes.patch = 8;
  const int32_t x = c.input({1, 48, 64, 3}, {0, -1, -1, -1}, schema::DType::UInt8);
  const int32_t y = c.tensor({1, 48, 192}, {0, -1, -1});
  c.op(attributes, {x}, {y},
       {c.weight(schema::Layout::Plain, {3}), c.weight(schema::Layout::Plain, {3})});
  c.output(y);
  c.oracle = [](const Given& g) {
    Doubles y;
    const size_t images = g.inputs[0].size() / (48 * 64 * 3);
    for (size_t patch = 0; patch < images * 48; ++patch) {
      for (size_t i = 0; i < 8 * 8 * 3; ++i) {
        const size_t row = patch % 48 / 8 * 8 + i / 24, column = patch % 8 * 8 + i % 24 / 3;
        const double pixel = g.inputs[0][((patch / 48 * 48 + row) * 64 + column) * 3 + i % 3];
        y.push_back(pixel * g.weights[0][i % 3] + g.weights[1][i % 3]);
      }
    }
    return y;
  };
  c.wrong = {{"patch 0", [](auto& o) { o.attributes.AsPixelPatches()->patch = 0; }, "patch"},
             {"patch 7", [](auto& o) { o.attributes.AsPixelPatches()->patch = 7; }},
             {"patch 16", [](auto& o) { o.attributes.AsPixelPatches()->patch = 16; }},
             {"channels 0", [](auto& o) { o.attributes.AsPixelPatches()->channels = 0; }},
             {"channels 4", [](auto& o) { o.attributes.AsPixelPatches()->channels = 4; }},
             {"height", [](auto& o) { o.attributes.AsPixelPatches()->height = 4104; }}};
  return cases;
}

}  // namespace fovea::test
