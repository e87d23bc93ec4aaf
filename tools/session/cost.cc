#include "tools/session/cost.h"

#include <algorithm>
#include <cstddef>

#include "runtime/operators/sequences.h"
#include "runtime/work.h"

namespace fovea::tools {
namespace {

// Tokens that a cache may hold before a run of the method: what it stores must still fit.
uint32_t fullest(const Frame& frame, uint32_t cache) {
  const uint32_t context = frame.model->caches()->Get(cache)->context();
  const schema::CacheUpdate* update = frame.update_of(cache);
  if (update == nullptr) return context;
  uint32_t tokens = frame.dims[update->dim()];
  if (is_packed(*frame.method, *update)) tokens /= frame.model->sequences();
  return tokens < context ? context - tokens : 0;
}

// A method with all dims at their maxima, without a session.
class AtMaxima {
 public:
  AtMaxima(const ModelFile& file, uint32_t method, Caches caches)
      : dims_(file.model().dim_count()) {
    for (uint32_t i = 0; i < dims_.size(); ++i) dims_[i] = file.tables().dims()->Get(i)->max();
    const uint32_t sequences = file.tables().sequences();
    lengths_.resize(size_t{file.model().cache_count()} * sequences);
    frame_.set_method(&file.tables(), method);
    frame_.dims = dims_.data();
    frame_.memory.lengths = lengths_.data();
    for (uint32_t i = 0; caches == Caches::kFull && i < file.model().cache_count(); ++i) {
      const auto length = static_cast<int32_t>(fullest(frame_, i));
      std::fill_n(lengths_.begin() + static_cast<ptrdiff_t>(size_t{i} * sequences), sequences,
                  length);
    }
  }
  AtMaxima(const AtMaxima&) = delete;
  AtMaxima& operator=(const AtMaxima&) = delete;

  const Frame& frame() const { return frame_; }

 private:
  std::vector<uint32_t> dims_;
  std::vector<int32_t> lengths_;
  Frame frame_;
};

// Of `work` what `part` of `whole` equal pieces take, rounded up.
uint64_t share_of(uint64_t work, uint64_t part, uint64_t whole) {
  if (part >= whole) return work;
  return work / whole * part + (work % whole * part + whole - 1) / whole;
}

constexpr uint64_t kElements = 4096;

// Of `work` what a task takes of so many rows of a width.
uint64_t rows_share(uint64_t work, uint64_t width, uint64_t rows) {
  return share_of(work, std::max<uint64_t>(kElements / std::max<uint64_t>(width, 1), 1), rows);
}

// How fovea_run_for divides an operator (runtime/operators/divide.cc): matrices into 4 rows and 48
// outputs, attention into the heads that share keys and some 24 of their queries, the rest into
// 4,096 elements or a row: what passes over a sequence more than once has a task for each pass, of
// which one is half of the work or less. Of causal attention the last queries see twice as many
// keys as queries do on average.
uint64_t longest_task_of(const Frame& f, const Rows& rows, uint64_t work) {
  constexpr uint64_t kRows = 4, kOutputs = 48, kQueries = 24;
  switch (f.op->attributes_type()) {
    case schema::Attributes::Linear:
    case schema::Attributes::GatedLinear:
    case schema::Attributes::Convolution:
    case schema::Attributes::GridConvolution:
    case schema::Attributes::LinearExperts:
    case schema::Attributes::GatedExperts:
      return share_of(share_of(work, kRows, rows.rows), kOutputs, rows.width);
    case schema::Attributes::Attention: {
      const auto* a = f.op->attributes_as_Attention();
      const uint64_t group = a->heads() / a->kv_heads(), block = (kQueries + group - 1) / group;
      const uint64_t whole = share_of(work, 1, a->kv_heads());
      return std::min(whole, 2 * share_of(whole, block, rows.rows));
    }
    case schema::Attributes::DynamicRange:
    case schema::Attributes::GroupNorm:
      return rows_share(work / 2, rows.width, rows.rows);
    case schema::Attributes::InverseGroupNorm: {  // a small group at once
      const Rows x = f.input_rows(1);
      const uint64_t groups = f.op->attributes_as_InverseGroupNorm()->groups();
      return std::min(work / x.batch / groups, std::max(3 * kElements, x.width / groups));
    }
    case schema::Attributes::Pool:
      return rows_share(work, f.input_rows(0).width, f.input_rows(0).rows);
    case schema::Attributes::PixelPatches: {
      const uint64_t shrink = f.op->attributes_as_PixelPatches()->shrink();
      return rows_share(work, shrink * shrink * rows.width, rows.rows);
    }
    case schema::Attributes::DepthwiseConvolution: {
      const auto* w = f.op->attributes_as_DepthwiseConvolution()->windows();
      const uint64_t taps = uint64_t{w->high()} * w->wide();
      return rows_share(work, (taps + 3) / 4 * rows.width, rows.rows);
    }
    case schema::Attributes::Spectrum:  // a transform counts as more than its results
      return rows_share(work, 16 * uint64_t{f.op->attributes_as_Spectrum()->size()} + 128,
                        rows.rows);
    default:
      return rows_share(work, rows.width, rows.rows);
  }
}

// Attention makes a score for each query and key, whose products are as long as a key and a value.
uint64_t elements_of(const Frame& f, const Rows& rows, uint64_t work) {
  const auto* a = f.op->attributes_as_Attention();
  if (a == nullptr) return uint64_t{rows.rows} * rows.width;
  const uint64_t widths = f.input_rows(0).width + rows.width;
  return widths == 0 ? 0 : work * a->heads() / widths;
}

}  // namespace

std::vector<fovea_cost> operator_costs(const Session& session, uint32_t method) {
  Frame frame = frame_of(*session.get(), method);
  std::vector<fovea_cost> result;
  for (uint32_t i = 0; i < size_of(frame.method->operators()); ++i) {
    frame.op = frame.method->operators()->Get(i);
    frame.op_index = i;
    result.push_back(operator_work(frame));
  }
  return result;
}

fovea_cost cost_at_maxima(const ModelFile& file, uint32_t method, Caches caches) {
  return method_work(AtMaxima(file, method, caches).frame());
}

std::vector<OperatorSize> operator_sizes(const ModelFile& file, uint32_t method, Caches caches) {
  const AtMaxima at(file, method, caches);
  Frame frame = at.frame();
  std::vector<OperatorSize> result;
  for (uint32_t i = 0; i < size_of(frame.method->operators()); ++i) {
    frame.op = frame.method->operators()->Get(i);
    frame.op_index = i;
    const int32_t tensor = frame.output(0) >= 0 ? frame.output(0) : frame.input(0);
    const Rows rows = tensor >= 0 ? frame.rows(tensor) : Rows();
    const fovea_cost cost = operator_work(frame);
    result.push_back({frame.op, cost, elements_of(frame, rows, cost.multiply_adds),
                      uint64_t{rows.rows} * rows.width,
                      longest_task_of(frame, rows, cost.multiply_adds)});
  }
  return result;
}

uint64_t longest_task(const ModelFile& file, uint32_t method) {
  uint64_t longest = 0;
  for (const OperatorSize& size : operator_sizes(file, method, Caches::kFull)) {
    longest = std::max(longest, size.longest_task);
  }
  return longest;
}

}  // namespace fovea::tools
