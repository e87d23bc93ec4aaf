// Attributes of attention that are refused.

#include <cmath>

#include "tests/runtime/operators/attention_use.h"

namespace fovea::test {

namespace {

using Attributes = schema::AttentionT;

Wrong wrong_value(const std::string& what, const std::string& named, void (*change)(Attributes&)) {
  return {what, [change](auto& o) { change(*o.attributes.AsAttention()); }, named};
}

void add_wrong_scoring(Case& c) {
  const auto add = [&](const std::string& what, const std::string& named,
                       void (*change)(schema::ScoringT&)) {
    c.wrong.push_back({what, [change](auto& o) { change(*o.attributes.AsAttention()->scoring); },
                       "scoring." + named});
  };
  add("soft cap below 0", "soft_cap", [](auto& s) { s.soft_cap = -1; });
  add("soft cap NaN", "soft_cap", [](auto& s) { s.soft_cap = NAN; });
  add("soft cap infinite", "soft_cap", [](auto& s) { s.soft_cap = INFINITY; });
  add("kept without a window", "kept", [](auto& s) { s.before = UINT32_MAX, s.kept = 1; });
  add("kept past the keys", "kept", [](auto& s) { s.before = 1, s.kept = 1000; });
  add("kinds without pairs", "pairs_of", [](auto& s) { s.pairs_of = {0}; });
  if (c.method().operators.back()->attributes.AsAttention()->causal) {
    add("a window after a causal query", "after", [](auto& s) { s.after = 1; });
  }
  c.wrong.push_back(wrong_value("no scoring", "", [](auto& a) { a.scoring = nullptr; }));
  const auto& op = *c.method().operators.back();
  for (size_t i = 0; i < op.weights.size(); ++i) {
    c.wrong.push_back(
        {"another weight's shape", [=](auto& o) { o.weights[i] = o.weights[i == 1 ? 0 : 1]; }});
  }
  if (!op.weights.empty()) {
    const auto even = static_cast<int32_t>(c.model.weights.size() - 1);
    c.wrong.push_back({"an even number of distances", [=](auto& o) { o.weights[1] = even; }});
    c.wrong.push_back({"distances as pairs", [](auto& o) {
                         o.weights.resize(5, -1);
                         o.weights.push_back(o.weights[1]);
                       }});
    if (op.weights.size() > 3) {
      c.wrong.push_back({"positions of two sizes", [=](auto& o) { o.weights[4] = even - 2; }});
      c.wrong.push_back({"an even number of positions",
                         [=](auto& o) { o.weights[3] = o.weights[4] = even - 1; }});
      c.wrong.push_back({"distances as positions", [=](auto& o) { o.weights[3] = o.weights[1]; }});
    }
  }
  if (op.inputs.size() > 7) {
    c.wrong.push_back({"a query for no kept keys",
                       [](auto& o) { o.attributes.AsAttention()->scoring->kept = 0; }, "input 7"});
    c.wrong.push_back(
        {"keys as a kept query", [](auto& o) { o.inputs[7] = o.inputs[0] + 2; }, "input 7"});
    return;
  }
  if (op.inputs.size() < 4) return;
  c.wrong.push_back({"masks of both kinds", [](auto& o) {
                       const int32_t mask = o.inputs.back(), other = mask + 1;
                       const bool seen = o.inputs.size() == 5;
                       o.inputs.resize(5);
                       o.inputs[3] = seen ? other : mask;
                       o.inputs[4] = seen ? mask : other;
                     }});
  c.wrong.push_back({"the query as a mask", [](auto& o) { o.inputs.back() = o.inputs[0]; }});
}

void add_wrong_reports(Case& c) {
  const auto add = [&](const std::string& what, void (*change)(Kinds&)) {
    c.wrong.push_back({what, [change](auto& o) { change(o.attributes.AsAttention()->reports); }});
  };
  add("a report too many", [](auto& r) { r.push_back(ReportKind::AverageEffective); });
  add("a report of no kind", [](auto& r) { r.back() = static_cast<ReportKind>(11); });
  add("an average's number without the average", [](auto& r) {
    r.back() = ReportKind::AverageEffective;
    if (r.size() > 2 && r[r.size() - 3] == ReportKind::Average)
      r[r.size() - 3] = ReportKind::Position;
  });
  add("a report of another shape", [](auto& r) {
    r.front() = r.front() == ReportKind::Weights ? ReportKind::Entropy : ReportKind::Weights;
  });
  if (c.method().operators.back()->attributes.AsAttention()->reports.size() < 2) return;
  add("a report that has no output", [](auto& r) { r.pop_back(); });
  add("reports in another order", [](auto& r) { std::swap(r[0], r[1]); });
  add("a report twice", [](auto& r) { r[1] = r[0]; });
}

void add_wrong_range(Case& c) {
  const auto add = [&](const std::string& what, const std::string& named,
                       void (*change)(schema::ReportRangeT&)) {
    c.wrong.push_back({what, [change](auto& o) { change(*o.attributes.AsAttention()->range); },
                       named.empty() ? named : "range." + named});
  };
  add("no head", "heads", [](auto& r) { r.heads = 0; });
  add("heads past the last", "heads", [](auto& r) { r.heads = kHeads; });
  add("a first head past the last", "first_head", [](auto& r) { r.first_head = kHeads; });
  add("another number of heads", "", [](auto& r) { r.heads = 1; });
  add("another number of queries", "", [](auto& r) { r.last = false, r.queries = 7; });
  add("the last of some queries", "queries", [](auto& r) { r.last = true, r.queries = 2; });
  add("queries past all", "queries", [](auto& r) { r.last = false, r.queries = UINT32_MAX; });
  add("a first query past all", "first_query",
      [](auto& r) { r.last = false, r.queries = 1, r.first_query = UINT32_MAX; });
  add("a first of all queries", "first_query",
      [](auto& r) { r.last = false, r.queries = 0, r.first_query = 1; });
}

void add_wrong_dropout(Case& c) {
  const auto add = [&](const std::string& what, const std::string& named,
                       void (*change)(schema::DropoutT&)) {
    c.wrong.push_back({what, [change](auto& o) { change(*o.attributes.AsAttention()->dropout); },
                       "dropout." + named});
  };
  add("probability 0", "probability", [](auto& d) { d.probability = 0; });
  add("probability 1", "probability", [](auto& d) { d.probability = 1; });
  add("probability NaN", "probability", [](auto& d) { d.probability = NAN; });
  add("a layer after the last", "layer", [](auto& d) { d.layer = UINT32_MAX; });
  c.wrong.push_back(wrong_value("no dropout", "", [](auto& a) { a.dropout = nullptr; }));
  c.wrong.push_back({"dropout without its input", [](auto& o) { o.inputs.pop_back(); }, "input 6"});
  c.wrong.push_back({"three numbers of dropout", [](auto& o) { ++o.inputs.back(); }});
}

}  // namespace

void add_wrong_attention(Case& c) {
  const Attributes& a = *c.method().operators.back()->attributes.AsAttention();
  c.wrong = {
      wrong_value("no heads", "kv_heads", [](auto& a) { a.kv_heads = 0; }),
      wrong_value("heads that key heads do not divide", "heads", [](auto& a) { a.heads = 3; }),
      wrong_value("fewer heads than key heads", "heads", [](auto& a) { a.heads = 1; }),
      wrong_value("key width", "", [](auto& a) { a.key_width = 31; }),
      wrong_value("value width", "", [](auto& a) { a.value_width = 0; }),
      wrong_value("scale 0", "scale", [](auto& a) { a.scale = 0; }),
      wrong_value("scale NaN", "scale", [](auto& a) { a.scale = NAN; })};
  if (a.scoring) add_wrong_scoring(c);
  if (!a.reports.empty()) add_wrong_reports(c);
  if (a.dropout) add_wrong_dropout(c);
  if (a.range) add_wrong_range(c);
  c.wrong.push_back(
      wrong_value("keys of others", "", [](auto& w) { w.key_tokens = kCaseTokens - 1; }));
}

}  // namespace fovea::test
