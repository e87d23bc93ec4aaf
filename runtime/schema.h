// The generated schema, without FlatBuffers' assertions: nothing reachable from a file may abort.

#ifndef FOVEA_RUNTIME_SCHEMA_H_
#define FOVEA_RUNTIME_SCHEMA_H_

#ifndef FLATBUFFERS_ASSERT
#define FLATBUFFERS_ASSERT(condition) static_cast<void>(0)
#endif

#include "flatbuffers/base.h"

// The same number in 32 bits: with 64, firmware would bring a long division along.
#undef FLATBUFFERS_MAX_BUFFER_SIZE
#define FLATBUFFERS_MAX_BUFFER_SIZE static_cast<::flatbuffers::uoffset_t>(INT32_MAX)

#include "model_generated.h"

namespace fovea {

// FlatBuffers vectors and strings that are absent are null; these read them as empty.
template <class Vector>
inline uint32_t size_of(const Vector* vector) {
  return vector == nullptr ? 0 : vector->size();
}

inline const char* text_of(const flatbuffers::String* string) {
  return string == nullptr ? "" : string->c_str();
}

}  // namespace fovea

#endif  // FOVEA_RUNTIME_SCHEMA_H_
