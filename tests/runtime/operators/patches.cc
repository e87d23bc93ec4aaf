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
  c.wrong = {{"patch 0", [](auto& o) { o.attributes.AsPatches()->patch = 0; }},
             {"patch 7", [](auto& o) { o.attributes.AsPatches()->patch = 7; }},
             {"patch 16", [](auto& o) { o.attributes.AsPatches()->patch = 16; }},
             {"channels", [](auto& o) { o.attributes.AsPatches()->channels = 0; }},
             {"height", [](auto& o) { o.attributes.AsPatches()->height = 4104; }}};
  return cases;
}

}  // namespace fovea::test
