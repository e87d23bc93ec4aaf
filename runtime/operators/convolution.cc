#include <cstring>

#include "runtime/operators/windows.h"

namespace fovea {
namespace {

using kernels::kPanel;

// Rows of a window side by side, of so many outputs at a time: two tiles of the widest row.
constexpr uint32_t kMostRows = 16;

// The columns that one of the groups reads and makes.
struct Group {
  uint32_t count, columns, outputs, k, panels;
};

Group group_of(const Frame& f) {
  const schema::Convolution& a = *f.op->attributes_as_Convolution();
  const uint32_t columns = f.input_rows(0).width / a.groups();
  const uint32_t outputs = f.output_rows(0).width / a.groups();
  return {a.groups(), columns, outputs, columns_of(*f.weight(0)), kernels::panels_of(outputs)};
}

// Tokens that a window reaches past its first one.
Checked reach_of(const schema::Convolution& a) {
  return Checked(a.dilation()) * (a.taps() - 1);
}

fovea_code check_attributes(const Frame& f, fovea_error* error) {
  using A = schema::Convolution;
  const A& a = *f.op->attributes_as_Convolution();
  const Rows x = f.input_rows(0), y = f.output_rows(0);
  const uint32_t most = x.width < y.width ? x.width : y.width;
  FOVEA_TRY(check_attribute(f, attribute<A>(A::VT_TAPS), a.taps(), 1u, kMaxExtent, error));
  FOVEA_TRY(check_attribute(f, attribute<A>(A::VT_STRIDE), a.stride(), 1u, kMaxExtent, error));
  FOVEA_TRY(check_attribute(f, attribute<A>(A::VT_GROUPS), a.groups(), 1u, most, error));
  FOVEA_TRY(check_attribute(f, attribute<A>(A::VT_BEFORE), a.before(), 0u, kMaxExtent, error));
  FOVEA_TRY(check_attribute(f, attribute<A>(A::VT_AFTER), a.after(), 0u, kMaxExtent, error));
  const uint32_t taps = a.taps() > 1 ? a.taps() - 1 : 1;
  FOVEA_TRY(
      check_attribute(f, attribute<A>(A::VT_DILATION), a.dilation(), 1u, kMaxExtent / taps, error));
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_INPUT, 0, x.width % a.groups(), 0u, error));
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_OUTPUT, 0, y.width % a.groups(), 0u, error));
  return check_function<A>(f, a.function(), error);
}

fovea_code check_weights(const Frame& f, fovea_error* error) {
  const schema::Convolution& a = *f.op->attributes_as_Convolution();
  const uint32_t n = f.output_rows(0).width / a.groups();
  const Checked columns = Checked(f.input_rows(0).width / a.groups()) * a.taps();
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_WEIGHT, 0, uint64_t{columns_of(*f.weight(0))},
                        columns.value(), error));
  const uint32_t k = columns_of(*f.weight(0));
  using schema::Layout;
  if (a.groups() == 1) {
    FOVEA_TRY(check_weight(f, 0, Layout::Panels16, {n, k}, error));
    return f.weight(1) == nullptr ? FOVEA_OK : check_weight(f, 1, Layout::Row16, {n}, error);
  }
  FOVEA_TRY(check_weight(f, 0, Layout::Panels16, {a.groups(), n, k}, error));
  return f.weight(1) == nullptr ? FOVEA_OK
                                : check_weight(f, 1, Layout::Row16, {a.groups(), n}, error);
}

fovea_code check(const Frame& f, fovea_error* error) {
  FOVEA_TRY(check_sequences(f, f.input(0), FOVEA_FIELD_INPUT, 0, error));
  FOVEA_TRY(check_sequences(f, f.output(0), FOVEA_FIELD_OUTPUT, 0, error));
  FOVEA_TRY(check_attributes(f, error));
  FOVEA_TRY(check_weights(f, error));
  const schema::Convolution& a = *f.op->attributes_as_Convolution();
  const auto reach = static_cast<int64_t>(reach_of(a).value());
  return check_windows(f, a.stride(), int64_t{a.before()} + a.after() - reach, error);
}

