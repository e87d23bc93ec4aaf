// Lengths of sequences, and saved states.

#include <cstddef>

#include "runtime/layout.h"
#include "runtime/saved.h"
#include "runtime/session.h"

namespace fovea {
namespace {

using kernels::kPanel;

// A saved state is its head; then the length of every cache as u32, padded to 8 bytes; then for
// every state and head the slots in use: keys and codes as whole blocks of 16 with zeros past the
// end, other values as rows.
uint64_t saved_head_bytes(const Model& m) {
  return sizeof(SavedHead) + round_up(uint64_t{m.cache_count()} * sizeof(uint32_t), 8);
}

bool in_blocks(const schema::State& state) {
  return state.layout() == schema::StateLayout::Keys16 || state.dtype() == schema::DType::Int8;
}

// Slots of a state that are saved for a length: all of a ring that went round.
uint32_t saved_slots(const Model& m, const schema::State& state, uint32_t length) {
  const uint32_t capacity = m.root->caches()->Get(state.cache())->capacity();
  if (length > capacity) return capacity;
  return in_blocks(state) ? kernels::padded(length) : length;
}

// Bytes of what is saved of a head.
uint64_t saved_head_data(const Model& m, const schema::State& state, uint32_t length) {
  return saved_slots(m, state, length) * slot_bytes(state.dtype(), state.width());
}

// Data of a state for one sequence and head.
unsigned char* head_data(const fovea_session& s, uint32_t state, uint32_t sequence, uint32_t head) {
  const schema::State* t = s.model.root->states()->Get(state);
  const uint64_t per_head =
      s.model.root->caches()->Get(t->cache())->capacity() * slot_bytes(t->dtype(), t->width());
  return s.states + t->offset() + (uint64_t{sequence} * t->heads() + head) * per_head;
}

// Zeros the last of kPanel pieces that lie one after another, from `first` on.
void clear_pieces(unsigned char* pieces, uint32_t first, size_t size) {
  std::memset(pieces + first * size, 0, (kPanel - first) * size);
}

// Zeros the slots of a block from `first` on.
void clear_slots(unsigned char* block, const schema::State& state, uint32_t first) {
  const size_t element = state_element_bytes(state.dtype()), width = state.width();
  if (state.layout() == schema::StateLayout::Keys16) {
    for (size_t d = 0; d < width; ++d) clear_pieces(block + d * kPanel * element, first, element);
  } else {
    clear_pieces(block, first, width * element);
  }
  if (state.dtype() == schema::DType::Int8) {
    clear_pieces(block + kPanel * width, first, sizeof(float));
  }
}

void save_head(const Model& m, const schema::State& state, const unsigned char* data,
               uint32_t length, unsigned char* out) {
  const uint64_t bytes = saved_head_data(m, state, length);
  std::memcpy(out, data, static_cast<size_t>(bytes));
  const bool whole = length > saved_slots(m, state, length) || length % kPanel == 0;
  if (whole || !in_blocks(state)) return;
  const uint64_t block = kPanel * slot_bytes(state.dtype(), state.width());
  clear_slots(out + bytes - block, state, length % kPanel);
}

fovea_code check_sequence(const fovea_session* s, uint32_t sequence, fovea_error* error) {
  const Where where = {FOVEA_TABLE_SESSION, 0, 0, FOVEA_FIELD_SEQUENCE, sequence};
  if (s == nullptr) return fail(error, FOVEA_BAD_ARGUMENT, {FOVEA_TABLE_SESSION});
  if (s->busy) return fail(error, FOVEA_BUSY, where);
  const uint32_t sequences = s->model.root->sequences();
  return sequence < sequences ? FOVEA_OK
                              : fail(error, FOVEA_BAD_ARGUMENT, where, sequence, sequences - 1);
}

SavedHead saved_head(const Model& m) {
  return {kSavedMagic, static_cast<uint32_t>(m.preamble->header_crc),
          static_cast<uint32_t>(m.preamble->weights_crc), 0, 0};
}

// Whether tokens of a sequence may lie where earlier ones did: those that runs have stored, and one
// that ended early.
bool went_round(const Model& m, uint32_t cache, uint32_t length) {
  const schema::Cache& c = *m.root->caches()->Get(cache);
  return c.ring() != 0 && uint64_t{length} + most_stored(*m.root, cache) > c.capacity();
}

// The checksum of a whole saved state. `size` is at least a head's.
uint32_t saved_crc(const unsigned char* data, uint64_t size) {
  constexpr size_t kAt = offsetof(SavedHead, crc);
  const uint32_t zero = 0;
  uint32_t crc = fovea_crc32(0, data, kAt);
  crc = fovea_crc32(crc, &zero, sizeof zero);
  return fovea_crc32(crc, data + kAt + sizeof zero, static_cast<size_t>(size) - kAt - sizeof zero);
}

// Whether bytes are a saved state of the model, undamaged. What they are is told apart from what
// has befallen them.
fovea_code check_saved(const Model& m, const unsigned char* data, size_t size, fovea_error* error) {
  const Where where = {FOVEA_TABLE_SESSION};
  SavedHead head;
  const SavedHead expected = saved_head(m);
  if (data == nullptr || size < saved_head_bytes(m)) {
    return fail(error, FOVEA_BAD_SAVED_STATE, where);
  }
  std::memcpy(&head, data, sizeof head);
  if (head.magic != expected.magic) return fail(error, FOVEA_BAD_SAVED_STATE, where);
  const uint32_t crc = saved_crc(data, size);
  if (crc != head.crc) return fail(error, FOVEA_BAD_SAVED_STATE, where, crc, head.crc);
  head.crc = 0;
  if (std::memcmp(&head, &expected, sizeof head) != 0) {
    return fail(error, FOVEA_BAD_SAVED_STATE, where);
  }
  return FOVEA_OK;
}

// Bytes of a saved state with these lengths, or 0 where one is past its context.
uint64_t saved_bytes(const Model& m, const uint32_t* lengths) {
  uint64_t bytes = saved_head_bytes(m);
  for (uint32_t i = 0; i < m.cache_count(); ++i) {
    if (lengths[i] > m.root->caches()->Get(i)->context()) return 0;
  }
  for (uint32_t i = 0; i < size_of(m.root->states()); ++i) {
    const schema::State& state = *m.root->states()->Get(i);
    bytes += saved_head_data(m, state, lengths[state.cache()]) * state.heads();
  }
  return bytes;
}

}  // namespace
}  // namespace fovea

