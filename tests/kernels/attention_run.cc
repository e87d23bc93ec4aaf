#include <algorithm>
#include <cstring>

#include "kernels/formats.h"
#include "tests/kernels/attention_case.h"

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

// Several uses as the items of one call, each in memory of its own.
class Together {
 public:
  Together(const AttentionCase& one, const kernels::Kernels& row, Random& random)
      : one_(one), row_(row), kernel_(kernels_of(row, one.format)), random_(random) {
    const AttentionShape& s = one.shape;
    q_width_ = s.heads * s.key_width, y_width_ = s.heads * s.value_width;
    q_stride_ = q_width_ + random.from(0, 3), y_stride_ = y_width_ + random.from(0, 3);
    v_stride_ = s.value_width + random.from(0, 3);
  }

  void add(const AttentionPart& part);
  void run(const AttentionPart& told, size_t scratch_rows, bool divided, std::string* problem);
  std::vector<std::vector<float>> results(std::string* problem) const;

 private:
  const float* query(std::vector<Guarded>& to, const std::vector<float>& from,
                     const AttentionPart& part, size_t stride, size_t offset);
  kernels::KeySegments keys(const AttentionPart& part);
  kernels::Scoring scoring() const;

  const AttentionCase& one_;  // whose shape and form all have
  const kernels::Kernels& row_;
  const KernelsOf kernel_;
  Random& random_;
  size_t q_width_, y_width_, q_stride_, y_stride_, v_stride_;
  std::vector<Guarded> q_, kept_, k_, v_, y_;
  std::vector<kernels::AttentionItem> items_;
  size_t most_keys_ = 0, most_rows_ = 0;
};

const float* Together::query(std::vector<Guarded>& to, const std::vector<float>& from,
                             const AttentionPart& part, size_t stride, size_t offset) {
  const float* first = from.data() + part.begin * q_width_;
  const float* last = first + (part.end - part.begin) * q_width_;
  to.emplace_back(std::vector<float>(first, last), q_width_, stride, offset);
  return to.back().data();
}

kernels::KeySegments Together::keys(const AttentionPart& part) {
  const AttentionCase& c = *part.of;
  const AttentionShape& shape = one_.shape;
  kernels::KeySegments segments = {};
  auto runs = part.runs;
  if (runs.empty()) runs = {{0, c.shape.keys}};
  for (const auto& [from, to] : runs) {
    k_.push_back(slots_of(c.format,
                          {c.keys, c.key_codes, from, to, shape.key_width, shape.key_width, true}));
    const float* values = c.values.data() + from * shape.value_width;
    if (c.format == CacheFormat::kF32) {
      v_.emplace_back(std::vector<float>(values, values + (to - from) * shape.value_width),
                      shape.value_width, v_stride_, random_.from(0, 3));
    } else {
      v_.push_back(slots_of(
          c.format, {c.values, c.value_codes, from, to, shape.value_width, v_stride_, false}));
    }
    segments.runs[segments.count++] = {k_.back().data(), v_.back().data(), narrow(from),
                                       narrow(to - from)};
  }
  return segments;
}

void Together::add(const AttentionPart& part) {
  const AttentionCase& c = *part.of;
  const size_t rows = part.end - part.begin;
  const float* q = query(q_, c.query, part, q_stride_, random_.from(0, 3));
  const float* kept =
      c.kept_query.empty() ? nullptr : query(kept_, c.kept_query, part, q_stride_ + 1, 0);
  y_.emplace_back((rows - 1) * y_stride_ + y_width_, random_.from(0, 3));
  const kernels::KeySegments segments = keys(part);
  const size_t masked = c.mask_at(part.begin, 0);
  const void* mask = nullptr;
  if (!c.mask.empty()) mask = c.mask.data() + masked;
  if (!c.seen.empty()) mask = c.seen.data() + masked;
  items_.push_back({q, y_.back().data(), narrow(rows), narrow(c.shape.first + part.begin),
                    narrow(c.first_head), mask, 0, segments, kept});
  most_keys_ = std::max(most_keys_, c.shape.keys);
  most_rows_ = std::max(most_rows_, rows * one_.shape.heads);
}

kernels::Scoring Together::scoring() const {
  const AttentionForm& form = one_.form;
  kernels::Scoring s = {};
  s.adjust = row_.adjust_f32;
  s.soft_cap = form.soft_cap;
  if (!form.slopes.empty()) s.slopes = form.slopes.data();
  if (!form.distances.empty()) s.distances = form.distances.data();
  if (!form.sinks.empty()) s.sinks = form.sinks.data();
  s.reach = narrow(form.reach);
  s.position_reach = narrow(form.position_reach);
  if (!one_.position_keys.empty()) s.position_keys = one_.position_keys.data();
  if (!one_.position_queries.empty()) s.position_queries = one_.position_queries.data();
  if (form.relates || form.relates_keys) s.relate = kernel_.relate;
  if (form.meets_kept) s.relate = kernel_.meet_kept;
  s.kept_query_stride = q_stride_ + 1;
  s.mask = form.mask;
  const size_t keys = one_.shape.keys, planes = form.mask_by_head ? one_.shape.heads : 1;
  s.mask_head_stride = form.mask_by_head ? keys : 0;
  s.mask_row_stride = form.mask_by_row ? planes * keys : 0;
  return s;
}

void Together::run(const AttentionPart& told, size_t scratch_rows, bool divided,
                   std::string* problem) {
  const AttentionShape& shape = one_.shape;
  kernels::AttentionF32 a = {};
  a.scratch_bytes = kernels::attention_scratch(std::max(scratch_rows, most_rows_), most_keys_,
                                               shape.key_width, shape.value_width);
  Scratch scratch(a.scratch_bytes);
  a.scratch = scratch.data();
  a.items = items_.data();
  a.count = narrow(items_.size());
  a.shape = {narrow(shape.heads),
             narrow(shape.key_width),
             narrow(shape.value_width),
             q_stride_,
             v_stride_,
             y_stride_};
  a.scale = one_.scale;
  a.visibility = one_.form.visibility;
  if (shape.causal) a.visibility.after = 0;
  const kernels::Scoring scored = scoring();
  if (!one_.form.plain()) a.scoring = &scored;
  Telling telling(told);
  if (told.told != nullptr) {
    a.attend = kernel_.report;
    if (told.told->scored) telling.report.tell_scores = row_.scores_f32;
    a.report = &telling.report;
  }
  kernels::Dropout dropout = {};
  if (told.drops != nullptr) {
    dropout = dropout_of(*told.drops);
    a.attend = kernel_.dropout;
    a.dropout = &dropout;
  }
  divided ? run_divided(row_, kernel_, a, problem) : kernel_.attention(a);
  if (!telling.finish()) *problem = "wrote outside a report";
  if (!scratch.intact()) *problem = "wrote outside the scratch memory";
}

std::vector<std::vector<float>> Together::results(std::string* problem) const {
  std::vector<std::vector<float>> all;
  for (const Guarded& result : y_) {
    if (!result.intact(y_width_, y_stride_)) *problem = "wrote outside y";
    all.push_back(result.rows(y_width_, y_stride_));
  }
  return all;
}

}  // namespace

std::vector<std::vector<float>> run_together(const std::vector<AttentionPart>& parts,
                                             const kernels::Kernels& row, Random& random,
                                             std::string* problem, size_t scratch_rows,
                                             bool divided) {
  Together together(*parts[0].of, row, random);
  for (const AttentionPart& part : parts) together.add(part);
  together.run(parts[0], scratch_rows, divided, problem);
  return together.results(problem);
}

}  // namespace fovea::test
