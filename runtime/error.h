// How the runtime reports errors: a code is returned, details go into the caller's struct.

#ifndef FOVEA_RUNTIME_ERROR_H_
#define FOVEA_RUNTIME_ERROR_H_

#include "fovea/fovea.h"

namespace fovea {

// The item that an error concerns.
struct Where {
  fovea_table table = FOVEA_TABLE_FILE;
  uint32_t index = 0;
  uint32_t parent = 0;
  fovea_field field = FOVEA_FIELD_NONE;
  uint32_t slot = 0;

  Where at(fovea_field f, uint32_t s = 0) const { return {table, index, parent, f, s}; }
};

// These are called at so many places that firmware is smaller by kilobytes where they are out of
// line and take numbers of 32 bits where those are enough.
#define FOVEA_SMALL [[gnu::noinline]] inline

FOVEA_SMALL fovea_code fail64(fovea_error* error, fovea_code code, const Where& where, uint64_t a,
                              uint64_t b) {
  if (error != nullptr) {
    error->code = code;
    error->table = where.table;
    error->parent = where.parent;
    error->index = where.index;
    error->field = where.field;
    error->slot = where.slot;
    error->a = a;
    error->b = b;
    error->name[0] = '\0';
  }
  return code;
}
FOVEA_SMALL fovea_code fail32(fovea_error* error, fovea_code code, const Where& where, uint32_t a,
                              uint32_t b) {
  return fail64(error, code, where, a, b);
}

template <class... T>
inline constexpr bool kNarrow = ((sizeof(T) <= sizeof(uint32_t)) && ...);

// Fills `error` where there is one and returns the code.
template <class A = uint32_t, class B = uint32_t>
fovea_code fail(fovea_error* error, fovea_code code, const Where& where, A a = 0, B b = 0) {
  if constexpr (kNarrow<A, B>) {
    return fail32(error, code, where, static_cast<uint32_t>(a), static_cast<uint32_t>(b));
  } else {
    return fail64(error, code, where, static_cast<uint64_t>(a), static_cast<uint64_t>(b));
  }
}

// The same of a field of the item, so that the many checks of one item share a Where.
FOVEA_SMALL fovea_code fail_at32(fovea_error* error, fovea_code code, const Where& item,
                                 fovea_field field, uint32_t a, uint32_t b) {
  return fail32(error, code, item.at(field), a, b);
}
template <class A, class B>
fovea_code fail_at(fovea_error* error, fovea_code code, const Where& item, fovea_field field, A a,
                   B b) {
  if constexpr (kNarrow<A, B>) {
    return fail_at32(error, code, item, field, static_cast<uint32_t>(a), static_cast<uint32_t>(b));
  } else {
    return fail(error, code, item.at(field), a, b);
  }
}

// The same where a name that the caller gave is wrong.
inline fovea_code fail_name(fovea_error* error, fovea_code code, const Where& where,
                            const char* name) {
  fail(error, code, where);
  if (error == nullptr || name == nullptr) return code;
  uint32_t i = 0;
  for (; name[i] != '\0' && i + 1 < FOVEA_NAME_SIZE; ++i) error->name[i] = name[i];
  error->name[i] = '\0';
  return code;
}

inline fovea_code succeed(fovea_error* error) {
  if (error != nullptr) *error = {};
  return FOVEA_OK;
}

#define FOVEA_TRY(expression)                              \
  do {                                                     \
    const fovea_code fovea_try_code = (expression);        \
    if (fovea_try_code != FOVEA_OK) return fovea_try_code; \
  } while (false)

}  // namespace fovea

#endif  // FOVEA_RUNTIME_ERROR_H_
