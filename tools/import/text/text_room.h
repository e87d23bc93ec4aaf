// The memory that a tokenizer needs for its texts.

#ifndef FOVEA_TOOLS_IMPORT_TEXT_TEXT_ROOM_H_
#define FOVEA_TOOLS_IMPORT_TEXT_TEXT_ROOM_H_

#include "schema/word_tokenizer.h"

namespace fovea::tools {

// Fills `room` and `room_once` from all other tables: what the worst of all texts takes, as far as
// it can be known of its code points one by one.
void set_room(schema::WordTokenizerT& tokenizer);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_IMPORT_TEXT_TEXT_ROOM_H_
