#include "tests/kernels/attention_case.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "kernels/formats.h"

namespace fovea::test {
namespace {

// Slots of a cache: keys, dim-major, or values, in blocks of 16 slots. Slots past the last one keep
// the poison.
template <class K>
class Slots {
 public:
  Slots(size_t count, size_t stride, bool keys)
      : stride_(stride),
        keys_(keys),
        memory_((count + 15) / 16 * 16 * kernels::slot_elements<K>(stride) * sizeof(K) /
                sizeof(float)) {}
  K& at(size_t slot, size_t i) {
    return block(slot)[keys_ ? i * 16 + slot % 16 : slot % 16 * stride_ + i];
  }
  void set_unit(size_t slot, float unit) {
    std::memcpy(block(slot) + 16 * stride_ + slot % 16 * sizeof unit, &unit, sizeof unit);
  }
  Guarded take() { return std::move(memory_); }

 private:
  K* block(size_t slot) {
    return reinterpret_cast<K*>(memory_.data()) +
           slot / 16 * 16 * kernels::slot_elements<K>(stride_);
  }

  size_t stride_;
  bool keys_;
  Guarded memory_;
};

// Rows [from, to) of a list.
struct SlotsOf {
  const std::vector<float>& numbers;
  const CachedCodes& codes;
  size_t from, to, width, stride;
  bool keys;
};

template <class K>
Guarded slots_of(const SlotsOf& s) {
  Slots<K> slots(s.to - s.from, s.stride, s.keys);
  for (size_t t = 0; t < s.to - s.from; ++t) {
    for (size_t i = 0; i < s.width; ++i) {
      const size_t from = (s.from + t) * s.width + i;
      if constexpr (sizeof(K) == 1) {
        slots.at(t, i).code = s.codes.codes[from];
      } else {
        kernels::narrow(s.numbers[from], slots.at(t, i));
      }
    }
    if constexpr (sizeof(K) == 1) slots.set_unit(t, s.codes.units[s.from + t]);
  }
  return slots.take();
}

Guarded slots_of(CacheFormat format, const SlotsOf& s) {
  if (format == CacheFormat::kF16) return slots_of<kernels::F16>(s);
  if (format == CacheFormat::kInt8) return slots_of<kernels::C8>(s);
  return slots_of<float>(s);
}

// The kernels of a format.
struct KernelsOf {
  decltype(kernels::Scoring::relate) relate, meet_kept;
  decltype(kernels::AttentionF32::attend) report, dropout, attention;
  void (*parts)(const kernels::AttentionPartsF32& args);
};

KernelsOf kernels_of(const kernels::Kernels& row, CacheFormat format) {
  const KernelsOf all[] = {
#define FOVEA_CACHE(name, Element, type)                        \
  {row.relate_##name,  row.meet_kept_##name, row.report_##name, \
   row.dropout_##name, row.attention_##name, row.attention_parts_##name},
#include "kernels/caches.inc"
#undef FOVEA_CACHE
  };
  return all[static_cast<size_t>(format)];
}

uint32_t narrow(size_t size) {
  return static_cast<uint32_t>(size);
}

void run_divided(const kernels::Kernels& row, const KernelsOf& kernel,
                 const kernels::AttentionF32& whole, std::string* problem) {
  for (uint32_t i = 0; i < whole.count; ++i) {
    kernels::AttentionPartsF32 d = {whole, nullptr, 0, 1};
    d.whole.items = whole.items + i;
    d.whole.count = 1;
    const uint32_t blocks = narrow((d.whole.items->keys.end() + 127) / 128);
    const size_t rows = d.whole.items->rows * whole.shape.heads;
    Scratch parts(blocks * kernels::attention_part(rows, whole.shape.value_width));
    d.parts = parts.data();
    for (d.first = blocks; d.first-- > 0;) kernel.parts(d);
    d.first = 0;
    d.count = blocks;
    row.attention_merge_f32(d);
    if (!parts.intact()) *problem = "wrote outside the parts";
  }
}

// A report of one item, of some of its heads.
struct Telling {
  kernels::Report report = {};
  const AttentionPart& part;
  size_t rows, first_head, heads, keys;
  Guarded scalars, weights, average, average_scalars, scores;
  Scratch scratch;

  explicit Telling(const AttentionPart& p)
      : part(p),
        rows(p.end - p.begin),
        first_head(p.told == nullptr ? 0 : p.told->first_head),
        heads(std::min(p.told == nullptr ? 0 : p.told->heads, p.of->shape.heads - first_head)),
        keys(p.of->shape.keys),
        scalars(4 * rows * heads),
        weights(rows * heads * keys),
        average(rows * keys),
        average_scalars(2 * rows),
        scores(3 * rows * heads * keys),
        scratch(kernels::attention_report_scratch(keys, p.told != nullptr && p.told->weighs,
                                                  p.told != nullptr && p.told->averages)) {
    if (p.told == nullptr) return;
    report.first_head = narrow(first_head);
    report.heads = narrow(heads);
    report.plane_rows = narrow(rows);
    report.keys = keys;
    report.entropy = scalars.data();
    report.effective = report.entropy + rows * heads;
    report.maximum = report.effective + rows * heads;
    report.position = report.maximum + rows * heads;
    report.scratch = scratch.data();
    std::fill_n(weights.data(), rows * heads * keys, 0.0f);
    std::fill_n(average.data(), rows * keys, 0.0f);
    std::fill_n(scores.data(), 3 * rows * heads * keys, -INFINITY);
    if (p.told->weighs) report.weights = weights.data();
    if (p.told->scored) {
      report.scaled = scores.data();
      report.capped = report.scaled + rows * heads * keys;
      report.scores = report.capped + rows * heads * keys;
    }
    if (!p.told->averages) return;
    report.average = average.data();
    report.average_entropy = average_scalars.data();
    report.average_effective = report.average_entropy + rows;
  }

  // Whether nothing was written elsewhere.
  bool finish() {
    if (part.told == nullptr) return true;
    Told& t = *part.told;
    const size_t each = rows * heads;
    const auto taken = [](const float* from, size_t count) {
      return std::vector<float>(from, from + count);
    };
    t.entropy = taken(report.entropy, each);
    t.effective = taken(report.effective, each);
    t.maximum = taken(report.maximum, each);
    t.position = taken(report.position, each);
    const auto rows_first = [&](bool told, const float* planes) {
      std::vector<float> result;
      for (size_t i = 0; told && i < each; ++i) {
        const float* row = planes + (i % heads * rows + i / heads) * keys;
        result.insert(result.end(), row, row + keys);
      }
      return result;
    };
    t.weights = rows_first(t.weighs, weights.data());
    t.scaled = rows_first(t.scored, report.scaled);
    t.capped = rows_first(t.scored, report.capped);
    t.scores = rows_first(t.scored, report.scores);
    if (t.averages) {
      t.average = taken(report.average, rows * keys);
      t.average_entropy = taken(report.average_entropy, rows);
      t.average_effective = taken(report.average_effective, rows);
    }
    return scores.intact() && scalars.intact() && weights.intact() && average.intact() &&
           average_scalars.intact() && scratch.intact();
  }
};

kernels::Dropout dropout_of(const Drops& d) {
  const auto numbers = static_cast<uint32_t>(std::floor(double{d.probability} * 0x1p32));
  return {d.seed, d.pass, d.layer, static_cast<int32_t>(numbers - 0x80000000u),
          1.0f / (1.0f - d.probability)};
}

}  // namespace

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
  const size_t count = (f.mask_by_row ? s.rows : 1) * (f.mask_by_head ? s.heads : 1) * s.keys;
  if (f.mask == kernels::Mask::kAdded) mask = random.numbers(count);
  for (float& m : mask) m = random.from(0, 3) == 0 ? -INFINITY : m;
  if (f.mask != kernels::Mask::kHidden) return;
  for (size_t i = 0; i < count; ++i) seen.push_back(random.from(0, 2) == 0 ? 0 : -1);
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

std::vector<std::vector<float>> run_together(const std::vector<AttentionPart>& parts,
                                             const kernels::Kernels& row, Random& random,
                                             std::string* problem, size_t scratch_rows,
                                             bool divided) {
  const AttentionShape& shape = parts[0].of->shape;
  const size_t q_width = shape.heads * shape.key_width, y_width = shape.heads * shape.value_width;
  const size_t q_stride = q_width + random.from(0, 3), y_stride = y_width + random.from(0, 3);
  const size_t v_stride = shape.value_width + random.from(0, 3);
  std::vector<Guarded> q, kept, k, v, y;
  std::vector<kernels::AttentionItem> items;
  size_t most_keys = 0;
  for (const AttentionPart& part : parts) {
    const AttentionCase& c = *part.of;
    const size_t rows = part.end - part.begin;
    const float* first = c.query.data() + part.begin * q_width;
    q.emplace_back(std::vector<float>(first, first + rows * q_width), q_width, q_stride,
                   random.from(0, 3));
    const float* kept_query = nullptr;
    if (!c.kept_query.empty()) {
      const float* from = c.kept_query.data() + part.begin * q_width;
      kept.emplace_back(std::vector<float>(from, from + rows * q_width), q_width, q_stride + 1, 0);
      kept_query = kept.back().data();
    }
    y.emplace_back((rows - 1) * y_stride + y_width, random.from(0, 3));
    kernels::KeySegments segments = {};
    auto runs = part.runs;
    if (runs.empty()) runs = {{0, c.shape.keys}};
    for (const auto& [from, to] : runs) {
      k.push_back(slots_of(
          c.format, {c.keys, c.key_codes, from, to, shape.key_width, shape.key_width, true}));
      const float* values = c.values.data() + from * shape.value_width;
      if (c.format == CacheFormat::kF32) {
        v.emplace_back(std::vector<float>(values, values + (to - from) * shape.value_width),
                       shape.value_width, v_stride, random.from(0, 3));
      } else {
        v.push_back(slots_of(
            c.format, {c.values, c.value_codes, from, to, shape.value_width, v_stride, false}));
      }
      segments.runs[segments.count++] = {k.back().data(), v.back().data(), narrow(from),
                                         narrow(to - from)};
    }
    const size_t masked = c.mask_at(part.begin, 0);
    const void* mask = nullptr;
    if (!c.mask.empty()) mask = c.mask.data() + masked;
    if (!c.seen.empty()) mask = c.seen.data() + masked;
    items.push_back({q.back().data(), y.back().data(), narrow(rows),
                     narrow(c.shape.first + part.begin), narrow(c.first_head), mask, 0, segments,
                     kept_query});
    most_keys = std::max(most_keys, c.shape.keys);
    scratch_rows = std::max(scratch_rows, rows * shape.heads);
  }
  const KernelsOf kernel = kernels_of(row, parts[0].of->format);
  kernels::AttentionF32 a = {};
  a.scratch_bytes =
      kernels::attention_scratch(scratch_rows, most_keys, shape.key_width, shape.value_width);
  Scratch scratch(a.scratch_bytes);
  a.items = items.data();
  a.count = narrow(items.size());
  a.shape = {narrow(shape.heads),
             narrow(shape.key_width),
             narrow(shape.value_width),
             q_stride,
             v_stride,
             y_stride};
  const AttentionForm& form = parts[0].of->form;
  kernels::Scoring scoring = {};
  scoring.adjust = row.adjust_f32;
  scoring.soft_cap = form.soft_cap;
  if (!form.slopes.empty()) scoring.slopes = form.slopes.data();
  if (!form.distances.empty()) scoring.distances = form.distances.data();
  if (!form.sinks.empty()) scoring.sinks = form.sinks.data();
  scoring.reach = narrow(form.reach);
  const AttentionCase& one = *parts[0].of;
  scoring.position_reach = narrow(form.position_reach);
  if (!one.position_keys.empty()) scoring.position_keys = one.position_keys.data();
  if (!one.position_queries.empty()) scoring.position_queries = one.position_queries.data();
  if (form.relates || form.relates_keys) scoring.relate = kernel.relate;
  if (form.meets_kept) scoring.relate = kernel.meet_kept;
  scoring.kept_query_stride = q_stride + 1;
  scoring.mask = form.mask;
  const size_t keys = parts[0].of->shape.keys, planes = form.mask_by_head ? shape.heads : 1;
  scoring.mask_head_stride = form.mask_by_head ? keys : 0;
  scoring.mask_row_stride = form.mask_by_row ? planes * keys : 0;
  a.visibility = form.visibility;
  if (shape.causal) a.visibility.after = 0;
  if (!form.plain()) a.scoring = &scoring;
  Telling telling(parts[0]);
  if (parts[0].told != nullptr) {
    a.attend = kernel.report;
    if (parts[0].told->scored) telling.report.tell_scores = row.scores_f32;
    a.report = &telling.report;
  }
  kernels::Dropout dropout = {};
  if (parts[0].drops != nullptr) {
    dropout = dropout_of(*parts[0].drops);
    a.attend = kernel.dropout;
    a.dropout = &dropout;
  }
  a.scale = parts[0].of->scale;
  a.scratch = scratch.data();
  divided ? run_divided(row, kernel, a, problem) : kernel.attention(a);
  std::vector<std::vector<float>> results;
  for (const Guarded& result : y) {
    if (!result.intact(y_width, y_stride)) *problem = "wrote outside y";
    results.push_back(result.rows(y_width, y_stride));
  }
  if (!telling.finish()) *problem = "wrote outside a report";
  if (!scratch.intact()) *problem = "wrote outside the scratch memory";
  return results;
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
