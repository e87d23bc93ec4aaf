#include "tests/runtime/operators/case.h"

namespace fovea::test {

Cases cases_rotary() {
  Cases cases;
  for (const bool interleaved : {false, true}) {
    Case& c = cases.emplace_back(interleaved ? "neighbours" : "halves");
    c.add_cache();
    schema::RotaryT attributes;
    attributes.heads = 2;
    attributes.head_width = 64;
    attributes.interleaved = interleaved;
    attributes.cache = interleaved ? 0 : -1;
    const int32_t x = c.rows(128);
    c.op(attributes, {x}, {x}, {c.weight(schema::Layout::Plain, {20})});
    c.output(x);
    c.wrong = {{"heads", [](auto& o) { o.attributes.AsRotary()->heads = 3; }},
               {"head width", [](auto& o) { o.attributes.AsRotary()->head_width = 0; }},
               {"too few pairs",
                [](auto& o) {
                  o.attributes.AsRotary()->heads = 4;
                  o.attributes.AsRotary()->head_width = 32;
                }},
               {"factor", [](auto& o) { o.attributes.AsRotary()->factor = 0; }},
               {"cache", [](auto& o) { o.attributes.AsRotary()->cache = 1; }}};
  }
  return cases;
}

}  // namespace fovea::test
