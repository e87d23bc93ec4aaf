#include "tests/kernels/attention_case.h"

#include <algorithm>
#include <cmath>

namespace fovea::test {
AttentionCase::AttentionCase(const AttentionShape& s, Random& random) : shape(s) {
  query = random.numbers(s.rows * s.heads * s.key_width);
  keys = random.numbers(s.keys * s.key_width);
  values = random.numbers(s.keys * s.value_width);
  scale = 1.0f / std::sqrt(static_cast<float>(s.key_width));
}

void AttentionCase::keep_in(CacheFormat f) {
  format = f;
  if (f == CacheFormat::kInt8) {
    key_codes = cached_codes(keys.data(), shape.keys, shape.key_width);
    value_codes = cached_codes(values.data(), shape.keys, shape.value_width);
  }
  keys = cached(f, keys.data(), shape.keys, shape.key_width);
  values = cached(f, values.data(), shape.keys, shape.value_width);
}

AttentionForm AttentionForm::any(size_t keys, Random& random) {
  AttentionForm f;
  const auto some = [&] {
    return static_cast<uint32_t>(random.from(0, random.coin() ? 20 : keys));
  };
  if (random.coin()) f.visibility.before = some();
  if (random.coin()) f.visibility.after = some();
  if (random.coin()) f.visibility.kept = some();
  if (random.coin()) f.soft_cap = random.coin() ? 0.5f : 30.0f;
  if (random.coin()) f.slopes = random.numbers(kFormHeads, 0.1);
  f.reach = random.coin() ? some() : 0;
  if (random.coin()) f.distances = random.numbers(kFormHeads * (2 * f.reach + 1));
  if (random.coin()) f.sinks = random.numbers(kFormHeads, 3);
  f.relates = random.from(0, 3) == 0;
  f.relates_keys = random.from(0, 3) == 0;
  f.position_reach = some();
  f.meets_kept = !f.relates && !f.relates_keys && random.coin();
  f.mask = static_cast<kernels::Mask>(random.from(0, 2));
  f.mask_by_row = random.coin();
  f.mask_by_head = random.coin();
  return f;
}

bool AttentionForm::plain() const {
  return visibility.before == kernels::Visibility::kAll && soft_cap == 0 && slopes.empty() &&
         distances.empty() && sinks.empty() && mask == kernels::Mask::kNone && !relates &&
         !relates_keys && !meets_kept;
}

AttentionCase::AttentionCase(const AttentionShape& s, const AttentionForm& f, Random& random)
    : AttentionCase(s, random) {
  form = f;
  first_head = random.from(0, kFormHeads - s.heads);
  const size_t positions = kFormHeads * s.key_width * (2 * f.position_reach + 1);
  if (f.meets_kept) kept_query = random.numbers(query.size());
  if (f.relates_keys) position_keys = random.numbers(positions);
  if (f.relates) position_queries = random.numbers(positions);
  if (f.mask != kernels::Mask::kNone) make_mask(random);
}

// Of some keys that follow each other, of all rows or of each row, some are hidden, or all or none.
void AttentionCase::make_mask(Random& random) {
  const bool adds = form.mask == kernels::Mask::kAdded, alike = random.coin();
  const size_t rows = form.mask_by_row ? shape.rows : 1;
  const size_t planes = rows * (form.mask_by_head ? shape.heads : 1);
  const size_t grain = random.coin() ? 128 : random.from(8, 64);
  std::vector<size_t> kinds;
  for (size_t row = 0; row < planes; ++row) {
    for (size_t t = 0; t < shape.keys; ++t) {
      const size_t block = t / grain;
      if (t % grain == 0 && (row == 0 || !alike)) {
        kinds.resize(std::max(kinds.size(), block + 1));
        kinds[block] = random.from(0, 3);
      }
      const bool hides = kinds[block] == 0 || (kinds[block] > 1 && random.from(0, 3) == 0);
      const float some = kinds[block] == 1 ? 0.0f : random.numbers(1)[0];
      if (adds) mask.push_back(hides ? -INFINITY : some);
      if (!adds) seen.push_back(hides ? 0 : -1);
    }
  }
}

size_t AttentionCase::mask_at(size_t row, size_t head) const {
  const size_t plane = form.mask_by_head ? head : 0, heads = form.mask_by_head ? shape.heads : 1;
  return ((form.mask_by_row ? row : 0) * heads + plane) * shape.keys;
}

Scores AttentionCase::scores(size_t row, size_t head) const {
  constexpr auto wide = [](uint32_t distance) {
    return distance == kernels::Visibility::kAll ? INT64_MAX : int64_t{distance};
  };
  Scores s;
  const size_t all = first_head + head;
  s.scale = double{scale};
  s.position = static_cast<int64_t>(shape.first + row);
  s.before = wide(form.visibility.before);
  s.after = shape.causal ? 0 : wide(form.visibility.after);
  s.kept = form.visibility.kept;
  s.soft_cap = double{form.soft_cap};
  if (!form.slopes.empty()) s.slope = double{form.slopes[all]};
  const size_t width = 2 * form.reach + 1;
  if (!form.distances.empty()) s.distances = to_doubles(&form.distances[all * width], width);
  if (!form.sinks.empty()) s.sink = double{form.sinks[all]};
  const auto turned = [&](const std::vector<float>& table) {
    const size_t columns = 2 * form.position_reach + 1;
    Doubles rows(table.empty() ? 0 : columns * shape.key_width);
    for (size_t i = 0; i < rows.size(); ++i) {
      const size_t column = i / shape.key_width, d = i % shape.key_width;
      rows[i] = double{table[(all * shape.key_width + d) * columns + column]};
    }
    return rows;
  };
  s.position_keys = turned(position_keys);
  s.position_queries = turned(position_queries);
  if (!mask.empty()) s.mask = to_doubles(&mask[mask_at(row, head)], shape.keys);
  for (size_t t = 0; t < (seen.empty() ? 0 : shape.keys); ++t) {
    s.mask.push_back(seen[mask_at(row, head) + t] == 0 ? -INFINITY : 0.0);
  }
  return s;
}

std::vector<float> AttentionCase::run(const kernels::Kernels& row, Random& random,
                                      std::string* problem, size_t begin, size_t end) const {
  return run_together({{this, begin, end}}, row, random, problem, 0)[0];
}

AttentionCase any_form(Random& random) {
  const size_t rows = random.from(1, random.coin() ? 3 : 40), before = random.from(0, 400);
  const size_t keys = random.coin() ? rows + before : random.from(0, 300);
  const bool causal = keys == rows + before && random.coin();
  AttentionCase c(
      {rows, random.from(1, 7), random.from(1, 40), random.from(1, 70), keys, before, causal},
      AttentionForm::any(keys, random), random);
  c.keep_in(static_cast<CacheFormat>(random.from(0, 2)));
  return c;
}

AttendedWithin exact(const AttentionCase& c, size_t i, const Drops* drops) {
  const AttentionShape& s = c.shape;
  const Doubles q = to_doubles(c.query.data() + i * s.key_width, s.key_width);
  const Doubles k = to_doubles(c.keys.data(), c.keys.size());
  const Doubles v = to_doubles(c.values.data(), c.values.size());
  Scores scores = c.scores(i / s.heads, i % s.heads);
  if (!c.kept_query.empty()) {
    scores.kept_query = to_doubles(c.kept_query.data() + i * s.key_width, s.key_width);
  }
  if (drops != nullptr) {
    scores.drops = *drops;
    scores.drops->head = narrow(c.first_head + i % s.heads);
    scores.drops->query = narrow(s.first + i / s.heads);
  }
  return attend_within(q.data(), k.data(), v.data(), s.keys, s.key_width, s.value_width, scores);
}

std::vector<size_t> random_cuts(size_t keys, Random& random) {
  const size_t last = (keys - 1) / 16 * 16;
  size_t a = random.from(0, last / 16) * 16, b = random.from(0, last / 16) * 16;
  if (a > b) std::swap(a, b);
  return {a, b};
}

}  // namespace fovea::test
