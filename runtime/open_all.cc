// Apart from open.cc, so that a program with operators of its own choice links no others.

#include "fovea/fovea.h"

extern "C" fovea_code fovea_open(fovea_span header, fovea_span weights, fovea_model* model,
                                 fovea_error* error) {
  return fovea_open_with(&fovea_all_operators, header, weights, model, error);
}
