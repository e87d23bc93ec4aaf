#include <cstring>

#include "runtime/operators/key_value.h"

namespace fovea {
namespace {

// Units that one call of the kernel takes; boards have little stack, and no row that shares.
constexpr uint32_t kItems = sizeof(void*) < 8 ? 1 : 8;
// Threads divide one query's keys in caches of so many slots; boards have no threads.
constexpr uint32_t kLongCache = 2048;
constexpr bool kDividesKeys = sizeof(void*) >= 8;

// Where the weights of every query go.
struct Report {
  float* weights;  // [batch][heads][tokens][width], or null
  uint32_t width;
};

// What does not depend on the task. A unit is some rows of one sequence, and one key-value head; a
// task is some units.
struct Plan {
  kernels::AttentionF32 whole;  // but for its items
  const float* query;           // of row 0
  float* y;
  kernels::KeyRun keys;  // of sequence 0, head 0
  Report report;
  Sequences rows;
  Slots slots;
  const int32_t* held;     // tokens in the cache before the run, or null: none
  bool adds;               // whether queries see keys of this run
  uint32_t rows_per_unit;  // 0: all of a sequence
  uint32_t units, units_per_task;
  float* parts;  // of key blocks, [units][blocks], where keys are divided
  uint32_t blocks, blocks_per_task;
  uint32_t tasks_per_unit;  // that make parts; 0: keys are not divided
};

// Keys that one row of weights has room for: the context, or the slots of a key tensor.
uint32_t weight_width(const Frame& f) {
  return f.state(0) != nullptr ? f.model->caches()->Get(f.state(0)->cache())->context()
                               : tensor_capacity(f, f.input(1));
}

fovea_code check_weights_output(const Frame& f, fovea_error* error) {
  const Rows query = f.input_rows(0);
  if (f.output(1) < 0) return FOVEA_OK;
  const schema::Tensor* tensor = f.tensor(f.output(1));
  const uint32_t rank = tensor->extents()->size();
  const bool batched = f.tensor(f.input(0))->extents()->size() == 3;
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_OUTPUT, 1, rank, batched ? 4 : 3, error));
  const uint32_t needed[] = {query.batch, f.op->attributes_as_Attention()->heads(), query.tokens,
                             weight_width(f)};
  for (uint32_t i = 0; i < rank; ++i) {
    FOVEA_TRY(
        check_equal(f, FOVEA_FIELD_OUTPUT, 1, f.extent(tensor, i), needed[4 - rank + i], error));
  }
  return check_equal(f, FOVEA_FIELD_OUTPUT, 1, static_cast<uint32_t>(tensor->storage()), 0, error);
}

// Inputs: query, [keys, values].
fovea_code check(const Frame& f, fovea_error* error) {
  const auto* a = f.op->attributes_as_Attention();
  const Rows query = f.input_rows(0), y = f.output_rows(0);
  FOVEA_TRY(check_sequences(f, f.input(0), FOVEA_FIELD_INPUT, 0, error));
  FOVEA_TRY(check_sequences(f, f.output(0), FOVEA_FIELD_OUTPUT, 0, error));
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_OUTPUT, 0, y.batch, query.batch, error));
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_OUTPUT, 0, y.tokens, query.tokens, error));
  FOVEA_TRY(check_attribute(f, a->kv_heads(), 1, query.width, error));
  FOVEA_TRY(check_attribute(f, a->heads(), a->kv_heads(), query.width, error));
  FOVEA_TRY(check_attribute(f, a->heads() % a->kv_heads(), 0, 0, error));
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_INPUT, 0, query.width, uint64_t{a->heads()} * a->key_width(),
                        error));
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_OUTPUT, 0, y.width, uint64_t{a->heads()} * a->value_width(),
                        error));
  if (!(a->scale() > 0.0f && a->scale() < 1e6f)) {
    return fail(error, FOVEA_BAD_VALUE, f.where(FOVEA_FIELD_ATTRIBUTE), 0, 1000000);
  }
  const KeyValueShape shape = {sequences_of(f, f.input(0)), a->kv_heads(), a->key_width(),
                               a->value_width()};
  if (f.state(0) != nullptr) {
    FOVEA_TRY(check_equal(f, FOVEA_FIELD_INPUT, 1, f.input(1) < 0 && f.input(2) < 0, 1, error));
    FOVEA_TRY(check_states(f, shape, error));
  } else {
    FOVEA_TRY(check_equal(f, FOVEA_FIELD_INPUT, 1, f.input(1) >= 0 && f.input(2) >= 0, 1, error));
    FOVEA_TRY(
        check_tensors(f, shape, f.input(0), f.input(1), f.input(2), FOVEA_FIELD_INPUT, 1, error));
  }
  return check_weights_output(f, error);
}

