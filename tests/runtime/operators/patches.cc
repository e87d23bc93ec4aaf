#include "tests/runtime/operators/case.h"

namespace fovea::test {

Cases cases_patches() {
  Cases cases;
  Case& c = cases.emplace_back();
  schema::PatchesT attributes;
  attributes.height = attributes.width = 64;
  attributes.channels = 3;
  attributes.patch = 8;
  const int32_t x = c.copy({1, 64, 64, 3}, {0, -1, -1, -1});
  const int32_t y = c.tensor({1, 64, 192}, {0, -1, -1});
  c.op(attributes, {x}, {y});
  c.output(y);
  c.oracle = [](const Given& g) {
    Doubles y;
    const size_t images = g.inputs[0].size() / (64 * 64 * 3);
    for (size_t patch = 0; patch < images * 64; ++patch) {
      for (size_t i = 0; i < 8 * 8 * 3; ++i) {
        const size_t row = patch % 64 / 8 * 8 + i / 24, column = patch % 8 * 8 + i % 24 / 3;
        y.push_back(g.inputs[0][((patch / 64 * 64 + row) * 64 + column) * 3 + i % 3]);
      }
    }
    return y;
  };
  c.wrong = {{"patch 0", [](auto& o) { o.attributes.AsPatches()->patch = 0; }},
             {"patch 7", [](auto& o) { o.attributes.AsPatches()->patch = 7; }},
             {"patch 16", [](auto& o) { o.attributes.AsPatches()->patch = 16; }},
             {"channels", [](auto& o) { o.attributes.AsPatches()->channels = 0; }},
             {"height", [](auto& o) { o.attributes.AsPatches()->height = 4104; }}};
  return cases;
}

}  // namespace fovea::test
