// The model and the tokens that the build put into the program.

#ifndef FOVEA_TESTS_BITS_EMBEDDED_H_
#define FOVEA_TESTS_BITS_EMBEDDED_H_

#include <cstdint>

extern "C" {
extern const unsigned char fovea_bits_model[];  // aligned to 64 bytes
extern const uint32_t fovea_bits_model_size;    // 0: the build had no model
extern const char fovea_bits_tokens[];          // ids as text
extern const uint32_t fovea_bits_tokens_size;
}

#endif  // FOVEA_TESTS_BITS_EMBEDDED_H_