// Slots that the keys of one head may take.
uint32_t key_capacity(const Frame& f, const schema::State* keys) {
  return keys != nullptr ? f.model->caches()->Get(keys->cache())->capacity()
                         : tensor_capacity(f, f.input(1));
}

// Bytes for the parts of one query, behind the scratch of the first thread; 0: its keys are not
// divided.
uint64_t parts_bytes(const Frame& f) {
  const auto* a = f.op->attributes_as_Attention();
  const uint64_t group = a->heads() / a->kv_heads();
  if (f.state(0) == nullptr || f.output(1) >= 0 || group > kernels::kQueryBlock) return 0;
  const uint64_t capacity = key_capacity(f, f.state(0));
  if (capacity < kLongCache) return 0;
  const uint64_t blocks = (capacity + kernels::kKeyBlock - 1) / kernels::kKeyBlock;
  return a->kv_heads() * blocks * kernels::attention_part(group, a->value_width());
}

uint64_t own_scratch(const Frame& f) {
  const auto* a = f.op->attributes_as_Attention();
  const uint64_t group = a->heads() / a->kv_heads();
  const uint64_t attention =
      kernels::attention_scratch(f.input_rows(0).tokens * group, key_capacity(f, f.state(0)),
                                 a->key_width(), a->value_width());
  const uint64_t scores = f.output(1) < 0 ? 0 : kernels::linear_scratch(1, a->key_width());
  return attention > scores ? attention : scores;
}

uint64_t scratch(const Frame& f) {
  return own_scratch(f) + parts_bytes(f);
}

// Rows that one unit takes: all, unless tasks are to be small or are too few for the workers.
uint32_t rows_per_unit(const Run& run, const Plan& plan) {
  const uint32_t heads = plan.rows.count * plan.slots.heads;
  const bool divide =
      run.grain == Grain::kFine || (run.grain == Grain::kThreads && heads < 2 * run.workers);
  const uint32_t group = plan.whole.shape.heads;
  const uint32_t block = (kernels::kQueryBlock + group - 1) / group;
  return divide && block < plan.rows.most ? block : 0;
}

// As many as make waking a thread worth while. Where rows are divided the last see most keys.
uint32_t units_per_task(const Run& run, const Plan& plan) {
  if (plan.rows_per_unit != 0) return 1;
  const kernels::AttentionShape& a = plan.whole.shape;
  const uint64_t heads = uint64_t{a.heads} * plan.slots.heads;
  const uint64_t work = plan.rows.rows * heads * (a.key_width + a.value_width);
  return run.units_per_task(plan.units, work * plan.slots.capacity, 1);
}

// The rows of a unit, none in some.
Piece piece_of(const Plan& plan, uint32_t unit) {
  const uint32_t i = unit / plan.slots.heads;
  if (plan.rows_per_unit != 0) return plan.rows.block(i, plan.rows_per_unit);
  return {i, plan.rows.first(i), 0, plan.rows.length(i)};
}

kernels::AttentionItem item_of(const Plan& plan, const Piece& piece, uint32_t head) {
  const kernels::AttentionShape& a = plan.whole.shape;
  const uint32_t held = plan.held == nullptr ? 0 : static_cast<uint32_t>(plan.held[piece.sequence]);
  const uint32_t end = plan.adds ? held + plan.rows.length(piece.sequence) : held;
  const size_t slot = plan.slots.first(plan.rows, piece.sequence, head);
  const size_t first_head = size_t{head} * a.heads;
  kernels::AttentionItem item;
  item.query = plan.query + piece.row * a.query_stride + first_head * a.key_width;
  item.y = plan.y + piece.row * a.y_stride + first_head * a.value_width;
  kernels::KeyRun& keys = item.keys.runs[0];
  keys = plan.keys;
  keys.keys += slot * a.key_width;
  keys.values += slot * a.value_width;
  keys.count = end < plan.slots.capacity ? end : plan.slots.capacity;
  item.keys.count = 1;
  item.rows = piece.count;
  item.first_position = held + piece.token;
  return item;
}

