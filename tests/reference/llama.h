// Llama (Touvron et al. 2023) as plainly as it can be written, in double precision.

#ifndef FOVEA_TESTS_REFERENCE_LLAMA_H_
#define FOVEA_TESTS_REFERENCE_LLAMA_H_

#include <cstdint>
#include <vector>

#include "tests/support/llama_checkpoint.h"

namespace fovea::test {

// Logits after every token: [tokens][vocabulary].
std::vector<std::vector<double>> llama_logits(const LlamaCheckpoint& model,
                                              const std::vector<int32_t>& tokens);

}  // namespace fovea::test

#endif  // FOVEA_TESTS_REFERENCE_LLAMA_H_
