// Sequences of a cache that take each other's place.

#include "runtime/layout.h"
#include "runtime/session.h"

namespace fovea {
namespace {

constexpr uint32_t kMostSequences = 64;  // bits of a mask
constexpr size_t kSwapped = 256;         // bytes at a time

struct Bytes {
  unsigned char* data;
  uint64_t size;
};

// What a head of a sequence has stored of so many tokens.
Bytes head_bytes(const fovea_session& s, const schema::State& state, uint32_t sequence,
                 uint32_t head, uint32_t length) {
  const uint32_t capacity = s.model.root->caches()->Get(state.cache())->capacity();
  const uint64_t slot = slot_bytes(state.dtype(), state.width());
  const uint64_t before = uint64_t{sequence} * state.heads() + head;
  const uint64_t slots = kernels::padded(length < capacity ? length : capacity);
  return {s.states + state.offset() + before * capacity * slot, slots * slot};
}

void swap(unsigned char* a, unsigned char* b, uint64_t size) {
  unsigned char kept[kSwapped];
  while (size > 0) {
    const size_t now = size < kSwapped ? static_cast<size_t>(size) : kSwapped;
    std::memcpy(kept, a, now);
    std::memcpy(a, b, now);
    std::memcpy(b, kept, now);
    a += now;
    b += now;
    size -= now;
  }
}

// Sequence `to` gets the tokens of `from`, which with `swaps` gets those that `to` had.
void move(const fovea_session& s, uint32_t cache, uint32_t to, uint32_t from, bool swaps) {
  int32_t &target = s.length(cache, to), &source = s.length(cache, from);
  const int32_t longest = swaps && target > source ? target : source;
  for (uint32_t i = 0; i < size_of(s.model.root->states()); ++i) {
    const schema::State& state = *s.model.root->states()->Get(i);
    if (state.cache() != cache) continue;
    for (uint32_t h = 0; h < state.heads(); ++h) {
      const Bytes a = head_bytes(s, state, to, h, static_cast<uint32_t>(longest));
      const Bytes b = head_bytes(s, state, from, h, static_cast<uint32_t>(longest));
      if (swaps) {
        swap(a.data, b.data, a.size);
      } else {
        std::memcpy(a.data, b.data, static_cast<size_t>(a.size));
      }
    }
  }
  const int32_t had = target;
  target = source;
  if (swaps) source = had;
}

bool has(uint64_t mask, uint32_t i) {
  return (mask >> i & 1) != 0;
}

// Whether a sequence that still waits needs what this one has.
bool is_needed(const uint32_t* from, uint32_t count, uint64_t waiting, uint32_t sequence) {
  for (uint32_t i = 0; i < count; ++i) {
    if (i != sequence && has(waiting, i) && from[i] == sequence) return true;
  }
  return false;
}

// First those that nobody needs, which makes others free; what is left then are circles.
void arrange(const fovea_session& s, uint32_t cache, const uint32_t* from, uint32_t count) {
  uint64_t waiting = 0;
  for (uint32_t i = 0; i < count; ++i) waiting |= uint64_t{from[i] != i} << i;
  for (bool moved = true; moved;) {
    moved = false;
    for (uint32_t i = 0; i < count; ++i) {
      if (!has(waiting, i) || is_needed(from, count, waiting, i)) continue;
      move(s, cache, i, from[i], false);
      waiting &= ~(uint64_t{1} << i);
      moved = true;
    }
  }
  for (uint32_t i = 0; i < count; ++i) {
    if (!has(waiting, i)) continue;
    uint32_t at = i;
    for (; from[at] != i; at = from[at]) {
      move(s, cache, at, from[at], true);
      waiting &= ~(uint64_t{1} << at);
    }
    waiting &= ~(uint64_t{1} << at);
  }
}

}  // namespace
}  // namespace fovea

extern "C" fovea_code fovea_arrange(fovea_session* session, uint32_t cache, const uint32_t* from,
                                    uint32_t count, fovea_error* error) {
  using namespace fovea;
  const Where where = {FOVEA_TABLE_SESSION, 0, 0, FOVEA_FIELD_SEQUENCE};
  if (session == nullptr || (from == nullptr && count > 0)) {
    return fail(error, FOVEA_BAD_ARGUMENT, {FOVEA_TABLE_SESSION});
  }
  if (session->busy) return fail(error, FOVEA_BUSY, where);
  if (cache >= session->model.cache_count()) {
    return fail(error, FOVEA_BAD_ARGUMENT, Where{FOVEA_TABLE_CACHE, cache}.at(FOVEA_FIELD_COUNT),
                cache, session->model.cache_count());
  }
  const uint32_t sequences = session->model.root->sequences();
  const uint32_t most = sequences < kMostSequences ? sequences : kMostSequences;
  if (count > most) return fail(error, FOVEA_BAD_ARGUMENT, where, count, most);
  for (uint32_t i = 0; i < count; ++i) {
    if (from[i] < sequences) continue;
    return fail(error, FOVEA_BAD_ARGUMENT, where.at(FOVEA_FIELD_SEQUENCE, i), from[i],
                sequences - 1);
  }
  arrange(*session, cache, from, count);
  return succeed(error);
}
