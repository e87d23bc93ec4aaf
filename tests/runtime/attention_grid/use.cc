#include "tests/runtime/attention_grid/use.h"

#include <algorithm>
#include <cmath>

namespace fovea::test {

const char* const kFormNames[kForms] = {
#define FOVEA_FORM(name) #name,
#include "tests/runtime/attention_grid/forms.inc"
#undef FOVEA_FORM
};

namespace {

struct Group {
  Form first, last;
  bool holds(Form form) const { return first <= form && form <= last; }
};
constexpr Group kGroups[] = {{Form::k_heads_of_their_own, Form::k_one_key_head},
                             {Form::k_one_sequence, Form::k_packed},
                             {Form::k_states, Form::k_tensors},
                             {Form::k_f32_cache, Form::k_int8_cache}};

std::vector<float> numbers(Random& random, size_t count) {
  std::vector<float> result(count);
  for (float& x : result) x = random.real();
  return result;
}

// One head's rows of a table [heads][width][columns].
Doubles turned(const std::vector<float>& table, size_t head, size_t width, size_t columns) {
  Doubles rows(width * columns);
  for (size_t d = 0; d < width; ++d) {
    for (size_t c = 0; c < columns; ++c)
      rows[c * width + d] = double{table[(head * width + d) * columns + c]};
  }
  return rows;
}

}  // namespace

bool excludes(Form a, Form b) {
  if (a == b) return false;
  if (a > b) std::swap(a, b);
  for (const Group& group : kGroups) {
    if (group.holds(a) && group.holds(b)) return true;
  }
  if (a == Form::k_tensors && (b == Form::k_f16_cache || b == Form::k_int8_cache)) return true;
  if (b == Form::k_pairs && (a == Form::k_f16_cache || a == Form::k_int8_cache)) return true;
  if (a == Form::k_pairs && (b == Form::k_mask || b == Form::k_seen)) return true;
  if (b == Form::k_kept_query) return a == Form::k_position_keys || a == Form::k_position_queries;
  if (b == Form::k_pairs) return a == Form::k_states || a == Form::k_cross;
  if (b == Form::k_dropout) return a == Form::k_cross;
  constexpr Form kNotOfRings[] = {Form::k_cross, Form::k_tensors, Form::k_after};
  if (b == Form::k_ring) {
    if (a == Form::k_pairs) return true;
    return std::find(std::begin(kNotOfRings), std::end(kNotOfRings), a) != std::end(kNotOfRings);
  }
  return (a == Form::k_causal && b == Form::k_after) || (a == Form::k_mask && b == Form::k_seen);
}

Use::Use(uint64_t s) : seed(s) {
  Random random(seed);
  draw_forms(random);
  kv_heads = has(Form::k_one_key_head) ? 1 : random.between(2, 3);
  heads = has(Form::k_heads_of_their_own) ? kv_heads : kv_heads * random.between(2, 3);
  key_width = random.between(1, 24);
  value_width = has(Form::k_value_width) ? key_width + random.between(1, 24) : key_width;
  scale = random.of({1.0f, 0.3f, 1 / std::sqrt(static_cast<float>(key_width))});
  draw_sequences(random);
  first_told = has(Form::k_some_heads) ? random.below(heads) : 0;
  told = has(Form::k_some_heads) ? random.between(1, heads - first_told) : heads;
  if (has(Form::k_soft_cap)) soft_cap = 0.5f + std::abs(random.real());
  if (has(Form::k_before)) before = random.below(context + 3);
  if (has(Form::k_after)) after = random.below(context + 3);
  if (has(Form::k_kept)) kept = random.between(1, std::min(context, 5u));
  if (has(Form::k_slopes)) slopes = numbers(random, heads);
  if (has(Form::k_sinks)) sinks = numbers(random, heads);
  if (has(Form::k_ring)) draw_ring(random);
  if (has(Form::k_dropout)) {
    drops = {random.of({0.01f, 0.3f, 0.9f}), random.below(UINT32_MAX), random.below(INT32_MAX),
             1 + random.below(5)};
  }
  reach = random.below(8);
  if (has(Form::k_distances)) distances = numbers(random, heads * (2 * reach + 1));
  position_reach = random.percent(50) ? random.below(8) : random.below(80);
  const size_t columns = heads * key_width * (2 * position_reach + 1);
  if (has(Form::k_position_keys)) position_keys = numbers(random, columns);
  if (has(Form::k_position_queries)) position_queries = numbers(random, columns);
  if (has(Form::k_pairs)) draw_pairs(random);
}

void Use::choose(Random& random, Form first, uint32_t count) {
  forms.set(static_cast<size_t>(first) + random.below(count));
}

void Use::draw_forms(Random& random) {
  for (size_t i = 0; i < kForms; ++i) forms.set(i, random.percent(50));
  for (const Group& group : kGroups) {
    for (Form form = group.first; form <= group.last;
         form = static_cast<Form>(static_cast<int>(form) + 1)) {
      forms.reset(static_cast<size_t>(form));
    }
    choose(random, group.first,
           static_cast<uint32_t>(group.last) - static_cast<uint32_t>(group.first) + 1);
  }
  const auto drop = [&](Form form) { forms.reset(static_cast<size_t>(form)); };
  if (!has(Form::k_tensors)) drop(Form::k_pairs);
  if (has(Form::k_tensors)) {
    drop(Form::k_f16_cache);
    drop(Form::k_int8_cache);
    forms.set(static_cast<size_t>(Form::k_f32_cache));
  }
  if (has(Form::k_pairs)) {
    drop(Form::k_mask);
    drop(Form::k_seen);
  }
  if (has(Form::k_causal) && has(Form::k_after)) {
    drop(random.percent(50) ? Form::k_causal : Form::k_after);
  }
  if (has(Form::k_mask) && has(Form::k_seen)) {
    drop(random.percent(50) ? Form::k_mask : Form::k_seen);
  }
  const auto add = [&](Form form) { forms.set(static_cast<size_t>(form)); };
  if (!has(Form::k_states)) drop(Form::k_ring);
  if (has(Form::k_cross)) drop(Form::k_dropout);
  if (has(Form::k_ring)) {
    drop(Form::k_after);
    add(Form::k_causal);
  }
  if (has(Form::k_kept_query)) {
    const bool positions = has(Form::k_position_keys) || has(Form::k_position_queries);
    if (positions && random.percent(50)) {
      drop(Form::k_kept_query);
    } else {
      drop(Form::k_position_keys);
      drop(Form::k_position_queries);
      add(Form::k_kept);
    }
  }
  const bool tells =
      has(Form::k_weights) || has(Form::k_summaries) || has(Form::k_average) || has(Form::k_scores);
  if (!tells) drop(Form::k_some_heads);
  if (has(Form::k_kept) || has(Form::k_ring)) add(Form::k_before);
  // There has to be an end of what queries see, which a prefix lifts.
  if (has(Form::k_prefix) && !has(Form::k_causal)) add(Form::k_after);
}

// At least as many as the dim `tokens` may be.
void Use::draw_pairs(Random& random) {
  positions = random.below(4);
  uint32_t most_tokens = 0;
  for (const Sequence& s : sequences) {
    most_tokens = has(Form::k_packed) ? most_tokens + s.tokens : std::max(most_tokens, s.tokens);
  }
  positions += most_tokens;
  const uint32_t count = random.below(4);
  for (uint32_t i = 0; i < count; ++i) kinds.push_back(static_cast<uint8_t>(random.below(3)));
  pairs = numbers(random, size_t{count > 0 ? 3u : 1u} * heads * positions * positions);
}

void Use::draw_ring(Random& random) {
  most = random.between(1, 8);
  // The maximum of packed rows is that of all sequences.
  const auto rows = static_cast<uint32_t>(has(Form::k_packed) ? sequences.size() * most : most);
  before = random.below(20);
  ring = (rows + before + 30) / 16 * 16 + 16 * random.below(2);
  first = (kept + 15) / 16 * 16;
}

uint32_t Use::prefix(size_t sequence, uint32_t tokens) const {
  return Random(seed + 31 * sequence).below(std::min(tokens, most) + 1);
}

void Use::draw_sequences(Random& random) {
  const uint32_t count = has(Form::k_one_sequence) ? 1 : random.between(1, 3);
  const uint32_t most = has(Form::k_ring) || random.percent(20) ? 150 : 24,
                 same = random.between(1, most);
  context = 1;
  for (uint32_t b = 0; b < count; ++b) {
    Sequence s;
    s.tokens = has(Form::k_packed) ? random.between(b == 0, most) : same;
    s.keys = has(Form::k_cross) ? random.between(0, most) : s.tokens;
    context = std::max({context, s.tokens, s.keys});
    s.query = numbers(random, size_t{s.tokens} * query_width());
    if (has(Form::k_kept_query)) s.kept_query = numbers(random, s.query.size());
    s.key = numbers(random, size_t{s.keys} * kv_heads * key_width);
    s.value = numbers(random, size_t{s.keys} * kv_heads * value_width);
    sequences.push_back(std::move(s));
  }
}

bool Use::divisible() const {
  if (has(Form::k_prefix)) return false;
  if (has(Form::k_states)) return has(Form::k_causal);
  const bool by_position = has(Form::k_before) || has(Form::k_after) || has(Form::k_slopes) ||
                           has(Form::k_distances) || has(Form::k_position_keys) ||
                           has(Form::k_position_queries);
  return has(Form::k_cross) && !by_position;
}

float Use::mask(size_t sequence, size_t head, size_t token, size_t key) const {
  // Some blocks of keys have one value, for all rows.
  const uint64_t block = Random(seed + 131 * (key / 128)).below(8);
  if (block < 2) return block == 0 ? -INFINITY : 0;
  uint64_t place = key;
  if (has(Form::k_mask_by_row)) place += 1000 * (token + 1000 * (sequence + 1));
  if (has(Form::k_mask_by_head)) place += 10000000 * (head + 1);
  Random random(seed + 977 * place);
  if (random.percent(20)) return -INFINITY;
  return has(Form::k_seen) ? 0 : random.real();
}

Scores Use::scores(size_t sequence, size_t token, size_t head) const {
  const Sequence& s = sequences[sequence];
  Scores result;
  result.scale = double{scale};
  // A query's tokens come after what its cache holds, whose keys they may be or not.
  result.position = static_cast<int64_t>(token) + (has(Form::k_cross) ? s.keys : 0);
  if (before != UINT32_MAX) result.before = before;
  if (after != UINT32_MAX) result.after = after;
  if (has(Form::k_causal)) result.after = 0;
  if (has(Form::k_prefix)) {
    const size_t of_run = token % std::min<size_t>(most, s.tokens);
    const size_t run = std::min<size_t>(most, s.tokens - (token - of_run));
    const uint32_t seen = prefix(sequence, static_cast<uint32_t>(run));
    const bool all = has(Form::k_cross);
    if (of_run < seen) result.after = all ? INT64_MAX : static_cast<int64_t>(seen - 1 - of_run);
  }
  result.kept = kept;
  if (has(Form::k_kept_query)) {
    const size_t first = token * query_width() + head * key_width;
    result.kept_query = to_doubles(&s.kept_query[first], key_width);
  }
  result.soft_cap = double{soft_cap};
  if (has(Form::k_dropout)) {
    result.drops = drops;
    result.drops->head = static_cast<uint32_t>(head);
    result.drops->query = static_cast<uint32_t>(token);
  }
  if (has(Form::k_slopes)) result.slope = double{slopes[head]};
  if (has(Form::k_sinks)) result.sink = double{sinks[head]};
  if (has(Form::k_distances)) {
    const size_t size = 2 * reach + 1;
    result.distances = to_doubles(&distances[head * size], size);
  }
  const size_t columns = 2 * position_reach + 1;
  if (has(Form::k_position_keys)) {
    result.position_keys = turned(position_keys, head, key_width, columns);
  }
  if (has(Form::k_position_queries)) {
    result.position_queries = turned(position_queries, head, key_width, columns);
  }
  if (has(Form::k_pairs)) {
    const size_t kind = kinds.empty() ? 0 : kinds[sequence % kinds.size()];
    const size_t row = ((kind * heads + head) * positions + token) * positions;
    result.mask = to_doubles(&pairs[row], s.keys);
  }
  if (has(Form::k_mask) || has(Form::k_seen)) {
    for (size_t key = 0; key < s.keys; ++key) {
      result.mask.push_back(double{mask(sequence, head, token, key)});
    }
  }
  return result;
}

AttendedWithin Use::expected(size_t sequence, size_t token, size_t head) const {
  const Sequence& s = sequences[sequence];
  const size_t kv_head = head / (heads / kv_heads);
  const Doubles query = to_doubles(&s.query[token * query_width() + head * key_width], key_width);
  Doubles keys, values;
  for (size_t t = 0; t < s.keys; ++t) {
    const float* key = &s.key[(t * kv_heads + kv_head) * key_width];
    const float* value = &s.value[(t * kv_heads + kv_head) * value_width];
    for (const float k : cached(cache(), key, 1, key_width)) keys.push_back(double{k});
    for (const float v : cached(cache(), value, 1, value_width)) values.push_back(double{v});
  }
  return attend_within(query.data(), keys.data(), values.data(), s.keys, key_width, value_width,
                       scores(sequence, token, head));
}

}  // namespace fovea::test
