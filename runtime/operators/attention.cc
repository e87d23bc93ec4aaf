#include <cstring>

#include "runtime/operators/key_value.h"

namespace fovea {
namespace {

// What does not depend on the task. A task is some rows of one key-value head of one sequence.
struct Plan {
  Rows query, y;
  float* weights;  // [batch][heads][tokens][weight_width], or null
  uint32_t weight_width;
  const schema::Attention* attributes;
  const float* keys;  // of sequence 0, head 0
  const float* values;
  uint32_t group;     // query heads of one key-value head
  uint32_t capacity;  // slots of one key-value head
  int32_t cache;      // -1: keys are tensors
  bool stores;        // the method stores to the cache
  uint32_t rows_per_task, row_tasks;
};

// Keys that one row of weights has room for: the context, or the slots of a key tensor.
uint32_t weight_width(const Frame& f) {
  return f.state(0) != nullptr ? f.model->caches()->Get(f.state(0)->cache())->context()
                               : tensor_capacity(f, f.input(1));
}

fovea_code check_weights_output(const Frame& f, const Rows& query, fovea_error* error) {
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

// Inputs: query, [keys, values], [lengths].
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
  FOVEA_TRY(check_lengths(f, 3, query.batch, error));
  const KeyValueShape shape = {query.batch, query.tokens, a->kv_heads(), a->key_width(),
                               a->value_width()};
  if (f.state(0) != nullptr) {
    FOVEA_TRY(check_equal(f, FOVEA_FIELD_INPUT, 1, f.input(1) < 0 && f.input(2) < 0, 1, error));
    FOVEA_TRY(check_states(f, shape, error));
  } else {
    FOVEA_TRY(check_equal(f, FOVEA_FIELD_INPUT, 1, f.input(1) >= 0 && f.input(2) >= 0, 1, error));
    FOVEA_TRY(check_tensors(f, shape, f.input(1), f.input(2), FOVEA_FIELD_INPUT, 1, error));
  }
  return check_weights_output(f, query, error);
}

// Slots that the keys of one head may take.
uint32_t key_capacity(const Frame& f, const schema::State* keys) {
  return keys != nullptr ? f.model->caches()->Get(keys->cache())->capacity()
                         : tensor_capacity(f, f.input(1));
}

uint64_t scratch(const Frame& f) {
  const auto* a = f.op->attributes_as_Attention();
  const uint64_t group = a->heads() / a->kv_heads();
  const uint64_t attention =
      kernels::attention_scratch(f.input_rows(0).tokens * group, key_capacity(f, f.state(0)),
                                 a->key_width(), a->value_width());
  const uint64_t scores = f.output(1) < 0 ? 0 : kernels::linear_scratch(1, a->key_width());
  return attention > scores ? attention : scores;
}

// Rows that one task takes: all, unless tasks are to be small or are too few for the workers.
uint32_t rows_per_task(const Run& run, const Plan& plan) {
  const uint32_t heads = plan.query.batch * plan.attributes->kv_heads();
  const bool divide =
      run.grain == Grain::kFine || (run.grain == Grain::kThreads && heads < 2 * run.workers);
  const uint32_t block = (kernels::kQueryBlock + plan.group - 1) / plan.group;
  return divide && block < plan.query.tokens ? block : plan.query.tokens;
}

fovea_code prepare(Run& run, fovea_error* error) {
  const Frame& f = run.frame;
  const schema::State* keys = f.state(0);
  Plan plan = {};
  plan.query = f.input_rows(0);
  plan.y = f.output_rows(0);
  plan.attributes = f.op->attributes_as_Attention();
  plan.group = plan.attributes->heads() / plan.attributes->kv_heads();
  plan.capacity = key_capacity(f, keys);
  plan.cache = keys == nullptr ? -1 : static_cast<int32_t>(keys->cache());
  plan.stores = keys != nullptr && f.update_of(keys->cache()) != nullptr;
  plan.keys = keys == nullptr ? f.input_rows(1).f32() : f.state_data(0);
  plan.values = keys == nullptr ? f.input_rows(2).f32() : f.state_data(1);
  for (uint32_t b = 0; b < plan.query.batch; ++b) {
    uint32_t ignored;
    FOVEA_TRY(read_length(f, 3, b, plan.query.tokens, &ignored, error));
  }
  if (f.output(1) >= 0) {
    plan.weights = f.output_rows(1).f32();
    plan.weight_width = weight_width(f);
  }
  plan.rows_per_task = rows_per_task(run, plan);
  plan.row_tasks = (plan.query.tokens + plan.rows_per_task - 1) / plan.rows_per_task;
  run.tasks = plan.query.batch * plan.attributes->kv_heads() * plan.row_tasks;
  run.keep(plan);
  return FOVEA_OK;
}

// Keys that a sequence with `valid` tokens in this run has, and the position of its first query.
struct Extent {
  uint32_t keys, first_position;
};

Extent extent_of(const Frame& f, const Plan& plan, uint32_t sequence, uint32_t valid) {
  if (plan.cache < 0) return {valid, 0};
  const uint32_t cached = f.cached(static_cast<uint32_t>(plan.cache), sequence);
  if (!plan.stores) return {cached, cached};
  const uint32_t end = cached + valid;
  return {end < plan.capacity ? end : plan.capacity, cached};
}

// Rows past the end of their sequence give zeros.
void zero_rows(const Rows& y, uint64_t first, uint32_t count, size_t column, size_t width) {
  for (uint32_t r = 0; r < count; ++r) {
    std::memset(y.f32() + (first + r) * y.stride + column, 0, width * sizeof(float));
  }
}

// The weights of one query head: `rows` rows of scores against the key blocks, which are a matrix
// in panels, then softmax over the keys that each row sees.
void write_weights(const Run& run, const Plan& plan, const kernels::AttentionF32& args,
                   uint32_t head, float* weights) {
  for (uint32_t r = 0; r < args.rows; ++r) {
    const uint32_t reach = args.first_position + r + 1;
    uint32_t seen = args.causal && reach < args.key_count ? reach : args.key_count;
    seen = seen < plan.weight_width ? seen : plan.weight_width;
    float* row = weights + uint64_t{r} * plan.weight_width;
    kernels::LinearF32 scores = {};
    scores.x = args.query + r * args.query_stride + size_t{head} * args.key_width;
    scores.w = args.keys;
    scores.y = row;
    scores.x_stride = scores.y_stride = plan.weight_width;
    scores.rows = 1;
    scores.k = args.key_width;
    scores.outputs = seen;
    scores.scratch = args.scratch;
    run.kernels->linear_f32(scores);
    for (uint32_t i = 0; i < seen; ++i) row[i] *= args.scale;
    run.kernels->softmax_f32({row, plan.weight_width, row, plan.weight_width, 1, seen});
    std::memset(row + seen, 0, (plan.weight_width - seen) * sizeof(float));
  }
}

void execute(const Run& run, uint32_t task, uint32_t worker) {
  const Frame& f = run.frame;
  const Plan plan = run.kept<Plan>();
  const schema::Attention& a = *plan.attributes;
  const uint32_t kv_heads = a.kv_heads(), key_width = a.key_width();
  const uint32_t value_width = a.value_width(), tokens = plan.query.tokens;
  const uint32_t head = task / plan.row_tasks % kv_heads;
  const uint32_t sequence = task / plan.row_tasks / kv_heads;
  const uint32_t first_head = head * plan.group;
  const uint32_t row = task % plan.row_tasks * plan.rows_per_task;
  const uint32_t rows = tokens - row < plan.rows_per_task ? tokens - row : plan.rows_per_task;
  uint32_t valid = 0;
  if (read_length(f, 3, sequence, tokens, &valid, nullptr) != FOVEA_OK) return;
  const uint32_t used = valid <= row ? 0 : (valid - row < rows ? valid - row : rows);
  const uint64_t first_row = uint64_t{sequence} * tokens + row;
  const size_t y_column = size_t{first_head} * value_width;
  zero_rows(plan.y, first_row + used, rows - used, y_column, size_t{plan.group} * value_width);
  if (plan.weights != nullptr) {
    for (uint32_t h = first_head; h < first_head + plan.group; ++h) {
      const uint64_t first = (uint64_t{sequence} * a.heads() + h) * tokens + row;
      std::memset(plan.weights + first * plan.weight_width, 0,
                  size_t{rows} * plan.weight_width * sizeof(float));
    }
  }
  if (used == 0) return;

  const Extent seen = extent_of(f, plan, sequence, valid);
  const uint64_t slot = (uint64_t{sequence} * kv_heads + head) * plan.capacity;
  kernels::AttentionF32 args = {};
  args.query = plan.query.f32() + first_row * plan.query.stride + size_t{first_head} * key_width;
  args.query_stride = plan.query.stride;
  args.keys = plan.keys + slot * key_width;
  args.values = plan.values + slot * value_width;
  args.value_stride = value_width;
  args.y = plan.y.f32() + first_row * plan.y.stride + y_column;
  args.y_stride = plan.y.stride;
  args.rows = used;
  args.heads = plan.group;
  args.key_width = key_width;
  args.value_width = value_width;
  args.key_count = seen.keys;
  args.first_position = seen.first_position + row;
  args.causal = a.causal();
  args.scale = a.scale();
  args.scratch = run.scratch_of(worker);
  run.kernels->attention_f32(args);
  for (uint32_t h = 0; plan.weights != nullptr && seen.keys > 0 && h < plan.group; ++h) {
    const uint64_t first = (uint64_t{sequence} * a.heads() + first_head + h) * tokens + row;
    write_weights(run, plan, args, h, plan.weights + first * plan.weight_width);
  }
}

constexpr Definition define() {
  Definition d;
  d.inputs = {{"query"},
              {"keys", kOptional, Role::kStored},
              {"values", kOptional, Role::kStored},
              {"lengths", kI32 | kOptional, Role::kLengths}};
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
