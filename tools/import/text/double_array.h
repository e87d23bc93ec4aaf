// Tries in the form that Unigram tokenizers search.

#ifndef FOVEA_TOOLS_IMPORT_TEXT_DOUBLE_ARRAY_H_
#define FOVEA_TOOLS_IMPORT_TEXT_DOUBLE_ARRAY_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace fovea::tools {

// The units of WordTables.trie (schema/model.fbs) for texts, none of them empty, and their ids,
// which are below 2^22. Throws InputError, beginning with `where`, where they take too many units.
std::vector<uint32_t> double_array(const std::map<std::string, uint32_t>& ids,
                                   const std::string& where);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_IMPORT_TEXT_DOUBLE_ARRAY_H_
