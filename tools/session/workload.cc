#include "tools/session/workload.h"

#include <algorithm>
#include <set>

#include "runtime/operator.h"
#include "tools/common/error.h"
#include "tools/common/table.h"
#include "tools/session/caches.h"

namespace fovea::tools {
namespace {

const schema::Method& tables_of(const ModelFile& file, uint32_t method) {
  return *file.tables().methods()->Get(method);
}

// The number of rows of the table in which an input's ids are looked up, or 0 for an input that
// is not looked up.
uint32_t vocabulary_of(const ModelFile& file, uint32_t method, uint32_t tensor) {
  const schema::Method& tables = tables_of(file, method);
  for (uint32_t i = 0; i < size_of(tables.operators()); ++i) {
    const schema::Operator* op = tables.operators()->Get(i);
    const uint32_t ids = find_operator(fovea_all_operators, op->attributes_type())->ids;
    for (uint32_t slot = 0; slot < size_of(op->inputs()); ++slot) {
      if ((ids >> slot & 1) == 0) continue;
      if (op->inputs()->Get(slot) != static_cast<int32_t>(tensor)) continue;
      const uint32_t table = static_cast<uint32_t>(op->weights()->Get(0));
      return file.tables().weights()->Get(table)->shape()->Get(0);
    }
  }
  return 0;
}

}  // namespace

Workload::Workload(const ModelFile& file, const BoundSession& session, uint32_t method,
                   uint32_t position)
    : file_(file), session_(*session), method_(method), position_(position), pace_(session) {
  double spent = 0;
  spend(method_, &spent);  // before anything runs: caches only make it dearer
  fill_foreign_caches();
  advance();
  spent = 0;
  spend(method_, &spent);
  fill_inputs(method_);
}

// Refuses a run with which `spent` seconds become too many.
void Workload::spend(uint32_t method, double* spent) const {
  const double seconds = pace_.seconds(session_, method);
  *spent += seconds;
  if (*spent <= kLongRun) return;
  std::string dims;
  for (uint32_t i = 0; i < file_.model().dim_count(); ++i) {
    if (file_.check(file_.model().dim(i)).derived) continue;
    dims += fmt::format(" --set {}={}", printable(file_.check(file_.model().dim(i)).name),
                        session_.dim(i));
  }
  fail("{}: {}, too long to be measured: {}", file_.path(),
       run_text(file_, session_, method, seconds),
       dims.empty() ? "its shapes are fixed" : "ask for less than" + dims);
}

// One run that only fills caches.
void Workload::prepare(uint32_t method) {
  spend(method, &preparing_);
  fill_inputs(method);
  file_.check(session_.method(method).run());
}

void Workload::run() const {
  rewind();
  file_.check(session_.method(method_).run());
}

void Workload::fill_inputs(uint32_t method) const {
  for (uint32_t i = 0; i < file_.model().input_count(method); ++i) {
    const fovea_tensor info = file_.check(file_.model().input(method, i));
    if (info.type == FOVEA_INT32) {
      fill_tokens(method, i, info);
      continue;
    }
    if (info.type == FOVEA_UINT8) {
      const Tensor<uint8_t> pixels = file_.check(session_.method(method).input<uint8_t>(info.name));
      for (size_t j = 0; j < pixels.size(); ++j) pixels[j] = static_cast<uint8_t>(j * 7919 % 251);
      continue;
    }
    const Tensor<float> tensor = file_.check(session_.method(method).input<float>(info.name));
    for (size_t j = 0; j < tensor.size(); ++j) {
      tensor[j] = static_cast<float>(j * 7919 % 2003) / 1001.0f - 1.0f;
    }
  }
}

// Ids of tokens, or how many of them each sequence has: as equal shares as there can be.
void Workload::fill_tokens(uint32_t method, uint32_t input, const fovea_tensor& info) const {
  const Tensor<int32_t> tensor = file_.check(session_.method(method).input<int32_t>(info.name));
  const uint32_t index = tables_of(file_, method).inputs()->Get(input);
  const uint32_t vocabulary = vocabulary_of(file_, method, index);
  if (vocabulary > 0) {
    for (size_t i = 0; i < tensor.size(); ++i) {
      tensor[i] = static_cast<int32_t>((i * 7919 + 3) % vocabulary);
    }
    return;
  }
  const auto sequences = static_cast<uint32_t>(tensor.size());
  const bool lengths = static_cast<int32_t>(index) == tables_of(file_, method).lengths();
  const uint32_t rows = lengths ? session_.dim(tables_of(file_, method).packed()) : 0;
  for (uint32_t b = 0; b < sequences; ++b) {
    tensor[b] = static_cast<int32_t>(rows / sequences + (b < rows % sequences ? 1 : 0));
  }
}

// Sequences whose tokens a dim counts together.
uint32_t Workload::sharing(uint32_t dim) const {
  const schema::Method& tables = tables_of(file_, method_);
  if (tables.lengths() < 0 || tables.packed() != dim) return 1;
  const schema::Tensor& lengths = *tables.tensors()->Get(static_cast<uint32_t>(tables.lengths()));
  return frame_of(*session_.get(), method_).extent(&lengths, 0);
}

void Workload::fill_foreign_caches() {
  const std::set<uint32_t> own = filled_caches(file_, method_);
  for (const uint32_t cache : read_caches(file_, method_)) {
    if (own.contains(cache) || session_.position(cache) != 0) continue;
    for (uint32_t i = 0; i < file_.model().method_count(); ++i) {
      if (!filled_caches(file_, i).contains(cache)) continue;
      prepare(i);
      break;
    }
  }
}

// Runs the method until its caches hold `position_` tokens.
void Workload::advance() {
  const auto* updates = tables_of(file_, method_).updates();
  for (uint32_t i = 0; i < size_of(updates); ++i) {
    const schema::CacheUpdate& update = *updates->Get(i);
    if (update.mode() != schema::UpdateMode::Append) continue;
    const uint32_t wanted = session_.dim(update.dim());
    const uint32_t max = file_.check(file_.model().dim(update.dim())).max;
    const uint32_t sequences = sharing(update.dim());
    while (session_.position(update.cache()) < position_) {
      const uint32_t held = session_.position(update.cache());
      const uint32_t step = std::min(position_ - held, max / sequences);
      if (step == 0) {
        fail("{}: {} sequences do not share {} tokens a run: measure them at position 0",
             file_.path(), sequences, max);
      }
      file_.check(session_.set_dim(update.dim(), step * sequences));
      prepare(method_);
      if (session_.position(update.cache()) == held) {
        fail("{}: method '{}' adds no tokens to a cache: measure it at position 0", file_.path(),
             printable(file_.method_name(method_)));
      }
    }
    file_.check(session_.set_dim(update.dim(), wanted));
  }
}

void Workload::rewind() const {
  const auto* updates = tables_of(file_, method_).updates();
  for (uint32_t i = 0; i < size_of(updates); ++i) {
    const schema::CacheUpdate& update = *updates->Get(i);
    if (update.mode() != schema::UpdateMode::Append) continue;
    for (uint32_t sequence = 0; sequence < file_.tables().sequences(); ++sequence) {
      const uint32_t have = session_.position(update.cache(), sequence);
      if (have > position_) file_.check(session_.truncate(update.cache(), sequence, position_));
    }
  }
}

}  // namespace fovea::tools
