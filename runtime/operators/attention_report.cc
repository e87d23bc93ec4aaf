// What attention tells of itself: which outputs they are, and where the kernel writes them.

#include <cstring>

#include "runtime/operators/attention.h"

namespace fovea {

Planes planes_of(const Frame& f, int32_t tensor) {
  const schema::Tensor* t = f.tensor(tensor);
  const uint32_t rank = t->extents()->size();
  const auto extent = [&](uint32_t from_end) {
    return from_end > rank ? 1 : f.extent(t, rank - from_end);
  };
  return {extent(4), extent(3), extent(2), extent(1)};
}

fovea_code check_planes(const Frame& f, fovea_field field, uint32_t slot, int32_t tensor,
                        const Planes& needed, bool shared, fovea_error* error) {
  const schema::Tensor* t = f.tensor(tensor);
  const bool batched = f.tensor(f.input(0))->extents()->size() == 3;
  FOVEA_TRY(check_equal(f, field, slot, t->extents()->size(), batched ? 4 : 3, error));
  FOVEA_TRY(check_equal(f, field, slot, static_cast<uint32_t>(t->storage()), 0, error));
  const Planes found = planes_of(f, tensor);
  const auto check_extent = [&](uint32_t extent, uint32_t all) {
    return shared && extent == 1 ? FOVEA_OK : check_equal(f, field, slot, extent, all, error);
  };
  FOVEA_TRY(check_extent(found.batch, needed.batch));
  FOVEA_TRY(check_extent(found.heads, needed.heads));
  FOVEA_TRY(check_extent(found.tokens, needed.tokens));
  return check_equal(f, field, slot, found.width, needed.width, error);
}

namespace {

using schema::ReportKind;

constexpr uint32_t kKinds = static_cast<uint32_t>(ReportKind::MAX) + 1;
constexpr uint32_t kReports = attribute<schema::Attention>(schema::Attention::VT_REPORTS);
constexpr float* kernels::Report::*kPlaces[kKinds] = {
    &kernels::Report::weights,         &kernels::Report::entropy,
    &kernels::Report::effective,       &kernels::Report::maximum,
    &kernels::Report::position,        &kernels::Report::average,
    &kernels::Report::average_entropy, &kernels::Report::average_effective,
    &kernels::Report::scaled,          &kernels::Report::capped,
    &kernels::Report::scores};

// Of output 1 + i.
uint32_t kind_of(const Frame& f, uint32_t i) {
  const auto* kinds = f.op->attributes_as_Attention()->reports();
  return kinds == nullptr ? 0 : static_cast<uint32_t>(kinds->Get(i));
}

uint32_t report_count(const Frame& f) {
  return size_of(f.op->outputs()) - 1;
}

// [tokens, width] that are told of, and no view.
fovea_code check_rows(const Frame& f, uint32_t slot, const ToldRows& told, uint32_t width,
                      fovea_error* error) {
  const schema::Tensor* t = f.tensor(f.output(slot));
  const Rows found = f.output_rows(slot);
  const uint32_t rank = f.tensor(f.input(0))->extents()->size();
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_OUTPUT, slot, t->extents()->size(), rank, error));
  FOVEA_TRY(
      check_equal(f, FOVEA_FIELD_OUTPUT, slot, static_cast<uint32_t>(t->storage()), 0, error));
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_OUTPUT, slot, found.batch, told.batch, error));
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_OUTPUT, slot, found.tokens, told.tokens, error));
  return check_equal(f, FOVEA_FIELD_OUTPUT, slot, found.width, width, error);
}

fovea_code check_report(const Frame& f, uint32_t slot, const ToldRows& told, ReportKind kind,
                        fovea_error* error) {
  const uint32_t keys = attention_width(f);
  switch (kind) {
    case ReportKind::Average:
      return check_rows(f, slot, told, keys, error);
    case ReportKind::AverageEntropy:
    case ReportKind::AverageEffective:
      FOVEA_TRY(check_attribute(f, kReports, reports(f, ReportKind::Average), 1, 1, error));
      return check_rows(f, slot, told, 1, error);
    case ReportKind::Position:  // a float
      FOVEA_TRY(check_attribute(f, kReports, keys, 0, 1 << 24, error));
      return check_rows(f, slot, told, told.heads, error);
    case ReportKind::Entropy:
    case ReportKind::Effective:
    case ReportKind::Maximum:
      return check_rows(f, slot, told, told.heads, error);
    default: {
      const Planes needed = {told.batch, told.heads, told.tokens, keys};
      return check_planes(f, FOVEA_FIELD_OUTPUT, slot, f.output(slot), needed, false, error);
    }
  }
}

}  // namespace

ReportKind report_kind(const Frame& f, uint32_t i) {
  return static_cast<ReportKind>(kind_of(f, i));
}

bool tells(const Frame& f) {
  return report_count(f) > 0;
}

bool reports(const Frame& f, ReportKind kind) {
  for (uint32_t i = 0; i < report_count(f); ++i) {
    if (kind_of(f, i) == static_cast<uint32_t>(kind)) return true;
  }
  return false;
}

ToldRows all_rows(const Frame& f) {
  const Rows query = f.input_rows(0);
  return {query.batch, query.tokens, f.op->attributes_as_Attention()->heads()};
}

fovea_code check_reports(const Frame& f, const ToldRows& told, uint32_t known, fovea_error* error) {
  const auto* kinds = f.op->attributes_as_Attention()->reports();
  const uint32_t count = report_count(f), listed = kinds == nullptr ? count > 0 : size_of(kinds);
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_OUTPUT, count, count, listed, error));
  for (uint32_t i = 0, least = 0; i < count; ++i) {
    const uint32_t kind = kind_of(f, i);
    FOVEA_TRY(check_attribute(f, kReports, kind, least, known - 1, error));
    FOVEA_TRY(check_report(f, i + 1, told, static_cast<ReportKind>(kind), error));
    least = kind + 1;
  }
  return FOVEA_OK;
}

uint64_t report_scratch(const Frame& f) {
  if (!tells(f)) return 0;
  return kernels::attention_report_scratch(key_positions(f), reports(f, ReportKind::Weights),
                                           reports(f, ReportKind::Average));
}

kernels::Report find_reports(const Run& run, uint32_t worker) {
  const Frame& f = run.frame;
  kernels::Report report = {};
  report.heads = f.op->attributes_as_Attention()->heads();
  report.plane_rows = f.input_rows(0).tokens;
  report.keys = attention_width(f);
  report.scratch = run.scratch_of(worker) + attention_scratch(f) / sizeof(float);
  for (uint32_t i = 0; i < report_count(f); ++i) {
    report.*kPlaces[kind_of(f, i)] = f.output_rows(i + 1).f32();
  }
  return report;
}

void clear_reports(const kernels::Report& to, const kernels::AttentionItem& item, uint32_t group) {
  const size_t bytes = size_t{item.rows} * to.keys * sizeof(float);
  const size_t first = item.report_row / to.plane_rows * to.heads + item.first_head;
  const size_t row = item.report_row % to.plane_rows;
  for (uint32_t h = 0; to.weights != nullptr && h < group; ++h) {
    std::memset(to.weights + ((first + h) * to.plane_rows + row) * to.keys, 0, bytes);
  }
  if (to.average == nullptr || item.first_head != 0) return;
  std::memset(to.average + item.report_row * to.keys, 0, bytes);
}

}  // namespace fovea