// One token of one sequence, whose heads are too few for the workers: the parts of key blocks are
// made first, then those of each head are merged.
void divide_keys(Run& run, Plan& plan) {
  const Frame& f = run.frame;
  const uint64_t bytes = parts_bytes(f);
  const bool one = plan.rows.rows == 1 && plan.rows.count == 1 && plan.units < 2 * run.workers;
  if (run.grain != Grain::kThreads || !one || bytes == 0) return;
  const kernels::AttentionShape& a = plan.whole.shape;
  const uint32_t keys = item_of(plan, piece_of(plan, 0), 0).keys.runs[0].count;
  constexpr uint32_t kBlock = kernels::kKeyBlock;
  const uint32_t blocks = (keys + kBlock - 1) / kBlock;
  const uint64_t work = uint64_t{plan.units} * a.heads * (a.key_width + a.value_width) * keys;
  const uint32_t share = run.units_per_task(plan.units * blocks, work, 1);
  if (share >= blocks) return;
  plan.parts = reinterpret_cast<float*>(run.scratch + own_scratch(f));
  plan.blocks = blocks;
  plan.tasks_per_unit = (blocks + share - 1) / share;
  plan.blocks_per_task = (blocks + plan.tasks_per_unit - 1) / plan.tasks_per_unit;
  run.second_phase = plan.units * plan.tasks_per_unit;
  run.tasks = run.second_phase + plan.units;
}

fovea_code prepare(Run& run, fovea_error*) {
  const Frame& f = run.frame;
  const schema::Attention& a = *f.op->attributes_as_Attention();
  const schema::State* keys = f.state(0);
  const Rows query = f.input_rows(0), y = f.output_rows(0);
  Plan plan = {};
  plan.rows = sequences_of(f, f.input(0));
  plan.slots = {a.kv_heads(), key_capacity(f, keys), plan.rows.packed && keys == nullptr};
  plan.adds = true;
  plan.query = query.f32();
  plan.y = y.f32();
  if (keys == nullptr) {
    plan.keys.keys = f.input_rows(1).f32();
    plan.keys.values = f.input_rows(2).f32();
  } else {
    plan.keys.keys = f.state_data(0);
    plan.keys.values = f.state_data(1);
    plan.adds = f.update_of(keys->cache()) != nullptr;
    plan.held = f.held(keys->cache());
  }
  plan.whole.shape = {a.heads() / a.kv_heads(), a.key_width(), a.value_width(), query.stride,
                      a.value_width(),          y.stride};
  plan.whole.visibility = {a.causal()};
  plan.whole.scoring = {a.scale()};
  plan.whole.scratch_bytes = run.scratch_stride;
  if (f.output(1) >= 0) {
    plan.report.weights = f.output_rows(1).f32();
    plan.report.width = weight_width(f);
  }
  plan.rows_per_unit = rows_per_unit(run, plan);
  const uint32_t size = plan.rows_per_unit;
  plan.units = plan.slots.heads * (size == 0 ? plan.rows.count : plan.rows.blocks(size));
  plan.units_per_task = units_per_task(run, plan);
  run.tasks = (plan.units + plan.units_per_task - 1) / plan.units_per_task;
  if (kDividesKeys) divide_keys(run, plan);
  run.keep(plan);
  return FOVEA_OK;
}

// The weights of one query head: `rows` rows of scores against the key blocks, which are a matrix
// in panels, then softmax over the keys that each row sees.
void write_weights(const Run& run, const Plan& plan, const kernels::AttentionF32& args,
                   const kernels::AttentionItem& item, uint32_t head, float* weights) {
  const kernels::AttentionShape& shape = args.shape;
  const kernels::KeyRun& keys = item.keys.runs[0];
  for (uint32_t r = 0; r < item.rows; ++r) {
    const uint32_t reach = item.first_position + r + 1;
    uint32_t seen = args.visibility.causal && reach < keys.count ? reach : keys.count;
    seen = seen < plan.report.width ? seen : plan.report.width;
    float* row = weights + uint64_t{r} * plan.report.width;
    kernels::Linear scores = {};
    scores.x = item.query + r * shape.query_stride + size_t{head} * shape.key_width;
    scores.w = keys.keys;
    scores.y = row;
    scores.x_stride = scores.y_stride = plan.report.width;
    scores.rows = 1;
    scores.k = shape.key_width;
    scores.outputs = seen;
    scores.scratch = args.scratch;
    run.kernels->linear_f32(scores);
    for (uint32_t i = 0; i < seen; ++i) row[i] *= args.scoring.scale;
    run.kernels->softmax_f32({row, plan.report.width, row, plan.report.width, 1, seen});
    std::memset(row + seen, 0, (plan.report.width - seen) * sizeof(float));
  }
}

