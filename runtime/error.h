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

// Fills `error` where there is one and returns the code.
inline fovea_code fail(fovea_error* error, fovea_code code, const Where& where, uint64_t a = 0,
                       uint64_t b = 0) {
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
