// Sessions on converted Llama models, and how far their logits may be from exact ones.

#ifndef FOVEA_TESTS_TOOLS_LLAMA_SESSION_H_
#define FOVEA_TESTS_TOOLS_LLAMA_SESSION_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "fovea/fovea.h"
#include "fovea/threads.h"
#include "tests/support/llama_checkpoint.h"
#include "tools/common/mapped_file.h"

namespace fovea::test {

// A session on a file, with exactly the memory that it asks for, filled with NaN.
class LlamaSession {
 public:
  explicit LlamaSession(const std::string& path, uint32_t threads = 1);

  // All logits when the tokens come `chunk` at a time.
  std::vector<float> forward(const std::vector<int32_t>& tokens, size_t chunk);
  std::vector<float> next(const std::vector<int32_t>& tokens);

 private:
  struct Free {
    void operator()(void* p) const { std::free(p); }
    void operator()(fovea_threads* pool) const { fovea_threads_destroy(pool); }
  };

  // Runs a method on the tokens of [begin, end) and appends what it gives to `logits`.
  void run(const char* name, const std::vector<int32_t>& tokens, size_t begin, size_t end,
           std::vector<float>& logits);

  tools::MappedFile file_;
  std::unique_ptr<fovea_threads, Free> pool_;
  fovea_model model_;
  std::unique_ptr<void, Free> arena_;
  fovea_session* session_ = nullptr;
};

// 2 to 18 of them.
std::vector<int32_t> some_tokens(const LlamaShape& shape, uint32_t seed);

// `exact`: [tokens][vocabulary]
void check_close(const std::vector<float>& found, const std::vector<std::vector<double>>& exact,
                 const LlamaShape& shape);

}  // namespace fovea::test

#endif  // FOVEA_TESTS_TOOLS_LLAMA_SESSION_H_