// The weights of all query heads and rows of a unit. Not inlined: runs without them, most of those
// on boards, would have its stack too.
[[gnu::noinline]] void report(const Run& run, const Plan& plan, const kernels::AttentionF32& args,
                              uint32_t unit) {
  const Piece piece = piece_of(plan, unit);
  const uint32_t kv_head = unit % plan.slots.heads, group = args.shape.heads;
  const kernels::AttentionItem item = item_of(plan, piece, kv_head);
  const uint64_t heads = uint64_t{group} * plan.slots.heads;
  for (uint32_t h = 0; h < group; ++h) {
    const uint64_t head = kv_head * group + h;
    const uint64_t row = plan.rows.packed
                             ? head * plan.rows.rows + piece.row
                             : (piece.sequence * heads + head) * plan.rows.most + piece.token;
    float* weights = plan.report.weights + row * plan.report.width;
    std::memset(weights, 0, size_t{piece.count} * plan.report.width * sizeof(float));
    if (item.keys.end() > 0) write_weights(run, plan, args, item, h, weights);
  }
}

// A task where keys are divided.
void execute_part(const Run& run, const Plan& plan, uint32_t task, uint32_t worker) {
  const bool merges = task >= run.second_phase;
  const uint32_t unit = merges ? task - run.second_phase : task / plan.tasks_per_unit;
  const kernels::AttentionItem item = item_of(plan, piece_of(plan, unit), unit);
  const kernels::AttentionShape& a = plan.whole.shape;
  const size_t part = kernels::attention_part(a.heads, a.value_width) / sizeof(float);
  kernels::AttentionPartsF32 args = {plan.whole, plan.parts + unit * plan.blocks * part, 0,
                                     plan.blocks};
  args.whole.items = &item;
  args.whole.count = 1;
  args.whole.scratch = run.scratch_of(worker);
  if (merges) return run.kernels->attention_merge_f32(args);
  args.first = task % plan.tasks_per_unit * plan.blocks_per_task;
  const uint32_t left = plan.blocks - args.first;
  args.count = left < plan.blocks_per_task ? left : plan.blocks_per_task;
  run.kernels->attention_parts_f32(args);
}

void execute(const Run& run, uint32_t task, uint32_t worker) {
  const Plan& plan = run.kept<Plan>();
  if (kDividesKeys && plan.tasks_per_unit > 0) return execute_part(run, plan, task, worker);
  kernels::AttentionItem items[kItems];
  kernels::AttentionF32 args = plan.whole;
  args.items = items;
  args.scratch = run.scratch_of(worker);
  const uint32_t first = task * plan.units_per_task, left = plan.units - first;
  const uint32_t units = left < plan.units_per_task ? left : plan.units_per_task;
  for (uint32_t u = first; u < first + units; ++u) {
    items[args.count] = item_of(plan, piece_of(plan, u), u % plan.slots.heads);
    if (items[args.count].rows > 0) ++args.count;
    if (args.count < kItems && u + 1 < first + units) continue;
    run.kernels->attention_f32(args);
    args.count = 0;
  }
  if (plan.report.weights != nullptr) {
    for (uint32_t u = first; u < first + units; ++u) report(run, plan, args, u);
  }
}

constexpr Definition define() {
  Definition d;
  d.inputs = {{"query"}, {"keys", kOptional, Role::kStored}, {"values", kOptional, Role::kStored}};
  d.outputs = {{"y"}, {"weights", kOptional}};
  d.states = {{"keys", kOptional}, {"values", kOptional}};
  d.check = check;
  d.scratch = scratch;
  d.prepare = prepare;
  d.run = execute;
  d.cost = attention_cost;
  return d;
}

}  // namespace
}  // namespace fovea

FOVEA_DEFINE_OPERATOR(Attention, attention, define())
