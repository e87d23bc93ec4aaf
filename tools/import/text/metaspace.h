// Metaspace of tokenizer.json: spaces that pieces write otherwise.

#ifndef FOVEA_TOOLS_IMPORT_TEXT_METASPACE_H_
#define FOVEA_TOOLS_IMPORT_TEXT_METASPACE_H_

#include <string>

#include "tools/import/text/fields.h"

namespace fovea::tools {

struct Metaspace {
  std::string replacement;  // one code point
  std::string scheme;       // where it stands before a word: always, first, never
  bool split;
};

// Of a pre-tokenizer or a decoder. Files before 2024 say add_prefix_space instead of a scheme.
Metaspace read_metaspace_fields(Fields& fields);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_IMPORT_TEXT_METASPACE_H_
