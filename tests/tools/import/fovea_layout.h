// Random models in the layouts of fovea's own, and what they compute in double precision.

#ifndef FOVEA_TESTS_TOOLS_IMPORT_FOVEA_LAYOUT_H_
#define FOVEA_TESTS_TOOLS_IMPORT_FOVEA_LAYOUT_H_

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <vector>

#include "tests/reference/ops.h"
#include "tests/support/safetensors.h"
#include "tests/support/temporary_folder.h"

namespace fovea::test {

struct FoveaLayout {
  static constexpr uint32_t kWidth = 32, kHeads = 2, kHeadWidth = 16, kFfn = 16, kTokens = 20;

  nlohmann::json config;
  std::map<std::string, SavedTensor> tensors = {};
  std::mt19937 random = std::mt19937(3);

  void add(const std::string& name, std::vector<uint32_t> extents, double centre, double spread);
  void norm(const std::string& name) { add(name + ".weight", {kWidth}, 1, 0.3); }
  void linear(const std::string& name, uint32_t outputs, uint32_t columns) {
    add(name + ".weight", {outputs, columns}, 0, 0.4);
  }
  void attention(const std::string& name);
  void ffn(const std::string& layer);

  Doubles values(const std::string& name) const;
  void convert(const TemporaryFolder& folder) const;
};

// An encoder of features, of one layer.
FoveaLayout layout_encoder(const nlohmann::json& options);

// An encoder and a decoder of two layers each.
FoveaLayout layout_pair(const nlohmann::json& options);

// What the encoder makes of features [rows][kWidth].
Doubles exact_hidden(const FoveaLayout& encoder, const Doubles& features);

}  // namespace fovea::test

#endif  // FOVEA_TESTS_TOOLS_IMPORT_FOVEA_LAYOUT_H_
