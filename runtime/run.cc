#include "runtime/layout.h"
#include "runtime/operators/sequences.h"
#include "runtime/rounding.h"
#include "runtime/session.h"
#include "runtime/verify.h"

namespace fovea {

Frame frame_of(const fovea_session& session, uint32_t method) {
  Frame frame;
  frame.set_method(session.model.root, method);
  frame.dims = session.dims;
  frame.memory = {session.planned, session.states, session.model.weights, session.lengths,
                  session.starts};
  return frame;
}

fovea_code check_method(const fovea_session* s, uint32_t method, fovea_error* error) {
  if (s == nullptr) return fail(error, FOVEA_BAD_ARGUMENT, {FOVEA_TABLE_SESSION});
  const uint32_t count = s->model.method_count();
  if (method < count) return FOVEA_OK;
  return fail(error, FOVEA_BAD_ARGUMENT, {FOVEA_TABLE_METHOD, method, method, FOVEA_FIELD_COUNT},
              method, count);
}

namespace {

// Where each sequence begins in the method's packed rows, kept for the whole run: what a caller
// writes to the lengths between the slices of a run changes nothing.
fovea_code start_sequences(const fovea_session& s, const Frame& f, fovea_error* error) {
  if (f.method->lengths() < 0) return FOVEA_OK;
  const Rows lengths = f.rows(f.method->lengths());
  const uint32_t rows = f.dims[f.method->packed()];
  uint64_t sum = 0;
  for (uint32_t b = 0; b < lengths.width; ++b) {
    const int32_t length = lengths.i32()[b];
    if (length < 0) {
      return fail(error, FOVEA_OUT_OF_RANGE, f.where_length(b),
                  static_cast<uint64_t>(int64_t{length}), uint64_t{rows} + 1);
    }
    s.starts[b] = static_cast<uint32_t>(sum);
    sum += static_cast<uint32_t>(length);
  }
  s.starts[lengths.width] = rows;
  return sum == rows
             ? FOVEA_OK
             : fail(error, FOVEA_WRONG_LENGTHS, f.where_length(0).at(FOVEA_FIELD_NONE), sum, rows);
}

// Tokens that an update adds to a cache for a sequence.
uint32_t added_tokens(const Frame& f, const schema::CacheUpdate& update, uint32_t sequence) {
  const uint32_t* starts = f.memory.starts + sequence;
  return is_packed(*f.method, update) ? starts[1] - starts[0] : f.dims[update.dim()];
}

const fovea_operator& definition_of(const fovea_session& s, const schema::Operator& op) {
  return *find_operator(*s.model.operators, *s.model.root, op);
}

// Whether operator `index` of the method writes to a cache.
bool stores_to(const fovea_session& s, const Frame& f, uint32_t index, uint32_t cache) {
  const schema::Operator& op = *f.method->operators()->Get(index);
  if (size_of(op.states()) == 0 || !definition_of(s, op).stores) return false;
  const uint32_t state = static_cast<uint32_t>(op.states()->Get(0));
  return f.model->states()->Get(state)->cache() == cache;
}

// Sequences that an update concerns: those of the packed rows that it counts, or those that the
// method stores to the cache, or all where it stores none.
uint32_t updated_sequences(const fovea_session& s, const Frame& f,
                           const schema::CacheUpdate& update) {
  if (is_packed(*f.method, update)) return f.rows(f.method->lengths()).width;
  for (uint32_t i = 0; i < size_of(f.method->operators()); ++i) {
    if (!stores_to(s, f, i, update.cache())) continue;
    return f.rows(f.method->operators()->Get(i)->inputs()->Get(0)).batch;
  }
  return f.model->sequences();
}

// What has to be true before a run begins.
fovea_code start(const fovea_session& s, const Frame& f, fovea_error* error) {
  FOVEA_TRY(start_sequences(s, f, error));
  for (uint32_t i = 0; i < size_of(f.method->updates()); ++i) {
    const schema::CacheUpdate& update = *f.method->updates()->Get(i);
    const uint32_t context = f.model->caches()->Get(update.cache())->context();
    const uint32_t sequences = updated_sequences(s, f, update);
    for (uint32_t b = 0; b < sequences; ++b) {
      const uint64_t end = uint64_t{f.cached(update.cache(), b)} + added_tokens(f, update, b);
      if (end > context) {
        return fail(error, FOVEA_CONTEXT_FULL,
                    {FOVEA_TABLE_CACHE, update.cache(), f.method_index, FOVEA_FIELD_SEQUENCE, b},
                    end, context);
      }
    }
  }
  return FOVEA_OK;
}

void commit_lengths(const fovea_session& s, const Frame& f) {
  for (uint32_t i = 0; i < size_of(f.method->updates()); ++i) {
    const schema::CacheUpdate& update = *f.method->updates()->Get(i);
    const uint32_t sequences = updated_sequences(s, f, update);
    for (uint32_t b = 0; b < sequences; ++b) {
      const uint32_t length = f.cached(update.cache(), b) + added_tokens(f, update, b);
      s.length(update.cache(), b) = static_cast<int32_t>(length);
    }
  }
}

// After a run that ended early, of which the first `started` operators have written something. A
// cache that the method replaces is overwritten from its first slot on, so it holds neither the old
// tokens nor the new ones: it is empty. One that the method appends to keeps its tokens: what was
// written lies in slots past their end, which nobody reads before a later run has stored to them,
// since attention, saving and positions all stop at the length.
void forget_replaced(const fovea_session& s, const Frame& f, uint32_t started) {
  for (uint32_t i = 0; i < size_of(f.method->updates()); ++i) {
    const schema::CacheUpdate& update = *f.method->updates()->Get(i);
    if (update.mode() != schema::UpdateMode::Replace) continue;
    uint32_t op = 0;
    while (op < started && !stores_to(s, f, op, update.cache())) ++op;
    const uint32_t sequences = op == started ? 0 : updated_sequences(s, f, update);
    for (uint32_t b = 0; b < sequences; ++b) s.length(update.cache(), b) = 0;
  }
}

// Ends a sliced run before its end.
void interrupt(fovea_session* s) {
  const uint32_t begun = s->next_task > 0 ? 1 : 0;
  forget_replaced(*s, frame_of(*s, s->method), s->next_operator + begun);
  s->busy = false;
}

struct Work {
  const Run* run;
  const fovea_operator* op;
  uint32_t first;
};

void run_task(void* argument, uint32_t task, uint32_t worker) {
  const Work& work = *static_cast<const Work*>(argument);
  const ExactRounding rounding;
  work.op->run(*work.run, work.first + task, worker);
}

void run_phase(const fovea_session& s, const Run& run, const fovea_operator& op, uint32_t first,
               uint32_t end) {
  if (end - first > 1 && run.workers > 1) {
    Work work = {&run, &op, first};
    s.executor.run(s.executor.context, run_task, &work, end - first);
    return;
  }
  for (uint32_t task = first; task < end; ++task) op.run(run, task, 0);
}

void run_tasks(const fovea_session& s, const Run& run, const fovea_operator& op) {
  if (run.second_phase > 0) run_phase(s, run, op, 0, run.second_phase);
  run_phase(s, run, op, run.second_phase, run.tasks);
}

// Makes `run` ready for operator `index` of its frame's method.
fovea_code prepare(const fovea_session& s, uint32_t index, Run* run, const fovea_operator** op,
                   fovea_error* error) {
  run->frame.op = run->frame.method->operators()->Get(index);
  run->frame.op_index = index;
  run->tasks = 1;
  run->second_phase = 0;
  *op = &definition_of(s, *run->frame.op);
  return (*op)->prepare == nullptr ? FOVEA_OK : (*op)->prepare(*run, error);
}

Run make_run(const fovea_session& s, uint32_t method, Grain grain, uint32_t workers) {
  Run run;
  run.frame = frame_of(s, method);
  run.kernels = s.kernels;
  run.grain = grain;
  run.workers = workers;
  run.scratch = s.scratch;
  run.scratch_stride = s.scratch_stride;
  return run;
}

uint32_t outputs_crc(const Frame& f) {
  uint32_t crc = 0;
  for (uint32_t i = 0; i < size_of(f.op->outputs()); ++i) {
    const Rows y = f.output_rows(i);
    for (uint32_t r = 0; r < y.rows; ++r) {
      crc = fovea_crc32(crc, y.f32() + r * y.stride, y.width * kElementBytes);
    }
  }
  return crc;
}

void trace(const fovea_session& s, const Frame& f, uint64_t start) {
  const fovea_trace& t = *s.trace;
  fovea_record record = {};
  record.start = start;
  record.stop = t.clock == nullptr ? 0 : t.clock(t.context);
  record.method = f.method_index;
  record.operator_index = f.op_index;
  const fovea_operator& op = definition_of(s, *f.op);
  record.kind = op.name;
  // Stored keys and values have slots that nobody wrote, so their bytes say nothing.
  if (t.checksums && !op.stores) record.crc = outputs_crc(f);
  t.record(t.context, &record);
}

}  // namespace
}  // namespace fovea