extern "C" {

uint32_t fovea_position(const fovea_session* session, uint32_t cache, uint32_t sequence) {
  if (session == nullptr || cache >= session->model.cache_count() ||
      sequence >= session->model.root->sequences()) {
    return 0;
  }
  return static_cast<uint32_t>(session->length(cache, sequence));
}

fovea_code fovea_truncate(fovea_session* session, uint32_t cache, uint32_t sequence,
                          uint32_t length, fovea_error* error) {
  FOVEA_TRY(fovea::check_sequence(session, sequence, error));
  const fovea::Where where = {FOVEA_TABLE_CACHE, cache};
  if (cache >= session->model.cache_count()) {
    return fovea::fail(error, FOVEA_BAD_ARGUMENT, where.at(FOVEA_FIELD_COUNT), cache,
                       session->model.cache_count());
  }
  int32_t& held = session->length(cache, sequence);
  if (length > static_cast<uint32_t>(held)) {
    return fovea::fail(error, FOVEA_BAD_ARGUMENT, where, length, static_cast<uint32_t>(held));
  }
  const auto before = static_cast<uint32_t>(held);
  if (length != 0 && length != before && fovea::went_round(session->model, cache, before)) {
    return fovea::fail(error, FOVEA_BAD_ARGUMENT, where.at(FOVEA_FIELD_RING), length, before);
  }
  held = static_cast<int32_t>(length);
  return fovea::succeed(error);
}

fovea_code fovea_reset(fovea_session* session, uint32_t sequence, fovea_error* error) {
  FOVEA_TRY(fovea::check_sequence(session, sequence, error));
  for (uint32_t i = 0; i < session->model.cache_count(); ++i) session->length(i, sequence) = 0;
  return fovea::succeed(error);
}

uint64_t fovea_saved_size(const fovea_session* session, uint32_t sequence) {
  using namespace fovea;
  if (check_sequence(session, sequence, nullptr) != FOVEA_OK) return 0;
  const uint32_t caches = session->model.cache_count();
  uint32_t lengths[kMaxCaches] = {};
  for (uint32_t i = 0; i < caches; ++i) lengths[i] = fovea_position(session, i, sequence);
  return saved_bytes(session->model, lengths);
}

fovea_code fovea_save(const fovea_session* session, uint32_t sequence, void* data, size_t size,
                      fovea_error* error) {
  using namespace fovea;
  FOVEA_TRY(check_sequence(session, sequence, error));
  const uint64_t needed = fovea_saved_size(session, sequence);
  if (data == nullptr || needed == 0 || size < needed) {
    return fail(error, FOVEA_ARENA_TOO_SMALL, {FOVEA_TABLE_SESSION}, size, needed);
  }
  auto* const first = static_cast<unsigned char*>(data);
  unsigned char* out = first;
  const Model& m = session->model;
  SavedHead head = saved_head(m);
  std::memset(out, 0, static_cast<size_t>(saved_head_bytes(m)));
  std::memcpy(out, &head, sizeof head);
  for (uint32_t i = 0; i < m.cache_count(); ++i) {
    const uint32_t length = fovea_position(session, i, sequence);
    std::memcpy(out + sizeof head + i * sizeof length, &length, sizeof length);
  }
  out += saved_head_bytes(m);
  for (uint32_t i = 0; i < size_of(m.root->states()); ++i) {
    const schema::State& state = *m.root->states()->Get(i);
    const uint32_t length = fovea_position(session, state.cache(), sequence);
    for (uint32_t h = 0; h < state.heads(); ++h) {
      save_head(m, state, head_data(*session, i, sequence, h), length, out);
      out += saved_head_data(m, state, length);
    }
  }
  head.crc = saved_crc(first, needed);
  std::memcpy(first, &head, sizeof head);
  return succeed(error);
}

fovea_code fovea_restore(fovea_session* session, uint32_t sequence, const void* data, size_t size,
                         fovea_error* error) {
  using namespace fovea;
  FOVEA_TRY(check_sequence(session, sequence, error));
  const Model& m = session->model;
  const auto* in = static_cast<const unsigned char*>(data);
  FOVEA_TRY(check_saved(m, in, size, error));
  uint32_t lengths[kMaxCaches] = {};
  std::memcpy(lengths, in + sizeof(SavedHead), m.cache_count() * sizeof lengths[0]);
  const uint64_t needed = saved_bytes(m, lengths);
  if (needed == 0 || size != needed) {
    return fail(error, FOVEA_BAD_SAVED_STATE, {FOVEA_TABLE_SESSION});
  }
  in += saved_head_bytes(m);
  for (uint32_t i = 0; i < size_of(m.root->states()); ++i) {
    const schema::State& state = *m.root->states()->Get(i);
    const uint64_t bytes = saved_head_data(m, state, lengths[state.cache()]);
    for (uint32_t h = 0; h < state.heads(); ++h, in += bytes) {
      std::memcpy(head_data(*session, i, sequence, h), in, static_cast<size_t>(bytes));
    }
  }
  for (uint32_t i = 0; i < m.cache_count(); ++i) {
    session->length(i, sequence) = static_cast<int32_t>(lengths[i]);
  }
  return succeed(error);
}

}  // extern "C"
