#include <algorithm>
#include <cmath>
#include <iterator>

#include "tests/reference/attention.h"
#include "tests/reference/cached.h"
#include "tests/runtime/operators/case.h"

namespace fovea::test {

namespace {

constexpr uint32_t kKvHeads = 2, kHeads = 4, kKeyWidth = 32, kValueWidth = 24;

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

// A way of using attention. With states a query sees no keys after its own position, otherwise all
// of its sequence.
enum class Extra { kNone, kScores, kMask, kSeen, kDropout };
using schema::ReportKind;
using Kinds = std::vector<ReportKind>;
struct Use {
  bool packed, states;
  Kinds reports;
  Extra extra;
  bool ranged = false;  // reports of the middle heads, of the last query or of two of them
  schema::DType type = schema::DType::Float32;  // of states

  size_t first_head() const { return ranged ? 1 : 0; }
  size_t heads() const;
  // The queries of a sequence that are told of: the row of query t of so many, or -1.
  bool last() const { return ranged && packed == states; }
  int64_t told_row(const Sequence& s, size_t index, size_t t) const;
  size_t told_rows(const Given& g) const;

  // Of half the cases with scores; the others have a query for kept keys.
  bool relates() const { return extra == Extra::kScores && packed; }
  bool meets_kept() const { return extra == Extra::kScores && !packed; }

  // Slots that a row of weights and of a mask have room for.
  size_t slots(const Given& g) const {
    return states ? kCaseTokens : packed ? (g.tokens + 15 * g.batch) / 16 * 16 : 48;
  }
};

// Of ranges: queries that two units of a sliced run divide.
constexpr uint32_t kFirstQuery = 11, kQueries = 2, kToldHeads = 2;

size_t Use::heads() const {
  return ranged ? kToldHeads : kHeads;
}

int64_t Use::told_row(const Sequence& s, size_t index, size_t t) const {
  if (!ranged) return static_cast<int64_t>(s.first + t);
  if (last()) return t + 1 == s.rows ? static_cast<int64_t>(index) : -1;
  if (t < kFirstQuery || t >= kFirstQuery + kQueries) return -1;
  return static_cast<int64_t>(index * kQueries + t - kFirstQuery);
}

size_t Use::told_rows(const Given& g) const {
  return !ranged ? (packed ? g.tokens : g.batch * g.tokens) : g.batch * (last() ? 1 : kQueries);
}

bool has_heads(ReportKind kind) {
  return kind == ReportKind::Weights || kind >= ReportKind::ScaledScores;
}
bool has_keys(ReportKind kind) {
  return has_heads(kind) || kind == ReportKind::Average;
}
bool of_average(ReportKind kind) {
  return kind == ReportKind::AverageEntropy || kind == ReportKind::AverageEffective;
}

constexpr uint32_t kBefore = 5, kKept = 2, kReach = 3, kPositionReach = 4;
constexpr float kScale = 0.3f, kSoftCap = 0.75f, kProbability = 0.25f;
constexpr uint32_t kLayer = 7;

Scores scores_of(const Given& g, const Use& use, const Sequence& s, size_t t, size_t head) {
  Scores scores;
  scores.scale = double{kScale};
  scores.position = static_cast<int64_t>(t);
  if (use.states) scores.after = 0;
  if (use.extra == Extra::kScores) {
    scores.before = kBefore;
    scores.kept = kKept;
    scores.soft_cap = double{kSoftCap};
    scores.slope = g.weights[0][head];
    const double* distances = &g.weights[1][head * (2 * kReach + 1)];
    scores.distances.assign(distances, distances + 2 * kReach + 1);
    scores.sink = g.weights[2][head];
    if (use.meets_kept()) {
      const double* kept = &g.inputs[3][((s.first + t) * kHeads + head) * kKeyWidth];
      scores.kept_query.assign(kept, kept + kKeyWidth);
    }
    if (!use.relates()) return scores;
    const size_t columns = 2 * kPositionReach + 1;
    for (size_t i = 0; i < columns * kKeyWidth; ++i) {
      const size_t at = (head * kKeyWidth + i % kKeyWidth) * columns + i / kKeyWidth;
      scores.position_keys.push_back(g.weights[3][at]);
      scores.position_queries.push_back(g.weights[4][at]);
    }
  } else if (use.extra == Extra::kDropout) {
    const auto word = [&](size_t i) {
      return static_cast<uint32_t>(static_cast<int32_t>(g.inputs[3][i]));
    };
    scores.drops = {kProbability,
                    word(0),
                    word(1),
                    kLayer,
                    static_cast<uint32_t>(head),
                    static_cast<uint32_t>(t)};
  } else if (use.extra != Extra::kNone) {
    const size_t keys = use.states ? kCaseTokens : g.tokens;
    const size_t row = use.packed ? s.first + t : s.first * kHeads + head * s.rows + t;
    const double* mask = &g.inputs[3][row * keys];
    for (size_t k = 0; k < keys; ++k) {
      const double hidden = mask[k] == 0 ? -INFINITY : 0;
      scores.mask.push_back(use.extra == Extra::kSeen ? hidden : mask[k]);
    }
  }
  return scores;
}

// Where a row's numbers lie in what is told; rows are counted over all sequences.
class Reported {
 public:
  Reported(const Use& use, const Given& g)
      : kinds_(use.reports),
        heads_(use.heads()),
        rows_(use.told_rows(g)),
        plane_(use.packed ? rows_ : rows_ / g.batch),
        slots_(use.slots(g)) {
    for (const ReportKind kind : kinds_) {
      const double nothing = kind >= ReportKind::ScaledScores ? -INFINITY
                             : kind == ReportKind::Position   ? -1
                                                              : 0;
      lists_.emplace_back(rows_ * width(kind), nothing);
    }
  }

