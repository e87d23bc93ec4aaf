// Regular expressions as automata that find words.

#ifndef FOVEA_TOOLS_IMPORT_TEXT_SPLITTER_H_
#define FOVEA_TOOLS_IMPORT_TEXT_SPLITTER_H_

#include <memory>
#include <string>

#include "runtime/schema.h"
#include "tools/import/text/pattern.h"

namespace fovea::tools {

// The automaton that finds what the pattern matches, leftmost first and of several ways the one
// that the pattern prefers, as in Perl. With `drop` what lies between is no word. Throws
// InputError, beginning with `where`, for a pattern that is not understood (parse_pattern), may
// match nothing, or takes too large an automaton.
std::unique_ptr<schema::SplitterT> compile_splitter(const std::string& pattern, bool drop,
                                                    const std::string& where);
std::unique_ptr<schema::SplitterT> compile_splitter(const Pattern& pattern, bool drop,
                                                    const std::string& where);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_IMPORT_TEXT_SPLITTER_H_
