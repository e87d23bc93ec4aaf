// What all ways from text to ids share.

#ifndef FOVEA_RUNTIME_TEXT_ENCODING_H_
#define FOVEA_RUNTIME_TEXT_ENCODING_H_

#include "runtime/error.h"
#include "runtime/features.h"
#include "runtime/text/added.h"
#include "runtime/text/vocabulary.h"

namespace fovea {

// Ids in the caller's array.
struct Ids {
  int32_t* data;
  size_t capacity;
  size_t count = 0;

  bool add(int32_t id) {
    if (count == capacity) return false;
    data[count++] = id;
    return true;
  }
};

// A text to be encoded by a tokenizer of an opened model. What it finds is added to `ids`.
struct Encoding {
  const schema::Tokenizer& table;
  const fovea_features& features;
  Specials specials;
  Where where;
  Ids* ids;
  fovea_error* error;
  bool goes_on = false;  // with a text of which a part was encoded before: nothing begins here
};

// The tokenizer of that kind encodes `text` after what is in job.ids already.
fovea_code encode_text(const Encoding& job, Text text);

// One code point after the other: Characters, ScoredMerges.
fovea_code encode_characters(const Encoding& job, Text text);

// Numbers of 32 bits that encoding `size` bytes takes at most; UINT64_MAX: too many.
uint64_t encoding_room(const schema::Tokenizer& table, const fovea_features& features,
                       uint64_t size);

}  // namespace fovea

#endif  // FOVEA_RUNTIME_TEXT_ENCODING_H_