  void tell(size_t row, const std::vector<Attended>& heads) {
    const Attended mean = average(heads);
    const Summary summary = summarise(mean.weights, mean.sink);
    for (size_t i = 0; i < kinds_.size(); ++i) {
      double* at = &lists_[i][row * width(kinds_[i])];
      for (size_t h = 0; h < heads.size(); ++h) tell_head(i, row, h, heads[h]);
      if (kinds_[i] == ReportKind::Average) {
        std::copy(mean.weights.begin(), mean.weights.end(), at);
      } else if (kinds_[i] == ReportKind::AverageEntropy) {
        *at = summary.entropy;
      } else if (kinds_[i] == ReportKind::AverageEffective) {
        *at = summary.effective;
      }
    }
  }

  const std::vector<Doubles>& lists() const { return lists_; }

 private:
  size_t width(ReportKind kind) const {
    if (of_average(kind)) return 1;
    return (kind == ReportKind::Average ? 1 : heads_) * (has_keys(kind) ? slots_ : 1);
  }

  void tell_head(size_t i, size_t row, size_t head, const Attended& a) {
    const Summary s = summarise(a.weights, a.sink);
    double& number = lists_[i][row * width(kinds_[i]) + (width(kinds_[i]) == heads_ ? head : 0)];
    if (kinds_[i] == ReportKind::Entropy) number = s.entropy;
    if (kinds_[i] == ReportKind::Effective) number = s.effective;
    if (kinds_[i] == ReportKind::Maximum) number = s.maximum;
    if (kinds_[i] == ReportKind::Position) number = static_cast<double>(s.position);
    if (!has_heads(kinds_[i])) return;
    const size_t plane = (row / plane_ * heads_ + head) * plane_ + row % plane_;
    const Doubles& numbers = kinds_[i] == ReportKind::Weights        ? a.weights
                             : kinds_[i] == ReportKind::ScaledScores ? a.scaled
                             : kinds_[i] == ReportKind::CappedScores ? a.capped
                                                                     : a.scores;
    std::copy(numbers.begin(), numbers.end(), &lists_[i][plane * slots_]);
  }