uint32_t most_rows(uint32_t rows) {
  return rows < kMostRows ? rows : kMostRows;
}

uint64_t scratch(const Frame& f) {
  const Group group = group_of(f);
  const uint32_t rows = most_rows(f.output_rows(0).rows);
  return rows * kernels::padded(uint64_t{group.k}) * sizeof(float) +
         kernels::linear_scratch(rows, group.k);
}

// A task takes some rows and some panels of outputs, those of all groups one after the other.
struct Plan {
  kernels::Linear whole;  // of one group
  Group group;
  uint32_t rows, rows_per_task, panels_per_task, row_tasks;
};

fovea_code prepare(Run& run, fovea_error*) {
  const Frame& f = run.frame;
  const Rows x = f.input_rows(0), y = f.output_rows(0);
  const Group group = group_of(f);
  const auto function =
      static_cast<kernels::Function>(f.op->attributes_as_Convolution()->function());
  Plan plan = {};
  plan.whole = {x.f32(),     x.stride,
                f.packed(0), f.weight_data(1),
                nullptr,     0,
                y.f32(),     y.stride,
                0,           group.k,
                0,           function,
                nullptr,     run.kernels->function_f32};
  plan.group = group;
  const uint32_t panels = group.count * group.panels;
  const Division tasks = run.divide(y.rows, (panels + 2) / 3, uint64_t{y.rows} * group.k * y.width);
  plan.rows = y.rows;
  plan.rows_per_task = tasks.rows;
  plan.panels_per_task = 3 * tasks.units;
  plan.row_tasks = (y.rows + tasks.rows - 1) / tasks.rows;
  run.tasks = plan.row_tasks * ((panels + plan.panels_per_task - 1) / plan.panels_per_task);
  run.keep(plan);
  return FOVEA_OK;
}

// The windows of rows of y that follow each other in one sequence.
struct Windows {
  const float* x;  // the first token of the sequence, the columns of the group
  size_t stride;   // from token to token
  int64_t tokens;
  int64_t first;   // the first window's first token
  uint32_t count;  // of windows
};

// Whether the first windows lie in x side by side, each within the sequence: how many.
uint32_t whole_windows(const Windows& w, const schema::Convolution& a, const Group& group) {
  const bool side_by_side = a.dilation() == 1 && w.stride == group.columns;
  if (!side_by_side || w.first < 0 || w.first + a.taps() > w.tokens) return 0;
  const int64_t more = (w.tokens - a.taps() - w.first) / a.stride();
  return more < int64_t{w.count} ? static_cast<uint32_t>(more) + 1 : w.count;
}

// Those before that, or a few of them, which are copied; at least one.
uint32_t part_windows(const Windows& w, const schema::Convolution& a, const Group& group) {
  uint32_t count = 1;
  Windows rest = w;
  while (count < most_rows(w.count)) {
    rest.first += a.stride();
    rest.count = w.count - count;
    if (whole_windows(rest, a, group) > 0) break;
    ++count;
  }
  return count;
}

void copy_windows(const Windows& w, const schema::Convolution& a, const Group& group, float* to) {
  const size_t bytes = group.columns * sizeof(float);
  const size_t row = kernels::padded(size_t{group.k});
  for (uint32_t i = 0; i < w.count; ++i) {
    float* out = to + i * row;
    int64_t at = w.first + int64_t{i} * a.stride();
    for (uint32_t j = 0; j < a.taps(); ++j, at += a.dilation(), out += group.columns) {
      const bool there = at >= 0 && at < w.tokens;
      if (there) std::memcpy(out, w.x + static_cast<size_t>(at) * w.stride, bytes);
      if (!there) std::memset(out, 0, bytes);
    }
  }
}

using Kernel = void (*)(const kernels::Linear&);

