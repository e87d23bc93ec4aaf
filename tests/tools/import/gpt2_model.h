// Random GPT-2 models, as Hugging Face stores them, and what they compute in double precision.

#ifndef FOVEA_TESTS_TOOLS_IMPORT_GPT2_MODEL_H_
#define FOVEA_TESTS_TOOLS_IMPORT_GPT2_MODEL_H_

#include <cmath>
#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "tests/reference/ops.h"
#include "tests/support/safetensors.h"
#include "tests/support/temporary_folder.h"

namespace fovea::test {

struct Gpt2Shape {
  uint32_t width, heads, layers, ffn_width, vocabulary, positions;
  std::string options = {};  // keys of the config, and their values
  const char* function = "gelu_new";
  bool scaled = true, by_layer = false, tied = true;
};

struct Gpt2 {
  Gpt2Shape shape;
  std::map<std::string, SavedTensor> tensors = {};
  std::mt19937 random = std::mt19937(7);

  explicit Gpt2(const Gpt2Shape& s);
  void norm(const std::string& name) {
    add(name + ".weight", {shape.width}, 1, 0.3);
    add(name + ".bias", {shape.width}, 0, 0.3);
  }
  // As Hugging Face's Conv1D stores it: [columns, outputs].
  void linear(const std::string& name, uint32_t columns, uint32_t outputs) {
    add(name + ".weight", {columns, outputs}, 0, 1.5 / std::sqrt(static_cast<double>(columns)));
    add(name + ".bias", {outputs}, 0, 0.3);
  }
  void add(const std::string& name, std::vector<uint32_t> extents, double centre, double spread);

  std::string config() const;
  // `base`: what the names of the base class's tensors begin with.
  void write(const TemporaryFolder& folder, const std::string& base = "transformer.") const;
};

// [tokens * vocabulary]
Doubles gpt2_logits(const Gpt2& model, const std::vector<int32_t>& tokens);

}  // namespace fovea::test

#endif  // FOVEA_TESTS_TOOLS_IMPORT_GPT2_MODEL_H_
