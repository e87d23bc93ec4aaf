#include <algorithm>
#include <iterator>

#include "tests/runtime/operators/attention_use.h"

namespace fovea::test {

namespace {

// Keys and values in states, where they have a cache, or in tensors.
struct Stored {
  std::vector<int32_t> outputs, states;
};

Stored add_stored(Case& c, bool states, schema::DType type) {
  if (states) {
    c.add_cache();
    c.add_update();
    return {{},
            {c.state(schema::StateLayout::Keys16, kKvHeads, kKeyWidth, type),
             c.state(schema::StateLayout::Values, kKvHeads, kValueWidth, type)}};
  }
  if (!c.packed()) {
    return {{c.tensor({1, kKvHeads, 3, kKeyWidth, 16}, {0, -1, -1, -1, -1}),
             c.tensor({1, kKvHeads, 48, kValueWidth}, {0, -1, -1, -1})},
            {}};
  }
  const int32_t blocks = c.add_key_blocks();
  return {{c.tensor({kKvHeads, 1, kKeyWidth, 16}, {-1, blocks, -1, -1}),
           c.tensor({kKvHeads, 16, kValueWidth}, {-1, blocks, -1})},
          {}};
}

void add_scoring(Case& c, const Use& use, schema::OperatorT& op) {
  op.attributes.AsAttention()->scoring = std::make_unique<schema::ScoringT>();
  schema::ScoringT& scoring = *op.attributes.AsAttention()->scoring;
  if (use.extra == Extra::kScores) {
    scoring.soft_cap = kSoftCap;
    scoring.before = kBefore;
    scoring.kept = kKept;
    op.weights = {c.weight(schema::Layout::Plain, {kHeads}),
                  c.weight(schema::Layout::Plain, {kHeads, 2 * kReach + 1}),
                  c.weight(schema::Layout::Plain, {kHeads})};
    if (use.relates()) {
      for (const uint32_t columns : {2 * kPositionReach + 1, 2 * kPositionReach + 1}) {
        op.weights.push_back(c.weight(schema::Layout::Plain, {kHeads, kKeyWidth, columns}));
      }
    }
    c.weight(schema::Layout::Plain,
             {kHeads, kKeyWidth, 2 * kPositionReach + 3});                     // of another size
    c.weight(schema::Layout::Plain, {kHeads, kKeyWidth, 2 * kPositionReach});  // an even number
    c.weight(schema::Layout::Plain, {kHeads, 2 * kReach});  // none for the key at the query
    return;
  }
  const bool seen = use.extra == Extra::kSeen;
  std::vector<uint32_t> extents = {1, 1, use.states ? kCaseTokens : 1};
  std::vector<int32_t> dims = {-1, 1, use.states ? -1 : 1};
  if (!use.packed) {
    extents = {1, kHeads, 1, extents[2]};
    dims.insert(dims.begin(), 0);
  }
  const int32_t mask = c.input(extents, dims, seen ? schema::DType::Int32 : schema::DType::Float32);
  c.input(extents, dims,
          seen ? schema::DType::Float32 : schema::DType::Int32);  // of the other kind
  op.inputs.resize(3, -1);
  if (seen) op.inputs.push_back(-1);
  op.inputs.push_back(mask);
}

void add_dropout(Case& c, schema::OperatorT& op) {
  op.attributes.AsAttention()->dropout = std::make_unique<schema::DropoutT>();
  op.attributes.AsAttention()->dropout->probability = kProbability;
  op.attributes.AsAttention()->dropout->layer = kLayer;
  op.inputs.resize(6, -1);
  op.inputs.push_back(c.input({2}, {-1}, schema::DType::Int32));
  c.input({3}, {-1}, schema::DType::Int32);  // of another shape
}

int32_t add_report(Case& c, const Use& use, ReportKind kind) {
  const uint32_t slots = use.states ? kCaseTokens : use.packed ? 16 : 48;
  const int32_t slot_dim = use.states || !use.packed ? -1 : 2;
  const auto heads = static_cast<uint32_t>(use.heads());
  const uint32_t width = of_average(kind) ? 1 : has_keys(kind) ? slots : heads;
  std::vector<uint32_t> extents = {1, width};
  std::vector<int32_t> dims = {1, has_keys(kind) ? slot_dim : -1};
  if (use.ranged) {
    extents[0] = use.last() ? 1 : kQueries;
    dims[0] = use.packed ? 0 : -1;
  }
  if (has_heads(kind)) {
    extents.insert(extents.begin(), heads);
    dims.insert(dims.begin(), -1);
  }
  if (!use.packed) {
    extents.insert(extents.begin(), 1);
    dims.insert(dims.begin(), 0);
  }
  return c.tensor(extents, dims);
}

void add_attention(Case& c, const Use& use) {
  if (use.packed) c.pack();
  c.terms = kKeyWidth + kCaseTokens;
  c.oracle = [=](const Given& g) { return expected(g, use); };
  const int32_t query = c.rows(kHeads * kKeyWidth), keys = c.rows(kKvHeads * kKeyWidth);
  const int32_t values = c.rows(kKvHeads * kValueWidth);
  const Stored stored = add_stored(c, use.states, use.type);
  schema::StoreKeyValueT store;
  store.heads = kKvHeads;
  store.key_width = kKeyWidth;
  store.value_width = kValueWidth;
  c.op(store, {keys, values}, stored.outputs, {}, stored.states);
  schema::AttentionT attributes;
  attributes.heads = kHeads;
  attributes.kv_heads = kKvHeads;
  attributes.key_width = kKeyWidth;
  attributes.value_width = kValueWidth;
  attributes.causal = use.states;
  attributes.scale = kScale;
  const int32_t kept = use.meets_kept() ? c.rows(kHeads * kKeyWidth) : -1;
  const int32_t y = c.made(kHeads * kValueWidth);
  auto& op = c.op(std::move(attributes), {query, -1, -1}, {y}, {}, stored.states);
  if (!use.states) op.inputs = {query, stored.outputs[0], stored.outputs[1]};
  if (use.extra == Extra::kDropout) {
    add_dropout(c, op);
  } else if (use.extra != Extra::kNone) {
    add_scoring(c, use, op);
  }
  if (use.meets_kept()) {
    op.inputs.resize(7, -1);
    op.inputs.push_back(kept);
  }
  c.output(y);
  // Weights alone need not be named.
  const bool named = use.reports != Kinds{ReportKind::Weights} || !use.packed;
  if (use.ranged) {
    auto range = std::make_unique<schema::ReportRangeT>();
    range->first_head = 1;
    range->heads = kToldHeads;
    range->last = use.last();
    if (!use.last()) range->first_query = kFirstQuery, range->queries = kQueries;
    op.attributes.AsAttention()->range = std::move(range);
  }
  if (named) op.attributes.AsAttention()->reports = use.reports;
  for (const ReportKind kind : use.reports) {
    op.outputs.push_back(add_report(c, use, kind));
    c.output(op.outputs.back());
  }
}

}  // namespace

Cases attention_cases() {
  constexpr const char* kExtras[] = {"", ", scores", ", mask", ", seen", ", dropout"};
  constexpr size_t kKinds = std::size(kExtras);
  const Kinds heads = {ReportKind::Entropy, ReportKind::Effective, ReportKind::Maximum,
                       ReportKind::Position};
  Kinds all;
  for (const ReportKind kind : schema::EnumValuesReportKind()) all.push_back(kind);
  const struct {
    const char* what;
    Kinds kinds;
    bool ranged = false;
  } reports[] = {{"", {}},
                 {", weights", {ReportKind::Weights}},
                 {", numbers of heads", heads},
                 {", average",
                  {ReportKind::Average, ReportKind::AverageEntropy, ReportKind::AverageEffective}},
                 {", all reports", all},
                 {", all reports of a range", all, true}};
  Cases cases;
  for (size_t i = 0; i < 4 * kKinds * std::size(reports); ++i) {
    const auto& told = reports[i / 4 / kKinds];
    const size_t extra = i / 4 % kKinds;
    const bool some = told.kinds.size() > 1 && told.kinds.size() < all.size();
    if (some && extra > 1) continue;
    Use use = {(i & 1) != 0, (i & 2) != 0, told.kinds, static_cast<Extra>(extra), told.ranged};
    const auto add = [&](const char* type) {
      add_attention(cases.emplace_back(std::string(use.packed ? "packed, " : "equal lengths, ") +
                                       (use.states ? "states" : "tensors") + type + told.what +
                                       kExtras[extra]),
                    use);
    };
    add("");
    // Other formats of what is extra and what is told.
    const bool chosen = told.kinds.empty() || told.kinds.size() == all.size();
    if (!use.states || !chosen || use.extra == Extra::kMask || use.extra == Extra::kSeen) continue;
    use.type = schema::DType::Float16;
    add(" of f16");
    use.type = schema::DType::Int8;
    add(" of codes");
  }
  return cases;
}

Cases cases_attention() {
  Cases cases = attention_cases();
  for (Case& c : cases) add_wrong_attention(c);
  for (Case& c : crossed_cases()) cases.push_back(std::move(c));
  return cases;
}

}  // namespace fovea::test