// Rows of y, which follow each other in one sequence, and outputs of one group.
void convolve(const Run& run, Windows w, kernels::Linear part, Kernel kernel, float* scratch) {
  const schema::Convolution& a = *run.frame.op->attributes_as_Convolution();
  const Group& group = run.kept<Plan>().group;
  while (w.count > 0) {
    const uint32_t whole = whole_windows(w, a, group);
    const uint32_t count = whole > 0 ? whole : part_windows(w, a, group);
    if (whole > 0) {
      part.x = w.x + static_cast<size_t>(w.first) * w.stride;
      part.x_stride = w.stride * a.stride();
    } else {
      Windows some = w;
      some.count = count;
      copy_windows(some, a, group, scratch);
      part.x = scratch;
      part.x_stride = kernels::padded(size_t{group.k});
    }
    part.rows = count;
    kernel(part);
    part.y += count * part.y_stride;
    w.first += int64_t{count} * a.stride();
    w.count -= count;
  }
}

void run_task(const Run& run, uint32_t task, uint32_t worker, Kernel kernel, size_t element) {
  const Frame& f = run.frame;
  const Plan& plan = run.kept<Plan>();
  const Group& group = plan.group;
  const schema::Convolution& a = *f.op->attributes_as_Convolution();
  const Sequences from = sequences_of(f, f.input(0)), to = sequences_of(f, f.output(0));
  const uint32_t first_row = task % plan.row_tasks * plan.rows_per_task;
  const uint32_t left = plan.rows - first_row;
  const uint32_t end = first_row + (left < plan.rows_per_task ? left : plan.rows_per_task);
  const uint32_t panels = group.count * group.panels;
  uint32_t panel = task / plan.row_tasks * plan.panels_per_task;
  const uint32_t more = panels - panel;
  const uint32_t last = panel + (more < plan.panels_per_task ? more : plan.panels_per_task);
  for (uint32_t count; panel < last; panel += count) {
    const uint32_t g = panel / group.panels, in_group = panel % group.panels;
    count = group.panels - in_group < last - panel ? group.panels - in_group : last - panel;
    kernels::Linear part = plan.whole;
    const uint32_t output = in_group * kPanel, rest = group.outputs - output;
    part.outputs = rest < count * kPanel ? rest : count * kPanel;
    part.w = static_cast<const unsigned char*>(part.w) + size_t{panel} * group.k * kPanel * element;
    if (part.bias != nullptr) part.bias += size_t{panel} * kPanel;
    float* scratch = run.scratch_of(worker);
    part.scratch = scratch + most_rows(plan.rows) * kernels::padded(size_t{group.k});
    for (uint32_t r = first_row; r < end;) {
      const Piece piece = to.piece(r, end);
      const float* x = plan.whole.x + from.first(piece.sequence) * plan.whole.x_stride;
      part.y = plan.whole.y + r * plan.whole.y_stride + g * group.outputs + output;
      convolve(run,
               {x + g * group.columns, plan.whole.x_stride, int64_t{from.length(piece.sequence)},
                int64_t{piece.token} * a.stride() - a.before(), piece.count},
               part, kernel, scratch);
      r += piece.count;
    }
  }
}

#define FOVEA_FORMAT(name, Element, type)                                              \
  void execute_convolution_##name(const Run& run, uint32_t task, uint32_t worker) {    \
    run_task(run, task, worker, run.kernels->linear_##name, sizeof(kernels::Element)); \
  }
#include "kernels/formats.inc"
#undef FOVEA_FORMAT

constexpr Definition define() {
  Definition d;
  d.inputs = {{"x"}};
  d.outputs = {{"y"}};
  d.weights = {{"matrix"}, {"bias", kOptional}};
  d.check = check;
  d.scratch = scratch;
  d.prepare = prepare;
  d.run = execute_convolution_f32;
  d.cost = [](const Frame& f) { return matrix_cost(f, 1); };
  return d;
}

}  // namespace
}  // namespace fovea

FOVEA_DEFINE_OPERATOR(Convolution, convolution, define())

#define FOVEA_FORMAT_F32(...)
#define FOVEA_FORMAT(name, Element, type) FOVEA_OPERATOR_IN_FORMAT(convolution, name, type)
#include "kernels/formats.inc"
#undef FOVEA_FORMAT
