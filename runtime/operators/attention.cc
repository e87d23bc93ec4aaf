#include "runtime/operators/attention.h"

#include "runtime/operators/key_value.h"

namespace fovea {
namespace {

// Units that one call of the kernel takes; boards have little stack, and no row that shares.
constexpr uint32_t kItems = sizeof(void*) < 8 ? 1 : 8;
// Threads divide one query's keys in caches of so many slots; boards have no threads.
constexpr uint32_t kLongCache = 2048;
constexpr bool kDividesKeys = sizeof(void*) >= 8;

// The kernels of an element.
template <class K>
void attend(const Run& run, const kernels::AttentionF32& args);
template <class K>
void attend_in_parts(const Run& run, const kernels::AttentionPartsF32& args);

#define FOVEA_CACHE(name, Element, type)                                              \
  template <>                                                                         \
  [[maybe_unused]] void attend<kernels::Element>(const Run& run,                      \
                                                 const kernels::AttentionF32& args) { \
    run.kernels->attention_##name(args);                                              \
  }                                                                                   \
  template <>                                                                         \
  [[maybe_unused]] void attend_in_parts<kernels::Element>(                            \
      const Run& run, const kernels::AttentionPartsF32& args) {                       \
    run.kernels->attention_parts_##name(args);                                        \
  }
#include "kernels/caches.inc"
#undef FOVEA_CACHE

// What does not depend on the task. A unit is some rows of one sequence, and one key-value head; a
// task is some units.
struct Plan {
  kernels::AttentionShape shape;
  kernels::Visibility visibility;
  float scale;
  uint64_t scratch_bytes;
  const float* query;  // of row 0
  float* y;
  kernels::KeyRun keys;  // of sequence 0, head 0
  Sequences rows;
  Slots slots;
  const int32_t* held;     // tokens in the cache before the run, or null: none
  bool adds;               // whether queries see keys of this run
  uint32_t key_tokens;     // that each sequence has of these; 0: as many as queries
  uint32_t rows_per_unit;  // 0: all of a sequence
  uint32_t units, units_per_task;
  float* parts;  // of key blocks, [units][blocks], where keys are divided
  uint32_t blocks, blocks_per_task;
  uint32_t tasks_per_unit;  // that make parts; 0: keys are not divided
};

// Rows that one unit takes: all, unless tasks are to be small or are too few for the workers.
uint32_t rows_per_unit(const Run& run, const Plan& plan) {
  const uint32_t heads = plan.rows.count * plan.slots.heads;
  const bool divide =
      run.grain == Grain::kFine || (run.grain == Grain::kThreads && heads < 2 * run.workers);
  const uint32_t group = plan.shape.heads;
  const uint32_t block = (kernels::kQueryBlock + group - 1) / group;
  return divide && block < plan.rows.most ? block : 0;
}

// As many as make waking a thread worth while. Where rows are divided the last see most keys.
uint32_t units_per_task(const Run& run, const Plan& plan) {
  if (plan.rows_per_unit != 0) return 1;
  const kernels::AttentionShape& a = plan.shape;
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

// Tokens that queries of a sequence may see.
uint32_t seen_tokens(const Plan& plan, uint32_t sequence) {
  const uint32_t held = plan.held == nullptr ? 0 : static_cast<uint32_t>(plan.held[sequence]);
  const uint32_t made = plan.key_tokens > 0 ? plan.key_tokens : plan.rows.length(sequence);
  return plan.adds ? held + made : held;
}

template <class K>
kernels::AttentionItem item_of(const Plan& plan, const Piece& piece, uint32_t head,
                               const AttentionForm* form) {
  const kernels::AttentionShape& a = plan.shape;
  const uint32_t held = plan.held == nullptr ? 0 : static_cast<uint32_t>(plan.held[piece.sequence]);
  const size_t slot = plan.slots.first(plan.rows, piece.sequence, head);
  const size_t first_head = size_t{head} * a.heads;
  kernels::AttentionItem item = {};
  item.query = plan.query + piece.row * a.query_stride + first_head * a.key_width;
  item.y = plan.y + piece.row * a.y_stride + first_head * a.value_width;
  kernels::KeyRun& keys = item.keys.runs[0];
  keys = plan.keys;
  keys.keys = static_cast<const K*>(keys.keys) + slot * kernels::slot_elements<K>(a.key_width);
  keys.values =
      static_cast<const K*>(keys.values) + slot * kernels::slot_elements<K>(a.value_width);
  keys.count = seen_tokens(plan, piece.sequence);  // a form makes runs of those that went round
  item.keys.count = 1;
  item.rows = piece.count;
  item.first_position = held + piece.token;
  item.first_head = static_cast<uint32_t>(first_head);
  if (form != nullptr) form->complete(*form, plan.rows, piece, item);
  return item;
}

// One token of one sequence, whose heads are too few for the workers: the parts of key blocks are
// made first, then those of each head are merged.
void divide_keys(Run& run, Plan& plan) {
  const Frame& f = run.frame;
  const uint64_t bytes = attention_shared(f);
  const bool one = plan.rows.rows == 1 && plan.rows.count == 1 && plan.units < 2 * run.workers;
  if (run.grain != Grain::kThreads || !one || bytes == 0) return;
  const kernels::AttentionShape& a = plan.shape;
  const uint32_t keys = seen_tokens(plan, 0);
  constexpr uint32_t kBlock = kernels::kKeyBlock;
  const uint32_t blocks = (keys + kBlock - 1) / kBlock;
  const uint64_t work = uint64_t{plan.units} * a.heads * (a.key_width + a.value_width) * keys;
  const uint32_t share = run.units_per_task(plan.units * blocks, work, 1);
  if (share >= blocks) return;
  plan.parts = run.shared(bytes);
  plan.blocks = blocks;
  plan.tasks_per_unit = (blocks + share - 1) / share;
  plan.blocks_per_task = (blocks + plan.tasks_per_unit - 1) / plan.tasks_per_unit;
  run.second_phase = plan.units * plan.tasks_per_unit;
  run.tasks = run.second_phase + plan.units;
}

}  // namespace

uint64_t attention_shared(const Frame& f) {
  const auto* a = f.op->attributes_as_Attention();
  const uint64_t group = a->heads() / a->kv_heads();
  const bool apart = f.output(1) >= 0 || a->dropout() != nullptr;
  if (f.state(0) == nullptr || apart || group > kernels::kQueryBlock) return 0;
  const uint64_t capacity = key_capacity(f);
  if (capacity < kLongCache || key_positions(f) > capacity) return 0;
  const uint64_t blocks = (capacity + kernels::kKeyBlock - 1) / kernels::kKeyBlock;
  return a->kv_heads() * blocks * kernels::attention_part(group, a->value_width());
}

uint64_t attention_scratch(const Frame& f) {
  const auto* a = f.op->attributes_as_Attention();
  const uint64_t group = a->heads() / a->kv_heads();
  return kernels::attention_scratch(f.input_rows(0).tokens * group, key_positions(f),
                                    a->key_width(), a->value_width());
}

fovea_code prepare_attention(Run& run, fovea_error*) {
  const Frame& f = run.frame;
  const schema::Attention& a = *f.op->attributes_as_Attention();
  const schema::State* keys = f.state(0);
  const Rows query = f.input_rows(0), y = f.output_rows(0);
  Plan plan = {};
  plan.rows = sequences_of(f, f.input(0));
  plan.slots = {a.kv_heads(), key_capacity(f), plan.rows.packed && keys == nullptr};
  plan.adds = true;
  plan.key_tokens = a.key_tokens();
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
  plan.shape = {a.heads() / a.kv_heads(), a.key_width(), a.value_width(), query.stride,
                a.value_width(),          y.stride};
  if (a.causal()) plan.visibility.after = 0;
  plan.scale = a.scale();
  plan.scratch_bytes = run.scratch_stride;
  plan.rows_per_unit = rows_per_unit(run, plan);
  const uint32_t size = plan.rows_per_unit;
  plan.units = plan.slots.heads * (size == 0 ? plan.rows.count : plan.rows.blocks(size));
  plan.units_per_task = units_per_task(run, plan);
  run.tasks = (plan.units + plan.units_per_task - 1) / plan.units_per_task;
  if (kDividesKeys) divide_keys(run, plan);
  run.keep(plan);
  return FOVEA_OK;
}

// The units of some rows follow each other, by head.
void join_heads(Run& run) {
  Plan plan = run.kept<Plan>();
  const uint32_t heads = plan.slots.heads;
  plan.units_per_task = (plan.units_per_task + heads - 1) / heads * heads;
  run.tasks = (plan.units + plan.units_per_task - 1) / plan.units_per_task;
  run.keep(plan);
}

namespace {

kernels::AttentionF32 args_of(const Run& run, const Plan& plan, uint32_t worker,
                              const AttentionForm* form) {
  kernels::AttentionF32 args = {};
  args.shape = plan.shape;
  args.visibility = plan.visibility;
  args.scale = plan.scale;
  args.scratch = run.scratch_of(worker);
  args.scratch_bytes = plan.scratch_bytes;
  if (form != nullptr) {
    args.visibility = form->visibility;
    args.scoring = form->scoring;
    args.attend = form->attend;
    args.report = form->report;
    args.dropout = form->dropout;
  }
  return args;
}

// A task where keys are divided.
template <class K>
void run_part(const Run& run, const Plan& plan, uint32_t task, uint32_t worker,
              const AttentionForm* form) {
  const bool merges = task >= run.second_phase;
  const uint32_t unit = merges ? task - run.second_phase : task / plan.tasks_per_unit;
  const kernels::AttentionItem item = item_of<K>(plan, piece_of(plan, unit), unit, form);
  const kernels::AttentionShape& a = plan.shape;
  const size_t part = kernels::attention_part(a.heads, a.value_width) / sizeof(float);
  kernels::AttentionPartsF32 args = {args_of(run, plan, worker, form),
                                     plan.parts + unit * plan.blocks * part, 0, plan.blocks};
  args.whole.items = &item;
  args.whole.count = 1;
  if (merges) return run.kernels->attention_merge_f32(args);
  args.first = task % plan.tasks_per_unit * plan.blocks_per_task;
  const uint32_t left = plan.blocks - args.first;
  args.count = left < plan.blocks_per_task ? left : plan.blocks_per_task;
  attend_in_parts<K>(run, args);
}

}  // namespace

template <class K>
void run_attention(const Run& run, uint32_t task, uint32_t worker, const AttentionForm* form) {
  const Plan& plan = run.kept<Plan>();
  if (kDividesKeys && plan.tasks_per_unit > 0) return run_part<K>(run, plan, task, worker, form);
  kernels::AttentionItem items[kItems];
  kernels::AttentionF32 args = args_of(run, plan, worker, form);
  args.items = items;
  const uint32_t first = task * plan.units_per_task, left = plan.units - first;
  const uint32_t units = left < plan.units_per_task ? left : plan.units_per_task;
  for (uint32_t u = first; u < first + units; ++u) {
    items[args.count] = item_of<K>(plan, piece_of(plan, u), u % plan.slots.heads, form);
    if (items[args.count].rows > 0) ++args.count;
    if (args.count < kItems && u + 1 < first + units) continue;
    attend<K>(run, args);
    args.count = 0;
  }
}

#define FOVEA_CACHE(name, Element, type)                                                        \
  template void run_attention<kernels::Element>(const Run& run, uint32_t task, uint32_t worker, \
                                                const AttentionForm* form);
#include "kernels/caches.inc"
#undef FOVEA_CACHE

namespace {

template <class K>
void run_plain(const Run& run, uint32_t task, uint32_t worker) {
  run_attention<K>(run, task, worker, nullptr);
}

constexpr Definition define() {
  Definition d;
  d.inputs = {{"query"}, {"keys", kOptional, Role::kStored}, {"values", kOptional, Role::kStored}};
  d.outputs = {{"y"}};
  d.states = {{"keys", kOptional}, {"values", kOptional}};
  d.check = [](const Frame& f, fovea_error* error) {
    const auto* a = f.op->attributes_as_Attention();
    const bool plain = a->scoring() == nullptr && a->dropout() == nullptr && a->range() == nullptr;
    if (plain) return check_attention(f, error);
    return fail(error, FOVEA_UNKNOWN_OPERATOR, f.where(),
                static_cast<uint32_t>(schema::Attributes::Attention), 0);
  };
  d.scratch = attention_scratch;
  d.shared = attention_shared;
  d.prepare = prepare_attention;
  d.run = run_plain<float>;
  return d;
}

}  // namespace

// No literal: in one source file of all these would come with the names of everything.
constexpr char name_attention_plain[] = "Attention";

}  // namespace fovea

extern "C" constexpr fovea_operator fovea_operator_attention_plain = fovea::operator_of(
    fovea::schema::Attributes::Attention, fovea::name_attention_plain, fovea::define());

FOVEA_TRUSTED_OPERATOR(attention_plain, fovea_operator_attention_plain)

#define FOVEA_CACHE_F32(...)
#define FOVEA_CACHE(name, Element, type)                                           \
  FOVEA_OPERATOR_OF_FORMAT(                                                        \
      attention_##name##_plain,                                                    \
      fovea::in_format(fovea_operator_attention_plain, fovea::schema::DType::type, \
                       fovea::run_plain<fovea::kernels::Element>))
#include "kernels/caches.inc"
#undef FOVEA_CACHE
