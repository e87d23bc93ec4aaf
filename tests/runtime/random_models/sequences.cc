// Operators that know sequences: positions, tokens, attention.

#include <algorithm>
#include <cmath>

#include "runtime/checked.h"
#include "tests/runtime/random_models/maker.h"

namespace fovea::test {
namespace {

using schema::Layout;

struct Extent {
  uint32_t constant;
  int32_t dim;
};

// The sequences of some rows.
Extent batch_of(Maker& m, const Shape& s) {
  if (m.is_packed(s)) return {1, 1};
  return s.rank() == 3 ? Extent{s.extents[0], s.dims[0]} : Extent{1, -1};
}

bool fits_sequences(Maker& m, const Shape& s) {
  return s.rank() == 2 || m.max_of(s, 0) <= m.model().sequences;
}

// A cache whose lengths are positions, or -1.
int32_t some_cache(Maker& m, const Shape& s) {
  if (m.model().caches.empty() || !fits_sequences(m, s) || m.r.percent(50)) return -1;
  return static_cast<int32_t>(m.r.below(static_cast<uint32_t>(m.model().caches.size())));
}

void add_positions(Maker& m, int32_t x) {
  const Shape s = m.shape_of(x);
  schema::AddPositionsT attributes;
  attributes.cache = some_cache(m, s);
  uint32_t least = attributes.cache < 0
                       ? m.max_of(s, s.rank() - 2)
                       : m.model().caches[static_cast<size_t>(attributes.cache)]->context;
  if (attributes.cache < 0 && m.is_packed(s)) least = m.r.between(1, least);
  const bool in_place = m.r.percent(40) && m.may_write(x, {x});
  const int32_t y = in_place ? x : m.tensor(s);
  if (!in_place) m.offer(y);
  m.op(attributes, {x}, {y}, {m.weight(Layout::Plain, {least + m.r.below(3), s.width()})});
}

void add_rotary(Maker& m, int32_t x) {
  const Shape s = m.shape_of(x);
  if (s.width() < 2 || !m.may_write(x, {x})) return;
  schema::RotaryT attributes;
  attributes.heads = s.width() % 4 == 0 ? m.r.of({1u, 2u}) : 1;
  attributes.head_width = s.width() / attributes.heads;
  attributes.interleaved = m.r.percent(50);
  schema::RotaryTableT angles;
  angles.cache = some_cache(m, s);
  angles.factor = m.r.of({1.0f, 1.5f});
  if (m.r.percent(20)) angles.most = m.r.below(30);
  const uint32_t pairs = m.r.between(1, attributes.head_width / 2);
  const int32_t frequencies = m.weight(Layout::Plain, {pairs});
  for (uint32_t i = 0; i < pairs; ++i) {
    float& f = m.weight_data(frequencies)[i];
    f = std::fabs(f);
  }
  const int32_t table = m.tensor(s.with_width(2 * pairs));
  m.op(angles, {}, {table}, {frequencies});
  m.op(attributes, {x, table}, {x});
  m.offer(table);
}

void add_select(Maker& m, int32_t x) {
  const Shape s = m.shape_of(x);
  const size_t at = s.rank() - 2;
  const Extent batch = batch_of(m, s);
  if (m.r.percent(30)) {
    schema::PoolT pool;
    pool.kind = m.r.of({schema::PoolKind::Mean, schema::PoolKind::Max});
    pool.first = m.r.below(m.is_packed(s) ? 5 : s.dims[at] < 0 ? s.extents[at] : 1);
    const int32_t pooled = m.tensor({{batch.constant, s.width()}, {batch.dim, -1}});
    m.op(pool, {x}, {pooled});
    m.offer(pooled);
    return;
  }
  schema::SelectTokenT attributes;
  attributes.choice = m.r.of({schema::TokenChoice::Index, schema::TokenChoice::Last});
  attributes.index = m.r.below(m.is_packed(s) ? 5 : s.extents[at]);
  const int32_t y = m.tensor({{batch.constant, s.width()}, {batch.dim, -1}});
  m.op(attributes, {x}, {y});
  m.offer(y);
}

void add_prepend(Maker& m, int32_t x) {
  Shape s = m.shape_of(x);
  if (s.dims[s.rank() - 2] >= 0) return;
  s.extents[s.rank() - 2] += 1;
  const int32_t y = m.tensor(s);
  schema::PrependTokenT attributes;
  attributes.last = m.r.percent(50);
  m.op(attributes, {x}, {y}, {m.weight(Layout::Row16, {s.width()})});
  m.offer(y);
}

void add_constant(Maker& m, int32_t x) {
  const Shape s = m.shape_of(x);
  if (s.dims[s.rank() - 2] >= 0) return;
  const int32_t y = m.tensor(s);
  m.op(schema::ConstantT(), {}, {y},
       {m.weight(Layout::Plain, {s.extents[s.rank() - 2], s.width()})});
  m.offer(y);
}

void add_neighbors(Maker& m, int32_t x) {
  const Shape s = m.shape_of(x);
  if (s.width() > 40) return;
  schema::NeighborsT attributes;
  attributes.before = m.r.below(3);
  attributes.after = m.r.below(2);
  const int32_t y = m.tensor(s.with_width((attributes.before + 1 + attributes.after) * s.width()));
  m.op(attributes, {x}, {y});
  m.offer(y);
}

void add_hide_token(Maker& m, int32_t x) {
  const Shape s = m.shape_of(x);
  Shape ids = s;
  ids.extents.pop_back();
  ids.dims.pop_back();
  schema::HideTokenT attributes;
  attributes.token = static_cast<int32_t>(m.r.below(3));
  attributes.factor = m.r.of({1.0f, 0.88f, -3.0f});
  const bool over = m.r.percent(30) && m.may_write(x, {x});
  const int32_t y = over ? x : m.tensor(s);
  m.op(attributes, {x, m.input(ids, schema::DType::Int32)}, {y});
  if (!over) m.offer(y);
}

// Boxes of most runs lie within the tables: script.cc makes them.
void add_boxes(Maker& m, int32_t x) {
  Shape s = m.shape_of(x);
  const bool over = m.r.percent(30) && m.may_write(x, {x});
  const int32_t y = over ? x : m.tensor(s);
  std::vector<int32_t> tables;
  for (uint32_t i = 0; i < 4; ++i) {
    tables.push_back(m.weight(Layout::Plain, {m.r.between(4, 7), s.width()}));
  }
  const int32_t boxes = m.input(s.with_width(4), schema::DType::Int32);
  m.method().tensors[static_cast<size_t>(boxes)]->name.insert(0, "boxes");
  m.op(schema::AddBoxesT(), {x, boxes}, {y}, tables);
  if (!over) m.offer(y);
}

int32_t projected(Maker& m, int32_t x, uint32_t width) {
  const Shape s = m.shape_of(x);
  const int32_t y = m.tensor(s.with_width(width));
  const int32_t matrix = m.weight(Layout::Panels16, {width, s.width()});
  m.op(schema::LinearT(), {m.rows_for(matrix, x), -1}, {y}, {matrix});
  return y;
}

schema::AttentionT random_attention(Maker& m, const StatePair& p) {
  schema::AttentionT a;
  a.kv_heads = p.heads;
  a.heads = p.heads * m.r.between(1, 3);
  a.key_width = p.key_width;
  a.value_width = p.value_width;
  a.causal = m.r.percent(50);
  a.scale = m.r.of({0.3f, 1.0f, 20.0f});
  return a;
}

// A mask of the query's rows over `keys`, each extent but the last its own or 1.
void add_mask(Maker& m, schema::OperatorT& op, const Shape& query, uint32_t heads, Extent keys) {
  Shape s = query.with_width(keys.constant);
  s.dims.back() = keys.dim;
  s.extents.insert(s.extents.end() - 2, heads);
  s.dims.insert(s.dims.end() - 2, -1);
  for (size_t i = 0; i + 1 < s.rank(); ++i) {
    if (m.r.percent(50)) s.extents[i] = 1, s.dims[i] = -1;
  }
  const bool seen = m.r.percent(50);
  op.inputs.resize(seen ? 4 : 3, -1);
  op.inputs.push_back(m.input(s, seen ? schema::DType::Int32 : schema::DType::Float32));
}

void add_scoring(Maker& m, schema::OperatorT& op, const Shape& query, Extent keys, bool ring) {
  schema::AttentionT& a = *op.attributes.AsAttention();
  a.scoring = std::make_unique<schema::ScoringT>();
  if (ring || m.r.percent(50)) a.scoring->before = m.r.below(kMostBefore + 1);
  if (m.r.percent(50) && !a.causal) a.scoring->after = m.r.below(20);
  const uint32_t most = keys.dim < 0 && keys.constant < 16 ? keys.constant : 16;
  if (m.r.percent(50) && a.scoring->before <= kMostBefore) a.scoring->kept = m.r.below(most + 1);
  if (m.r.percent(50)) a.scoring->soft_cap = m.r.of({0.5f, 30.0f});
  const auto maybe = [&](std::vector<uint32_t> shape) {
    return m.r.percent(50) ? m.weight(Layout::Plain, std::move(shape)) : -1;
  };
  op.weights = {maybe({a.heads}), maybe({a.heads, 2 * m.r.below(20) + 1}), maybe({a.heads})};
  const bool keeps = a.scoring->kept > 0 && m.r.percent(40);
  if (!keeps && m.r.percent(50)) {
    const std::vector<uint32_t> positions = {a.heads, a.key_width, 2 * m.r.below(20) + 1};
    op.weights.push_back(maybe(positions));
    op.weights.push_back(maybe(positions));
  }
  if (op.states.empty() && a.key_tokens == 0 && m.r.percent(30)) {
    const uint32_t positions = m.max_of(query, query.rank() - 2) + m.r.below(3);
    op.weights.resize(5, -1);
    op.weights.push_back(m.weight(Layout::Plain, {a.heads, positions, positions}));
  } else if (m.r.percent(50)) {
    add_mask(m, op, query, a.heads, keys);
  }
  if (!keeps) return;
  op.inputs.resize(7, -1);
  op.inputs.push_back(m.input(query));
}

// Whether its last extent is that of keys.
bool has_keys(schema::ReportKind kind) {
  return kind == schema::ReportKind::Weights || kind == schema::ReportKind::Average ||
         kind >= schema::ReportKind::ScaledScores;
}
bool of_average(schema::ReportKind kind) {
  return kind == schema::ReportKind::AverageEntropy || kind == schema::ReportKind::AverageEffective;
}

// Each with a chance of a half.
std::vector<schema::ReportKind> random_reports(Maker& m) {
  std::vector<schema::ReportKind> result;
  bool averages = false;
  for (const schema::ReportKind kind : schema::EnumValuesReportKind()) {
    if (!m.r.percent(50) || (of_average(kind) && !averages)) continue;
    averages = averages || kind == schema::ReportKind::Average;
    result.push_back(kind);
  }
  return result;
}

// `query`: with the rows that are told of.
Shape report_shape(const Shape& query, uint32_t heads, schema::ReportKind kind, Extent room) {
  if (!has_keys(kind)) return query.with_width(of_average(kind) ? 1 : heads);
  Shape s = query.with_width(room.constant);
  s.dims.back() = room.dim;
  if (kind == schema::ReportKind::Average) return s;
  s.extents.insert(s.extents.end() - 2, heads);
  s.dims.insert(s.dims.end() - 2, -1);
  return s;
}

// Some heads and queries, of which `told` has the rows then.
void add_range(Maker& m, schema::AttentionT& a, Shape& told) {
  a.range = std::make_unique<schema::ReportRangeT>();
  a.range->first_head = m.r.below(a.heads);
  a.range->heads = m.r.between(1, a.heads - a.range->first_head);
  a.range->last = m.r.percent(30);
  if (a.range->last || m.r.percent(50)) {
    if (!a.range->last) a.range->queries = m.r.between(1, 4), a.range->first_query = m.r.below(4);
    const Extent batch = m.is_packed(told) ? batch_of(m, told) : Extent{1, -1};
    told.extents[told.rank() - 2] = batch.constant * std::max(1u, a.range->queries);
    told.dims[told.rank() - 2] = batch.dim;
  }
}

// Attention of projected rows of x; `room`: keys that a row of the weights output has room for.
void add_attention(Maker& m, int32_t x, const StatePair& p, bool states, int32_t keys,
                   int32_t values, Extent room, uint32_t key_tokens = 0) {
  schema::AttentionT a = random_attention(m, p);
  a.key_tokens = key_tokens;
  const int32_t q = projected(m, x, a.heads * a.key_width);
  const int32_t y = m.tensor(m.shape_of(q).with_width(a.heads * a.value_width));
  std::vector<int32_t> outputs = {y};
  if (m.r.percent(30)) a.reports = random_reports(m);
  Shape told = m.shape_of(q);
  if (!a.reports.empty() && m.r.percent(30)) add_range(m, a, told);
  for (const schema::ReportKind kind : a.reports) {
    const uint32_t heads = a.range ? a.range->heads : a.heads;
    outputs.push_back(m.tensor(report_shape(told, heads, kind, room)));
  }
  const std::vector<schema::ReportKind> reports = a.reports;
  auto& op = m.op(a, {q, states ? -1 : keys, states ? -1 : values}, outputs);
  if (states) op.states = {keys, values};
  const Shape query = m.shape_of(q);
  const size_t token = query.rank() - 2;
  const bool ring = states && m.model().caches[p.cache]->ring != 0;
  if (ring || m.r.percent(60)) {
    const Extent own =
        key_tokens > 0 ? Extent{key_tokens, -1} : Extent{query.extents[token], query.dims[token]};
    add_scoring(m, op, query, states ? room : own, ring);
  }
  for (size_t i = 0; i < reports.size(); ++i) {
    // Row operators take a constant width.
    if (has_keys(reports[i]) && room.dim >= 0) {
      m.method().outputs.push_back(static_cast<uint32_t>(outputs[i + 1]));
    } else {
      m.offer(outputs[i + 1]);
    }
  }
  m.offer(y);
}

// Of keys of these rows: constant, or the derived dim where there is one that suffices.
Extent blocks_for(Maker& m, const Shape& s) {
  const auto& derived = *m.model().dims.back();
  if (m.is_packed(s) && derived.x == 0 && m.r.percent(70)) {
    return {m.r.between(1, 2), static_cast<int32_t>(m.model().dims.size() - 1)};
  }
  const uint32_t sequences = m.is_packed(s) ? m.model().dims[1]->max : 1;
  const uint32_t rows = m.max_of(s, s.rank() - 2);
  return {(rows + 15 * sequences) / 16 + m.r.below(2), -1};
}

// Projections of x, stored in the pair's states or in two new tensors.
struct Stored {
  int32_t keys, values;
};

Stored add_store(Maker& m, int32_t x, const StatePair& p, bool states) {
  schema::StoreKeyValueT attributes;
  attributes.heads = p.heads;
  attributes.key_width = p.key_width;
  attributes.value_width = p.value_width;
  const int32_t k = projected(m, x, p.heads * p.key_width);
  const int32_t v = projected(m, x, p.heads * p.value_width);
  if (states) {
    m.op(attributes, {k, v}, {}).states = {p.keys, p.values};
    return {p.keys, p.values};
  }
  const Shape shape = m.shape_of(x);
  const Extent blocks = blocks_for(m, shape);
  Shape key = {{p.heads, blocks.constant, p.key_width, 16}, {-1, blocks.dim, -1, -1}};
  Shape value = {{p.heads, blocks.constant * 16, p.value_width}, {-1, blocks.dim, -1}};
  for (Shape* s : {&key, &value}) {
    if (shape.rank() == 2) continue;
    s->extents.insert(s->extents.begin(), shape.extents[0]);
    s->dims.insert(s->dims.begin(), shape.dims[0]);
  }
  const Stored made = {m.tensor(key), m.tensor(value)};
  m.op(attributes, {k, v}, {made.keys, made.values});
  return made;
}

// The last operator, an attention, may drop weights. Its number rises.
void maybe_drop(Maker& m) {
  if (!m.r.percent(30)) return;
  schema::OperatorT& op = *m.method().operators.back();
  auto dropout = std::make_unique<schema::DropoutT>();
  dropout->probability = m.r.of({0.1f, 0.5f, 0.9f});
  dropout->layer = static_cast<uint32_t>(m.method().operators.size());
  op.attributes.AsAttention()->dropout = std::move(dropout);
  op.inputs.resize(6, -1);
  op.inputs.push_back(m.input({{2}, {-1}}, schema::DType::Int32));
}

}  // namespace

void add_sequence_operator(Maker& m) {
  const int32_t x = m.any_sequence();
  if (x < 0) return;
  switch (m.r.below(17)) {
    case 13:
      return add_observed(m, x);
    case 14:
      return add_grid_convolution(m, x);
    case 15:
      return add_resize_grid(m, x);
    case 0:
      return add_positions(m, x);
    case 11:
      return add_tiles(m, x);
    case 12:
      return add_inverse_norm(m, x);
    case 8:
      return add_spectrum(m, x);
    case 9:
      return add_levels(m, x);
    case 5:
      return add_convolution(m, x);
    case 3:
      return add_neighbors(m, x);
    case 4:
      return add_hide_token(m, x);
    case 6:
      return add_boxes(m, x);
    case 7:
      return add_constant(m, x);
    case 10:
      return add_windows(m, x);
    case 1:
      return add_rotary(m, x);
    case 2:
      return add_select(m, x);
    default:
      return add_prepend(m, x);
  }
}

// Tokens of the keys where queries may be of other rows than these; 0: they may not.
static uint32_t crossed_tokens(Maker& m, int32_t queries, int32_t keys) {
  const Shape q = m.shape_of(queries), k = m.shape_of(keys);
  if (m.is_packed(q) || m.is_packed(k) || q.rank() != k.rank()) return 0;
  if (q.rank() == 3 && (q.extents[0] != k.extents[0] || q.dims[0] != k.dims[0])) return 0;
  return k.dims[k.rank() - 2] < 0 ? k.extents[k.rank() - 2] : 0;
}

void add_tensor_attention(Maker& m) {
  const int32_t x = m.any_sequence();
  if (x < 0) return;
  const StatePair p = {0, 0, 0, m.r.between(1, 3), m.r.between(1, 20), m.r.between(1, 20)};
  const Stored made = add_store(m, x, p, false);
  const Shape values = m.shape_of(made.values);
  const size_t at = values.rank() - 2;
  const int32_t asks = m.r.percent(40) ? m.any_sequence_or(x) : x;
  const uint32_t tokens = crossed_tokens(m, asks, x);
  add_attention(m, tokens > 0 ? asks : x, p, false, made.keys, made.values,
                {values.extents[at], values.dims[at]}, tokens);
  maybe_drop(m);
}

// The last rows of all that the state has had of projected rows of x.
static void add_history(Maker& m, int32_t x, const RowState& rows) {
  const int32_t taken = projected(m, x, rows.width);
  Shape s = m.shape_of(taken);
  schema::HistoryT a;
  a.rows = m.r.between(1, kMostBefore);
  s.extents[s.rank() - 2] = a.rows;
  s.dims[s.rank() - 2] = -1;
  const int32_t y = m.tensor(s);
  m.op(a, {taken}, {y}).states = {rows.state};
  m.offer(y);
}

void add_cache_update(Maker& m, uint32_t cache) {
  const uint32_t context = m.model().caches[cache]->context;
  const auto& states = m.row_states();
  const auto rows = std::find_if(states.begin(), states.end(),
                                 [&](const RowState& s) { return s.cache == cache; });
  const bool keeps_rows = rows != states.end();
  int32_t x = -1;
  for (int tries = 0; tries < 10 && x < 0; ++tries) {
    const int32_t candidate = m.any_sequence();
    if (candidate < 0) return;
    const Shape s = m.shape_of(candidate);
    const size_t at = s.rank() - 2;
    const bool counted = s.dims[at] >= 0 && s.extents[at] == 1;
    const bool by_lengths = counted && m.method().lengths >= 0 && s.dims[at] == 0;
    const bool fits = m.is_packed(s) || (!by_lengths && m.max_of(s, at) <= context);
    if (counted && fits && fits_sequences(m, s) && !(keeps_rows && m.is_packed(s))) x = candidate;
  }
  if (x < 0) return;
  const Shape s = m.shape_of(x);
  for (const StatePair& pair : m.pairs()) {
    if (pair.cache != cache) continue;
    add_store(m, x, pair, true);
    const uint32_t attentions = m.r.below(3);
    for (uint32_t i = 0; i < attentions; ++i) {
      add_attention(m, x, pair, true, pair.keys, pair.values, {context, -1});
      maybe_drop(m);
    }
  }
  if (keeps_rows) add_history(m, x, *rows);
  auto update = std::make_unique<schema::CacheUpdateT>();
  update->cache = cache;
  update->mode = m.r.of({schema::UpdateMode::Append, schema::UpdateMode::Replace});
  if (keeps_rows) update->mode = schema::UpdateMode::Append;
  update->dim = static_cast<uint32_t>(s.dims[s.rank() - 2]);
  m.method().updates.push_back(std::move(update));
}

void add_cross_attention(Maker& m, const StatePair& pair) {
  const int32_t x = m.any_sequence();
  if (x < 0 || !fits_sequences(m, m.shape_of(x))) return;
  add_attention(m, x, pair, true, pair.keys, pair.values,
                {m.model().caches[pair.cache]->context, -1});
}

}  // namespace fovea::test
