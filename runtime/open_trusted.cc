// Apart from open.cc: a program that only opens a model whose header the tool has checked links no
// code that checks headers.

#include "fovea/trusted.h"
#include "runtime/open_file.h"

extern "C" fovea_code fovea_open_trusted(const fovea_operators* operators, uint32_t header_crc,
                                         fovea_span header, fovea_span weights, fovea_model* model,
                                         fovea_error* error) {
  using namespace fovea;
  if (model == nullptr) return fail(error, FOVEA_BAD_ARGUMENT, {});
  Model m;
  FOVEA_TRY(open_file(operators, header, weights, &m, error));
  if (m.preamble->header_crc != header_crc) {
    return fail(error, FOVEA_BAD_CHECKSUM, {FOVEA_TABLE_FILE, 0, 0, FOVEA_FIELD_HEADER},
                m.preamble->header_crc, header_crc);
  }
  store(m, model);
  return succeed(error);
}
