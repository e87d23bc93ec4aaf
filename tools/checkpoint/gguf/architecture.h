// What the keys and tensors of a GGUF file mean in Hugging Face's words, by architecture.
// architectures.inc lists them.

#ifndef FOVEA_TOOLS_CHECKPOINT_GGUF_ARCHITECTURE_H_
#define FOVEA_TOOLS_CHECKPOINT_GGUF_ARCHITECTURE_H_

#include <cstdint>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "tools/checkpoint/checkpoint.h"
#include "tools/checkpoint/gguf/reader.h"

namespace fovea::tools {

// ARCHITECTURE.gguf becomes the config's key.
struct GgufKey {
  enum Need { kOptional, kRequired };
  const char* gguf;
  const char* config;
  Need need = kOptional;
};

// The names before ".weight" and ".bias". In those of layers, blk.N.gguf and the prefix, N.
struct GgufTensor {
  enum Form {
    kAsItIs,
    kWhole,  // "NAME.weight" becomes the other name, without an ending
    kEach    // one tensor for each of the first extent, whose number stands for the *
  };
  const char* gguf;
  const char* name;
  Form form = kAsItIs;
};

struct GgufArchitecture {
  const char* name;
  const char* model_type;
  std::span<const GgufKey> keys;        // besides those of all
  std::span<const GgufTensor> tensors;  // of the model
  std::span<const GgufTensor> layer;    // of a layer
  const char* prefix;                   // of layers' names
  const char* implied;                  // JSON: what the config says besides
  bool interleaved = false, whole_gains = false, upright = false;  // as Checkpoint has them
  bool turned = true;                                              // by rotary embedding
  bool partial = false;                                            // of a head a part alone may be
  // What tables cannot say; null: nothing.
  void (*finish)(class GgufImport& import) = nullptr;
};

// A file on its way into a checkpoint.
class GgufImport {
 public:
  GgufImport(const GgufFile& file, const GgufArchitecture& architecture, Checkpoint& checkpoint)
      : file_(file), architecture_(architecture), checkpoint_(checkpoint) {}

  // All of it. Throws InputError.
  void run();

  // The value of ARCHITECTURE.key, which then counts as read; null where there is none.
  nlohmann::json take(const std::string& key);
  // The same for numbers.
  double number(const std::string& key, double otherwise);
  bool has_tensor(const std::string& gguf) const { return file_.tensors.contains(gguf); }
  // The numbers of a tensor of the file, which is then none of the checkpoint; empty: none.
  std::vector<float> numbers(const std::string& gguf);

  nlohmann::json& config() { return checkpoint_.config; }
  Checkpoint& checkpoint() { return checkpoint_; }
  const std::string& path() const { return checkpoint_.path; }
  std::string key(const std::string& name) const { return architecture_.name + ("." + name); }
  // Elements of a head.
  double head_width();

 private:
  void add_keys();
  void add_tensors();
  void add_tensor(const std::string& name, const StoredTensor& tensor);
  void put(const std::string& gguf, const std::string& name, const StoredTensor& tensor);
  void add_each(const std::string& gguf, const std::string& name, const std::string& ending,
                const StoredTensor& tensor);
  void add_rotary();
  void add_rotary_share();
  nlohmann::json rope_scaling();
  void add_left_keys();

  const GgufFile& file_;
  const GgufArchitecture& architecture_;
  Checkpoint& checkpoint_;
  std::vector<std::string> read_;
};

// Layers of these names lie under blk.N; several tables share the ones of Llama.
extern const std::span<const GgufTensor> kGgufLlamaTensors, kGgufLlamaLayer;

// Says that the config's flag is true where a tensor of the first layer is there.
void flag_by_tensor(GgufImport& import, const char* flag, const char* gguf);
// "attention_bias" and "mlp_bias".
void flag_biases(GgufImport& import);

#define FOVEA_GGUF(name) extern const GgufArchitecture name;
#include "tools/checkpoint/gguf/architectures.inc"
#undef FOVEA_GGUF
extern const GgufArchitecture kGgufMixtral;  // a llama with experts

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_CHECKPOINT_GGUF_ARCHITECTURE_H_
