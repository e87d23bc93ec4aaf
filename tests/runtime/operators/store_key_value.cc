#include "tests/runtime/operators/case.h"

namespace fovea::test {

Cases cases_store_key_value() {
  Cases cases;
  for (Case& c : attention_cases()) {
    c.wrong = {{"heads", [](auto& o) { o.attributes.AsStoreKeyValue()->heads = 0; }},
               {"key width", [](auto& o) { o.attributes.AsStoreKeyValue()->key_width = 31; }},
               {"value width", [](auto& o) { o.attributes.AsStoreKeyValue()->value_width = 0; }}};
    cases.push_back(std::move(c));
  }
  return cases;
}

}  // namespace fovea::test
