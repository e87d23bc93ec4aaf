#include "runtime/features.h"
#include "runtime/layout.h"
#include "runtime/rounding.h"
#include "runtime/session.h"
#include "runtime/verify.h"

namespace fovea {

namespace {

// In place: a frame that is returned first takes a run's stack twice.
void set_frame(const fovea_session& session, uint32_t method, Frame* frame) {
  frame->set_method(session.model.root, method);
  frame->features = &session.model.operators->features;
  frame->dims = session.dims;
  frame->memory = {session.planned, session.states, session.model.weights, session.lengths,
                   session.starts};
}

}  // namespace

Frame frame_of(const fovea_session& session, uint32_t method) {
  Frame frame;
  set_frame(session, method, &frame);
  return frame;
}

fovea_code check_method(const fovea_session* s, uint32_t method, fovea_error* error) {
  if (s == nullptr) return fail(error, FOVEA_BAD_ARGUMENT, {FOVEA_TABLE_SESSION});
  const uint32_t count = s->model.method_count();
  if (method < count) return FOVEA_OK;
  return fail(error, FOVEA_BAD_ARGUMENT, {FOVEA_TABLE_METHOD, method, method, FOVEA_FIELD_COUNT},
              method, count);
}

const fovea_operator& definition_of(const fovea_session& s, const schema::Operator& op) {
  return *find_operator(*s.model.operators, *s.model.root, op);
}

namespace {

// What has to be true before a run begins.
fovea_code start(const fovea_session& s, const Frame& f, fovea_error* error) {
  if (f.method->lengths() >= 0) FOVEA_TRY(f.features->packed_rows->start(s, f, error));
  return f.updates() ? f.features->caches->start(s, f, error) : FOVEA_OK;
}

void commit(const fovea_session& s, const Frame& f) {
  if (f.updates()) f.features->caches->commit(s, f);
}

// After a run that ended early, of which the first `started` operators have written something.
void forget(const fovea_session& s, const Frame& f, uint32_t started) {
  if (f.updates()) f.features->caches->forget(s, f, started);
}

// Ends a sliced run before its end.
void interrupt(fovea_session* s) {
  const uint32_t begun = s->next_task > 0 ? 1 : 0;
  forget(*s, frame_of(*s, s->method), s->next_operator + begun);
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
  set_frame(s, method, &run.frame);
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
      forget(*session, run.frame, i);
      return code;
    }
    const fovea_trace* t = session->trace;
    const uint64_t start = t != nullptr && t->clock != nullptr ? t->clock(t->context) : 0;
    run_tasks(*session, run, *op);
    if (t != nullptr) trace(*session, run.frame, start);
  }
  commit(*session, run.frame);
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
  commit(*session, run.frame);
  session->busy = false;
  *finished = true;
  return succeed(error);
}

void fovea_cancel(fovea_session* session) {
  if (session != nullptr && session->busy) fovea::interrupt(session);
}

}  // extern "C"
