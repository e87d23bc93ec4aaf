#include "runtime/operators/experts.h"

#include <cstring>

namespace fovea {
namespace {

using kernels::kPanel;

// Rows of one expert at a time: six tiles of the widest row, whose x fits a second-level cache.
// Twice as many would halve what is read of the weights, which is little by then.
constexpr uint32_t kMostRows = 48;
// Panels at a time, whole tiles of several rows (3) and of one (4): their sums are in a buffer. The
// first tiles of each call fetch their own weights: with 12, a prompt took some 5 % longer.
constexpr uint32_t kMostPanels = 48;

uint32_t smaller(uint32_t a, uint32_t b) {
  return a < b ? a : b;
}

// How a thread's scratch memory is divided, in floats.
struct Buffers {
  uint32_t rows;                // that fit
  size_t x_stride, sum_stride;  // of gathered rows, of their sums

  Buffers(uint32_t most_rows, uint32_t k, uint32_t raw_panels)
      : rows(smaller(most_rows, kMostRows)),
        x_stride(row_stride(k)),
        sum_stride(smaller(raw_panels, kMostPanels) * kPanel) {}
  size_t sums() const { return rows * x_stride; }
  size_t linear() const { return sums() + rows * sum_stride; }
};

// Counting sort of the choices of some rows.
void sort_choices(const Rows& ids, const Part& rows, uint32_t experts, uint32_t* starts,
                  Choice* choices) {
  std::memset(starts, 0, experts * sizeof *starts);
  const auto each = [&](const auto& visit) {
    for (uint32_t r = rows.first; r < rows.first + rows.count; ++r) {
      for (uint32_t slot = 0; slot < ids.width; ++slot) {
        visit(r * ids.width + slot, static_cast<uint32_t>(ids.i32()[r * ids.stride + slot]));
      }
    }
  };
  each([&](uint32_t, uint32_t expert) { ++starts[expert]; });
  uint32_t start = 0;
  for (uint32_t e = 0; e < experts; ++e) {
    const uint32_t count = starts[e];
    starts[e] = start;
    start += count;
  }
  each([&](uint32_t pair, uint32_t expert) { choices[starts[expert]++] = {pair, expert}; });
}

fovea_code check_range(const Run& run, const ExpertLayer& layer, uint32_t experts,
                       fovea_error* error) {
  for (uint32_t r = 0; r < layer.ids.rows; ++r) {
    for (uint32_t slot = 0; slot < layer.ids.width; ++slot) {
      const int32_t id = layer.ids.i32()[r * layer.ids.stride + slot];
      if (id < 0 || static_cast<uint32_t>(id) >= experts) {
        return fail(error, FOVEA_OUT_OF_RANGE, run.frame.where(FOVEA_FIELD_INPUT, layer.ids_slot),
                    static_cast<uint64_t>(int64_t{id}), experts);
      }
    }
  }
  return FOVEA_OK;
}

// Threads divide the outputs where these suffice: of fewer rows, more experts would be read for
// few.
Division divide_experts(const Run& run, uint32_t rows, uint32_t panels, uint64_t work) {
  if (run.grain == Grain::kFine || panels < run.workers) return run.divide(rows, panels, work);
  return {rows, run.units_per_task(panels, work, 1)};
}

const float* source(const ExpertPlan& p, uint32_t pair) {
  return p.whole.x + pair / p.chosen * p.whole.x_stride + pair % p.chosen * p.slot_stride;
}

// The rows of some choices side by side, or their codes: x of the product.
void gather(const ExpertPlan& p, const Choice* choices, const RowKernel& kernel, float* memory,
            kernels::Linear& part) {
  if (part.rows == 1 && kernel.quantize == nullptr) {
    part.x = source(p, choices[0].pair);
    return;
  }
  part.x = memory;
  part.x_stride = row_stride(part.k);
  for (uint32_t i = 0; i < part.rows; ++i) {
    const float* x = source(p, choices[i].pair);
    float* row = memory + i * part.x_stride;
    if (kernel.quantize == nullptr) {
      std::memcpy(row, x, part.k * sizeof(float));
    } else {
      make_codes(kernel, x, 0, 1, part.k, row);
    }
  }
}

// Some choices of one expert.
void run_group(const Run& run, const ExpertPlan& p, const Choice* choices, uint32_t count,
               const Part& panels, const RowKernel& kernel, TakeSums* take, float* scratch) {
  const Buffers buffers(p.rows, p.whole.k, p.panels * p.group);
  const size_t slice_bytes = kernel.panel_bytes * p.group;
  const size_t expert_panels = size_t{choices[0].expert} * p.panels;
  kernels::Linear part = p.whole;
  part.rows = count;
  gather(p, choices, kernel, scratch, part);
  part.y = scratch + buffers.sums();
  part.scratch = scratch + buffers.linear();
  const uint32_t end = panels.first + panels.count, most = kMostPanels / p.group;
  for (uint32_t panel = panels.first; panel < end; panel += most) {
    const uint32_t step = smaller(end - panel, most), first = panel * kPanel;
    part.w = static_cast<const unsigned char*>(p.whole.w) + (expert_panels + panel) * slice_bytes;
    if (p.whole.bias != nullptr) {
      part.bias = p.whole.bias + (expert_panels + panel) * kernels::slice_elements(p.group, 1);
    }
    part.outputs = step * p.group * kPanel;
    part.y_stride = part.outputs;
    kernel.linear(part);
    for (uint32_t i = 0; i < count; ++i) {
      take(run, p, choices[i].pair, part.y + i * part.y_stride, first,
           smaller(step * kPanel, p.outputs - first));
    }
  }
}

}  // namespace

fovea_code check_ids(const Frame& f, const ExpertLayer& layer, fovea_error* error) {
  FOVEA_TRY(
      check_within(f, part_of(FOVEA_FIELD_WEIGHT, 0), expert_count(f), 1, kMostExperts, error));
  return check_equal(f, FOVEA_FIELD_INPUT, layer.ids_slot, layer.ids.rows, layer.x.rows, error);
}

uint64_t expert_scratch(const ExpertLayer& layer) {
  const Buffers buffers(layer.x.rows, layer.k, layer.panels() * layer.group);
  return round_up(buffers.linear() * sizeof(float), 64) +
         kernels::linear_scratch(buffers.rows, layer.k);
}

uint64_t expert_choices(const Frame& f, const ExpertLayer& layer) {
  return uint64_t{layer.ids.rows} * layer.ids.width * sizeof(Choice) +
         uint64_t{expert_count(f)} * sizeof(uint32_t);
}

fovea_code plan_experts(Run& run, const ExpertLayer& layer, ExpertPlan* plan, fovea_error* error) {
  const Frame& f = run.frame;
  const uint32_t experts = expert_count(f), rows = layer.x.rows, chosen = layer.ids.width;
  FOVEA_TRY(check_range(run, layer, experts, error));
  plan->whole = {layer.x.f32(),
                 layer.x.stride,
                 f.packed(0),
                 f.weight_data(1),
                 nullptr,
                 0,
                 nullptr,
                 0,
                 rows,
                 layer.k,
                 0,
                 {},
                 nullptr,
                 nullptr};
  plan->slot_stride = layer.slot_stride;
  plan->rows = rows;
  plan->chosen = chosen;
  plan->group = layer.group;
  plan->panels = layer.panels();
  plan->outputs = layer.outputs;
  const uint64_t work = uint64_t{rows} * chosen * layer.group * layer.k * layer.outputs;
  const Division tasks = divide_experts(run, rows, plan->panels, work);
  plan->rows_per_task = tasks.rows;
  plan->panels_per_task = tasks.units;
  plan->row_tasks = (rows + tasks.rows - 1) / tasks.rows;
  run.tasks = plan->row_tasks * ((plan->panels + tasks.units - 1) / tasks.units);
  auto* choices = reinterpret_cast<Choice*>(run.shared(expert_choices(f, layer)));
  plan->choices = choices;
  auto* starts = reinterpret_cast<uint32_t*>(choices + size_t{rows} * chosen);
  for (uint32_t r = 0; r < rows; r += tasks.rows) {
    sort_choices(layer.ids, {r, smaller(tasks.rows, rows - r)}, experts, starts,
                 choices + size_t{r} * chosen);
  }
  return FOVEA_OK;
}

ExpertTask expert_task(const ExpertPlan& p, uint32_t task) {
  const uint32_t row = task % p.row_tasks * p.rows_per_task;
  const uint32_t panel = task / p.row_tasks * p.panels_per_task;
  return {{row, smaller(p.rows_per_task, p.rows - row)},
          {panel, smaller(p.panels_per_task, p.panels - panel)}};
}

void run_experts(const Run& run, uint32_t task, uint32_t worker, const RowKernel& kernel,
                 TakeSums* take) {
  const ExpertPlan& p = run.kept<ExpertPlan>();
  const ExpertTask part = expert_task(p, task);
  const Choice* at = p.choices + size_t{part.rows.first} * p.chosen;
  const Choice* const end = at + size_t{part.rows.count} * p.chosen;
  const uint32_t most = smaller(p.rows, kMostRows);
  while (at < end) {
    uint32_t left = 1;
    while (at + left < end && at[left].expert == at->expert) ++left;
    // Equal pieces: the last one reads as many weights as the others.
    for (uint32_t pieces = (left + most - 1) / most; pieces > 0; --pieces) {
      const uint32_t count = (left + pieces - 1) / pieces;
      run_group(run, p, at, count, part.panels, kernel, take, run.scratch_of(worker));
      at += count;
      left -= count;
    }
  }
}

}  // namespace fovea
