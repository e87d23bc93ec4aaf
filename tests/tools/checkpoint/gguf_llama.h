// A small Llama in a GGUF file, of which a test changes something.

#ifndef FOVEA_TESTS_TOOLS_CHECKPOINT_GGUF_LLAMA_H_
#define FOVEA_TESTS_TOOLS_CHECKPOINT_GGUF_LLAMA_H_

#include <functional>
#include <nlohmann/json.hpp>

#include "tests/tools/checkpoint/gguf_file.h"
#include "tests/tools/refused.h"
#include "tools/checkpoint/checkpoint.h"
#include "tools/import/import.h"

namespace fovea::test {

using nlohmann::json;
using tools::Checkpoint;

// Width 8, 2 heads, 1 layer, 10 tokens; `name` is its architecture.
Checkpoint open_gguf(const std::function<void(GgufFile&)>& change = {}, const char* name = "llama");

template <typename... Parts>
void refused(const std::function<void(GgufFile&)>& change, const Parts&... parts) {
  check_refusal([&] { (void)tools::import_model(open_gguf(change), {}); }, "model.gguf", parts...);
}

}  // namespace fovea::test

#endif  // FOVEA_TESTS_TOOLS_CHECKPOINT_GGUF_LLAMA_H_