extern "C" {

fovea_code fovea_run(fovea_session* session, uint32_t method, fovea_error* error) {
  using namespace fovea;
  FOVEA_TRY(check_method(session, method, error));
  if (session->busy) return fail(error, FOVEA_BUSY, {FOVEA_TABLE_SESSION});
  const ExactRounding rounding;
  const uint32_t workers = session->executor.workers;
  Run run = make_run(*session, method, workers > 1 ? Grain::kThreads : Grain::kWhole, workers);
  FOVEA_TRY(start(*session, run.frame, error));
  const uint32_t count = run.frame.method->operators()->size();
  for (uint32_t i = 0; i < count; ++i) {
    const fovea_operator* op;
    const fovea_code code = prepare(*session, i, &run, &op, error);
    if (code != FOVEA_OK) {
      forget_replaced(*session, run.frame, i);
      return code;
    }
    const fovea_trace* t = session->trace;
    const uint64_t start = t != nullptr && t->clock != nullptr ? t->clock(t->context) : 0;
    run_tasks(*session, run, *op);
    if (t != nullptr) trace(*session, run.frame, start);
  }
  commit_lengths(*session, run.frame);
  return succeed(error);
}

fovea_code fovea_run_for(fovea_session* session, uint32_t method, uint32_t budget, bool* finished,
                         fovea_error* error) {
  using namespace fovea;
  FOVEA_TRY(check_method(session, method, error));
  if (finished == nullptr) return fail(error, FOVEA_BAD_ARGUMENT, {FOVEA_TABLE_SESSION});
  *finished = false;
  if (session->busy && session->method != method) {
    return fail(error, FOVEA_BUSY, {FOVEA_TABLE_SESSION});
  }
  const ExactRounding rounding;
  Run run = make_run(*session, method, Grain::kFine, 1);
  if (!session->busy) {
    FOVEA_TRY(start(*session, run.frame, error));
    session->busy = true;
    session->method = method;
    session->next_operator = session->next_task = 0;
  }
  const uint32_t count = run.frame.method->operators()->size();
  while (session->next_operator < count) {
    const fovea_operator* op;
    const fovea_code code = prepare(*session, session->next_operator, &run, &op, error);
    if (code != FOVEA_OK) {
      interrupt(session);
      return code;
    }
    for (; session->next_task < run.tasks; ++session->next_task, --budget) {
      if (budget == 0) return succeed(error);
      op->run(run, session->next_task, 0);
    }
    ++session->next_operator;
    session->next_task = 0;
  }
  commit_lengths(*session, run.frame);
  session->busy = false;
  *finished = true;
  return succeed(error);
}

void fovea_cancel(fovea_session* session) {
  if (session != nullptr && session->busy) fovea::interrupt(session);
}

}  // extern "C"
