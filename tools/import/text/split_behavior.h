// What becomes of the matches of a pattern that splits, and of what lies between them.

#ifndef FOVEA_TOOLS_IMPORT_TEXT_SPLIT_BEHAVIOR_H_
#define FOVEA_TOOLS_IMPORT_TEXT_SPLIT_BEHAVIOR_H_

#include <memory>
#include <string>

#include "runtime/schema.h"
#include "tools/import/text/pattern.h"

namespace fovea::tools {

// `behavior` as the `tokenizers` library names it: Removed, Isolated, MergedWithPrevious,
// MergedWithNext or Contiguous; `invert`: it is about what lies between. Throws InputError,
// beginning with `where`, for another name, and for a behaviour that the pattern's matches are too
// long for.
std::unique_ptr<schema::SplitterT> compile_split(const Pattern& pattern,
                                                 const std::string& behavior, bool invert,
                                                 const std::string& where);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_IMPORT_TEXT_SPLIT_BEHAVIOR_H_
