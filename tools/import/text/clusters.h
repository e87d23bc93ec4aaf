// What users see as one character.

#ifndef FOVEA_TOOLS_IMPORT_TEXT_CLUSTERS_H_
#define FOVEA_TOOLS_IMPORT_TEXT_CLUSTERS_H_

#include "tools/import/text/pattern.h"

namespace fovea::tools {

// Extended grapheme clusters (Unicode annex 29, table 1c). Conjuncts of Indic scripts (rule GB9c)
// are not put together.
Pattern grapheme_clusters();

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_IMPORT_TEXT_CLUSTERS_H_
