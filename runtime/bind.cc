#include <new>

#include "runtime/dims.h"
#include "runtime/features.h"
#include "runtime/measure.h"
#include "runtime/session.h"

#if !defined(FOVEA_FREESTANDING)
#include <cstdlib>
#endif

namespace fovea {
namespace {

// Splits one block into three where the caller gave one.
fovea_code split(const fovea_memory& needed, fovea_spans* spans, fovea_error* error) {
  const Where where = {FOVEA_TABLE_ARENA};
  if (spans->planned.data == nullptr && spans->scratch.data == nullptr) {
    if (spans->state.size < needed.total) {
      return fail(error, FOVEA_ARENA_TOO_SMALL, where, spans->state.size, needed.total);
    }
    auto* base = static_cast<unsigned char*>(spans->state.data);
    spans->state.size = static_cast<size_t>(needed.state);
    spans->planned = {base + needed.state, static_cast<size_t>(needed.planned)};
    spans->scratch = {base + needed.state + needed.planned, static_cast<size_t>(needed.scratch)};
  }
  const struct {
    fovea_block block;
    uint64_t needed;
    fovea_field field;
  } parts[] = {{spans->state, needed.state, FOVEA_FIELD_STATE_MEMORY},
               {spans->planned, needed.planned, FOVEA_FIELD_PLANNED_MEMORY},
               {spans->scratch, needed.scratch, FOVEA_FIELD_SCRATCH_MEMORY}};
  for (const auto& part : parts) {
    if (part.needed == 0) continue;
    if (part.block.data == nullptr) {
      return fail(error, FOVEA_ARENA_TOO_SMALL, where.at(part.field), 0, part.needed);
    }
    const uint64_t off = reinterpret_cast<uintptr_t>(part.block.data) % FOVEA_ALIGNMENT;
    if (off != 0) {
      return fail(error, FOVEA_MISALIGNED, where.at(part.field), off, FOVEA_ALIGNMENT);
    }
    if (part.block.size < part.needed) {
      return fail(error, FOVEA_ARENA_TOO_SMALL, where.at(part.field), part.block.size, part.needed);
    }
  }
  return FOVEA_OK;
}

const char* wanted_row(const fovea_options& options) {
  if (options.row != nullptr) return options.row;
#if !defined(FOVEA_FREESTANDING)
  const char* forced = std::getenv("FOVEA_ISA");
  if (forced != nullptr && forced[0] != '\0') return forced;
#endif
  return nullptr;
}

}  // namespace

void clear_lengths(fovea_session* s) {
  std::memset(s->lengths, 0, static_cast<size_t>(lengths_bytes(*s->model.root)));
}

}  // namespace fovea

extern "C" {

fovea_code fovea_bind(const fovea_model* model, fovea_spans memory, const fovea_options* options,
                      fovea_session** session, fovea_error* error) {
  using fovea::fail;
  if (memory.state.data == nullptr || session == nullptr ||
      fovea::view(model).preamble == nullptr) {
    return fail(error, FOVEA_BAD_ARGUMENT, {FOVEA_TABLE_SESSION});
  }
  const fovea_options chosen = options == nullptr ? fovea_options() : *options;
  const uint32_t workers = chosen.executor.workers == 0 ? 1 : chosen.executor.workers;
  const uint32_t most = chosen.executor.run == nullptr ? 1 : FOVEA_MAX_WORKERS;
  if (workers > most) {
    return fail(error, FOVEA_BAD_ARGUMENT, {FOVEA_TABLE_SESSION, 0, 0, FOVEA_FIELD_COUNT}, workers,
                most);
  }
  FOVEA_TRY(fovea::split(fovea_arena(model, workers), &memory, error));
  const char* row = fovea::wanted_row(chosen);
  const auto* kernels = fovea::kernels::select_row(row);
  if (kernels == nullptr) {
    return fovea::fail_name(error, FOVEA_NO_SUCH_ROW, {FOVEA_TABLE_SESSION}, row);
  }

  auto* s = new (memory.state.data) fovea_session();
  s->model = fovea::view(model);
  s->executor = chosen.executor;
  s->executor.workers = workers;
  s->kernels = kernels;
  auto* state = static_cast<unsigned char*>(memory.state.data);
  s->lengths = reinterpret_cast<int32_t*>(state + fovea::kSessionBytes);
  s->starts = reinterpret_cast<uint32_t*>(state + fovea::kSessionBytes +
                                          fovea::lengths_bytes(*s->model.root));
  s->states = state + fovea::session_bytes(*s->model.root);
  s->planned = static_cast<unsigned char*>(memory.planned.data);
  s->scratch = static_cast<unsigned char*>(memory.scratch.data);
  s->scratch_stride = s->model.root->memory()->per_thread();
  for (uint32_t i = 0; i < s->model.dim_count(); ++i) {
    s->dims[i] = s->model.root->dims()->Get(i)->max();
  }
  fovea::clear_lengths(s);
  *session = s;
  return fovea::succeed(error);
}

const char* fovea_row(const fovea_session* session) {
  return session == nullptr ? "" : session->kernels->name;
}

fovea_code fovea_set_dim(fovea_session* session, uint32_t dim, uint32_t value, fovea_error* error) {
  if (session == nullptr) return fovea::fail(error, FOVEA_BAD_ARGUMENT, {FOVEA_TABLE_SESSION});
  if (dim >= session->model.dim_count()) {
    return fovea::fail(error, FOVEA_BAD_ARGUMENT, {FOVEA_TABLE_DIM, dim, 0, FOVEA_FIELD_COUNT}, dim,
                       session->model.dim_count());
  }
  if (session->busy) return fovea::fail(error, FOVEA_BUSY, {FOVEA_TABLE_SESSION});
  const fovea::schema::Model& root = *session->model.root;
  const uint32_t max = root.dims()->Get(dim)->max();
  if (fovea::is_derived(*root.dims()->Get(dim))) {
    return fovea::fail(error, FOVEA_BAD_ARGUMENT, {FOVEA_TABLE_DIM, dim, 0, FOVEA_FIELD_EXTENTS},
                       value, max);
  }
  if (value == 0 || value > max) {
    return fovea::fail(error, FOVEA_BAD_ARGUMENT, {FOVEA_TABLE_DIM, dim}, value, max);
  }
  const uint32_t before = session->dims[dim];
  session->dims[dim] = value;
  const fovea_derived_dims* derived = session->model.operators->features.derived_dims;
  if (derived == nullptr) return fovea::succeed(error);
  const fovea_code code = derived->derive(root, session->dims, error);
  if (code == FOVEA_OK) return fovea::succeed(error);
  session->dims[dim] = before;
  static_cast<void>(derived->derive(root, session->dims, nullptr));
  return code;
}

uint32_t fovea_get_dim(const fovea_session* session, uint32_t dim) {
  return session != nullptr && dim < session->model.dim_count() ? session->dims[dim] : 0;
}

void fovea_set_trace(fovea_session* session, const fovea_trace* trace) {
  if (session == nullptr) return;
  session->trace = trace != nullptr && trace->record != nullptr ? trace : nullptr;
}

}  // extern "C"
