/* Opening a model that is part of the program, by the checksum of its header. */

#ifndef FOVEA_TRUSTED_H_
#define FOVEA_TRUSTED_H_

#include "fovea/fovea.h"

#ifdef __cplusplus
extern "C" {
#endif

/* For a model whose header was checked before: it has the checksum `header_crc` (bytes 48 to 51 of
 * its file), or it does not open. Nothing else is checked, so that a program that opens no other
 * files has no code for it: give it the checksum of no header that fovea_open has not opened.
 * `fovea firmware --trusted` writes operators, checksum and call. */
FOVEA_API FOVEA_NODISCARD fovea_code fovea_open_trusted(const fovea_operators* operators,
                                                        uint32_t header_crc, fovea_span header,
                                                        fovea_span weights, fovea_model* model,
                                                        fovea_error* error);

#ifdef __cplusplus
}
#endif

#endif /* FOVEA_TRUSTED_H_ */
