// A small random Llama, as a folder whose config and tensors a test may change.

#ifndef FOVEA_TESTS_TOOLS_IMPORT_SMALL_LLAMA_H_
#define FOVEA_TESTS_TOOLS_IMPORT_SMALL_LLAMA_H_

#include <doctest/doctest.h>

#include <string>

#include "tests/support/llama_checkpoint.h"
#include "tests/support/temporary_folder.h"
#include "tools/checkpoint/checkpoint.h"
#include "tools/import/import.h"

namespace fovea::test {

inline const LlamaShape kSmallLlama = {.width = 12,
                                       .ffn_width = 10,
                                       .layers = 2,
                                       .heads = 4,
                                       .kv_heads = 2,
                                       .head_width = 6,
                                       .vocabulary = 21,
                                       .context = 40};

struct SmallLlama {
  TemporaryFolder folder;
  LlamaCheckpoint checkpoint = random_llama(kSmallLlama, 1);

  SmallLlama() { write(); }
  void write() const { write_checkpoint(checkpoint, folder.path()); }
  // Replaces text in the config.
  void config(const std::string& from, const std::string& to) const {
    std::string text = config_json(checkpoint.shape);
    const size_t at = text.find(from);
    REQUIRE(at != std::string::npos);
    write_bytes(folder.file("config.json"), text.replace(at, from.size(), to));
  }
  tools::Graph import(const tools::Maxima& maxima = {}) const {
    return tools::import_model(tools::open_checkpoint(folder.path()), maxima);
  }
};

}  // namespace fovea::test

#endif  // FOVEA_TESTS_TOOLS_IMPORT_SMALL_LLAMA_H_
