// Folders whose linear layers are stored as small whole numbers, in several tensors each.

#ifndef FOVEA_TOOLS_CHECKPOINT_QUANTIZED_H_
#define FOVEA_TOOLS_CHECKPOINT_QUANTIZED_H_

#include <cstdint>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "tools/checkpoint/checkpoint.h"

namespace fovea::tools {

// Where quantization_config names one of these, the tensors of each layer become one, NAME.weight
// [outputs, columns], and what is understood of quantization_config is taken out of the config.
// What is left there is for the config's reader to refuse. Throws InputError where tensors do not
// fit together.
void join_quantized(Checkpoint& checkpoint);

// The three of them, each for its quant_method.
void join_gptq(nlohmann::json& said, Checkpoint& checkpoint);
void join_awq(nlohmann::json& said, Checkpoint& checkpoint);
void join_compressed_tensors(nlohmann::json& said, Checkpoint& checkpoint);

// For those: a number of the object, which is then taken out of it.
int64_t take_number(nlohmann::json& said, const char* key, int64_t otherwise,
                    const std::string& path);
// Takes a key out that must have this value where it is there.
void take_only(nlohmann::json& said, const char* key, const nlohmann::json& value);

// Takes a layer's tensors out of the checkpoint one by one.
class QuantizedLayer {
 public:
  QuantizedLayer(Checkpoint& checkpoint, std::string name)
      : checkpoint_(checkpoint), name_(std::move(name)) {}

  const std::string& name() const { return name_; }
  bool has(const char* part) const;
  // NAME.part, of this type and shape. Throws InputError.
  const uint8_t* take(const char* part, std::initializer_list<const char*> types,
                      const std::vector<uint64_t>& shape);
  std::vector<uint64_t> shape(const char* part) const;
  const Codec& codec(const char* part) const;
  // Puts NAME.weight there.
  void put(PackedMatrix matrix, const char* type);
  [[noreturn]] void refuse(const std::string& why) const;

 private:
  Checkpoint& checkpoint_;
  std::string name_;
};

// The names before an ending that tensors of the checkpoint have.
std::vector<std::string> names_before(const Checkpoint& checkpoint, const std::string& ending);

// The groups of columns, of a tensor of 32-bit numbers below `count`.
std::vector<uint32_t> read_groups(const uint8_t* words, uint64_t columns, uint64_t count,
                                  const QuantizedLayer& layer);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_CHECKPOINT_QUANTIZED_H_
