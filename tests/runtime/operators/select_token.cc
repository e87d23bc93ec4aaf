#include "tests/runtime/operators/case.h"

namespace fovea::test {

Cases cases_select_token() {
  Cases cases;
  for (const auto choice : {schema::TokenChoice::Last, schema::TokenChoice::Index}) {
    Case& c = cases.emplace_back(schema::EnumNameTokenChoice(choice));
    schema::SelectTokenT attributes;
    attributes.choice = choice;
    const int32_t x = c.rows(2100), lengths = c.lengths(), y = c.tensor({1, 2100}, {0, -1});
    c.op(attributes, {x, lengths}, {y});
    c.output(y);
    c.wrong = {
        {"choice", [](auto& o) { o.attributes.AsSelectToken()->choice = schema::TokenChoice(2); }},
        {"index", [](auto& o) {
           o.attributes.AsSelectToken()->choice = schema::TokenChoice::Index;
           o.attributes.AsSelectToken()->index = kCaseTokens;
         }}};
  }
  return cases;
}

}  // namespace fovea::test
