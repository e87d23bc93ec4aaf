// How the likeliest text is looked for.

#include "fovea/fovea.h"
#include "runtime/model.h"

extern "C" fovea_search fovea_search_settings(const fovea_model* model) {
  fovea_search made = {1, 1, FOVEA_STOP_LIKELY, 0, 0, 0, 1};
  const auto* special = model == nullptr ? nullptr : fovea::view(model).root->special();
  const auto* search = special == nullptr ? nullptr : special->search();
  if (search == nullptr) return made;
  made.beams = search->beams();
  made.length_penalty = search->length_penalty();
  made.stopping = static_cast<fovea_stopping>(search->stopping());
  made.no_repeat = search->no_repeat();
  made.least = search->least();
  made.most = search->most();
  made.repetition_penalty = search->repetition_penalty();
  return made;
}
