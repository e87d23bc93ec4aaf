#include "tests/runtime/operators/case.h"

namespace fovea::test {

Cases cases_select_token() {
  Cases cases;
  for (const int i : {0, 1, 2, 3}) {
    const bool packed = i > 1;
    const auto choice = i % 2 == 0 ? schema::TokenChoice::Last : schema::TokenChoice::Index;
    Case& c = cases.emplace_back(schema::EnumNameTokenChoice(choice));
    if (packed) c.pack();
    schema::SelectTokenT attributes;
    attributes.choice = choice;
    const int32_t x = c.rows(2100), y = c.tensor({1, 2100}, {0, -1});
    c.op(attributes, {x}, {y});
    c.output(y);
    c.oracle = [choice](const Given& g) {
      Doubles y;
      for (const Sequence& s : g.sequences) {
        const size_t row = s.first + (choice == schema::TokenChoice::Last ? s.rows - 1 : 0);
        for (size_t i = 0; i < 2100; ++i) {
          y.push_back(s.rows == 0 ? 0 : g.inputs[0][row * 2100 + i]);
        }
      }
      return y;
    };
    c.wrong = {
        {"choice", [](auto& o) { o.attributes.AsSelectToken()->choice = schema::TokenChoice(2); }}};
    if (packed) continue;  // then a sequence without the token gives zeros
    c.wrong.push_back({"index", [](auto& o) {
                         o.attributes.AsSelectToken()->choice = schema::TokenChoice::Index;
                         o.attributes.AsSelectToken()->index = 1;  // of one token
                       }});
  }
  return cases;
}

}  // namespace fovea::test