  Kinds kinds_;
  size_t heads_, rows_, plane_, slots_;
  std::vector<Doubles> lists_;
};

// What stands for a row of keys or values of a head.
Doubles kept(const Use& use, const double* row, size_t width) {
  const std::vector<float> numbers(row, row + width);
  const CacheFormat format = use.type == schema::DType::Float16 ? CacheFormat::kF16
                             : use.type == schema::DType::Int8  ? CacheFormat::kInt8
                                                                : CacheFormat::kF32;
  return to_doubles(cached(format, numbers.data(), 1, width).data(), width);
}

Doubles expected(const Given& g, const Use& use) {
  const size_t rows = use.packed ? g.tokens : g.batch * g.tokens;
  Doubles y(rows * kHeads * kValueWidth);
  Reported reported(use, g);
  for (size_t index = 0; index < g.sequences.size(); ++index) {
    const Sequence& s = g.sequences[index];
    std::vector<std::vector<Attended>> all(s.rows);  // of each row, by head
    for (size_t head = 0; head < kHeads; ++head) {
      const size_t from = head / (kHeads / kKvHeads);
      Doubles keys, values;
      for (size_t at = s.first; at < s.first + s.rows; ++at) {
        const Doubles key = kept(use, &g.inputs[1][(at * kKvHeads + from) * kKeyWidth], kKeyWidth);
        const Doubles value =
            kept(use, &g.inputs[2][(at * kKvHeads + from) * kValueWidth], kValueWidth);
        keys.insert(keys.end(), key.begin(), key.end());
        values.insert(values.end(), value.begin(), value.end());
      }
      for (size_t t = 0; t < s.rows; ++t) {
        const size_t row = s.first + t;
        const double* query = &g.inputs[0][(row * kHeads + head) * kKeyWidth];
        all[t].push_back(attend(query, keys.data(), values.data(), s.rows, kKeyWidth, kValueWidth,
                                scores_of(g, use, s, t, head)));
        std::copy(all[t][head].y.begin(), all[t][head].y.end(),
                  &y[(row * kHeads + head) * kValueWidth]);
      }
    }
    for (size_t t = 0; t < s.rows; ++t) {
      const int64_t row = use.told_row(s, index, t);
      if (row < 0) continue;
      const auto first = all[t].begin() + static_cast<int64_t>(use.first_head());
      reported.tell(static_cast<size_t>(row), {first, first + static_cast<int64_t>(use.heads())});
    }
  }
  for (const Doubles& list : reported.lists()) y.insert(y.end(), list.begin(), list.end());
  return y;
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

namespace {

using Attributes = schema::AttentionT;

Wrong wrong(const std::string& what, const std::string& named, void (*change)(Attributes&)) {
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
  c.wrong.push_back(wrong("no scoring", "", [](auto& a) { a.scoring = nullptr; }));
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

}  // namespace

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
  c.wrong.push_back(wrong("no dropout", "", [](auto& a) { a.dropout = nullptr; }));
  c.wrong.push_back({"dropout without its input", [](auto& o) { o.inputs.pop_back(); }, "input 6"});
  c.wrong.push_back({"three numbers of dropout", [](auto& o) { ++o.inputs.back(); }});
}

Cases cases_attention() {
  Cases cases;
  for (Case& c : attention_cases()) {
    c.wrong = {wrong("no heads", "kv_heads", [](auto& a) { a.kv_heads = 0; }),
               wrong("heads that key heads do not divide", "heads", [](auto& a) { a.heads = 3; }),
               wrong("fewer heads than key heads", "heads", [](auto& a) { a.heads = 1; }),
               wrong("key width", "", [](auto& a) { a.key_width = 31; }),
               wrong("value width", "", [](auto& a) { a.value_width = 0; }),
               wrong("scale 0", "scale", [](auto& a) { a.scale = 0; }),
               wrong("scale NaN", "scale", [](auto& a) { a.scale = NAN; })};
    if (c.method().operators.back()->attributes.AsAttention()->scoring) add_wrong_scoring(c);
    if (!c.method().operators.back()->attributes.AsAttention()->reports.empty()) {
      add_wrong_reports(c);
    }
    if (c.method().operators.back()->attributes.AsAttention()->dropout) add_wrong_dropout(c);
    if (c.method().operators.back()->attributes.AsAttention()->range) add_wrong_range(c);
    c.wrong.push_back(wrong("keys of others", "", [](auto& a) { a.key_tokens = kCaseTokens - 1; }));
    cases.push_back(std::move(c));
  }
  for (Case& c : crossed_cases()) cases.push_back(std::move(c));
  return cases;
}

}  // namespace fovea::test
