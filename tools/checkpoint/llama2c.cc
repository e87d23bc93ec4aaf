#include "tools/checkpoint/llama2c.h"

#include <fmt/format.h>

#include <cmath>
#include <cstring>
#include <string>
#include <utility>

#include "tools/checkpoint/llama2c_header.h"
#include "tools/common/error.h"

namespace fovea::tools {
namespace {

constexpr double kRotaryBase = 10000;  // all that programs of this format know
nlohmann::json make_config(const Llama2cHeader& h) {
  // llama2.c ends a text at its beginning token, too. Toy models have no room for either.
  nlohmann::json begin, end;
  if (h.vocabulary > 2) begin = 1, end = {2, 1};
  return {{"model_type", "llama"},          {"hidden_size", h.width},
          {"intermediate_size", h.ffn},     {"num_hidden_layers", h.layers},
          {"num_attention_heads", h.heads}, {"num_key_value_heads", h.kv_heads},
          {"vocab_size", h.vocabulary},     {"max_position_embeddings", h.context},
          {"rms_norm_eps", 1e-5},           {"rope_theta", kRotaryBase},
          {"hidden_act", "silu"},           {"tie_word_embeddings", h.shared},
          {"bos_token_id", begin},          {"eos_token_id", end}};
}

// Walks the file in its order and gives every tensor its place.
class Walker {
 public:
  Walker(const Llama2cHeader& header, Checkpoint& checkpoint)
      : header_(header), at_(header.start), checkpoint_(checkpoint) {}

  void tensor(std::string name, std::vector<uint64_t> shape, bool quantised = false) {
    StoredTensor tensor;
    tensor.shape = std::move(shape);
    tensor.file = checkpoint_.files.size();
    tensor.offset = at_;
    if (quantised) {
      place_int8(name, tensor);
    } else {
      tensor.codec = kFloat32;
      tensor.type = "f32";
      at_ += tensor.elements() * 4;
    }
    checkpoint_.tensors.emplace(std::move(name), std::move(tensor));
  }

  // The same part of every layer, one after the other.
  void layers(const char* part, const std::vector<uint64_t>& shape, bool quantised = false) {
    for (int64_t i = 0; i < header_.layers; ++i) {
      tensor(fmt::format("model.layers.{}.{}.weight", i, part), shape, quantised);
    }
  }

  // Tables of cosines and sines, which newer programs compute themselves.
  void rotation() {
    rotation_ = at_;
    at_ += 2 * rotation_bytes();
  }
  uint64_t at() const { return at_; }

  // Throws InputError where the tables are another rotation than the one that is computed. Tables
  // of zeros were left out by who wrote the file.
  void check_rotation(const MappedFile& file) const;

 private:
  void place_int8(const std::string& name, StoredTensor& tensor) {
    const uint64_t elements = tensor.elements();
    if (elements % header_.group != 0) {
      fail("{}: damaged: {} elements of {} do not divide into groups of {}", checkpoint_.path,
           elements, name, header_.group);
    }
    tensor.codec = int8_groups(header_.group);
    tensor.type = "int8";
    tensor.scales = at_ + elements;
    at_ = tensor.scales + elements / header_.group * 4;
  }

  // Bytes of one table: [context][pairs of a head].
  uint64_t rotation_bytes() const {
    return static_cast<uint64_t>(header_.context * (header_.width / header_.heads / 2)) * 4;
  }

  const Llama2cHeader& header_;
  uint64_t at_;
  uint64_t rotation_ = 0;  // where the tables begin; 0: there are none
  Checkpoint& checkpoint_;
};

void Walker::check_rotation(const MappedFile& file) const {
  if (rotation_ == 0) return;
  const int64_t pairs = header_.width / header_.heads / 2;
  const uint8_t* cosines = file.bytes().data() + rotation_;
  const uint8_t* sines = cosines + rotation_bytes();
  bool right = true, zero = true;
  for (int64_t i = 0; i < header_.context * pairs; ++i) {
    const double angle = static_cast<double>(i / pairs) *
                         std::pow(kRotaryBase, -static_cast<double>(i % pairs) / pairs);
    float cosine, sine;
    std::memcpy(&cosine, cosines + 4 * i, 4);
    std::memcpy(&sine, sines + 4 * i, 4);
    // The angle was computed in f32.
    const double error = 1e-6 + 1e-6 * angle;
    right = right && std::fabs(cosine - std::cos(angle)) <= error &&
            std::fabs(sine - std::sin(angle)) <= error;
    zero = zero && cosine == 0 && sine == 0;
    if (!right && !zero) {
      fail(
          "{}: its tables of cosines and sines are not those of the base {}, from position {} on; "
          "convert the model from where it came",
          file.path(), kRotaryBase, i / pairs);
    }
  }
}

void walk_attention(Walker& walk, const Llama2cHeader& h, bool quantised) {
  const uint64_t width = h.width, kv = h.kv_width();
  walk.layers("self_attn.q_proj", {width, width}, quantised);
  walk.layers("self_attn.k_proj", {kv, width}, quantised);
  walk.layers("self_attn.v_proj", {kv, width}, quantised);
  walk.layers("self_attn.o_proj", {width, width}, quantised);
}

void walk_feed_forward(Walker& walk, const Llama2cHeader& h, bool quantised) {
  const uint64_t width = h.width, ffn = h.ffn;
  walk.layers("mlp.gate_proj", {ffn, width}, quantised);
  walk.layers("mlp.down_proj", {width, ffn}, quantised);
  walk.layers("mlp.up_proj", {ffn, width}, quantised);
}

void walk_version_0(Walker& walk, const Llama2cHeader& h) {
  const uint64_t width = h.width, vocabulary = h.vocabulary;
  walk.tensor("model.embed_tokens.weight", {vocabulary, width});
  walk.layers("input_layernorm", {width});
  walk_attention(walk, h, false);
  walk.layers("post_attention_layernorm", {width});
  walk_feed_forward(walk, h, false);
  walk.tensor("model.norm.weight", {width});
  walk.rotation();
  if (!h.shared) walk.tensor("lm_head.weight", {vocabulary, width});
}

void walk_later_version(Walker& walk, const Llama2cHeader& h) {
  const uint64_t width = h.width, vocabulary = h.vocabulary;
  const bool quantised = h.version == 2;
  walk.layers("input_layernorm", {width});
  walk.layers("post_attention_layernorm", {width});
  walk.tensor("model.norm.weight", {width});
  walk.tensor("model.embed_tokens.weight", {vocabulary, width}, quantised);
  walk_attention(walk, h, quantised);
  walk_feed_forward(walk, h, quantised);
  if (!h.shared) walk.tensor("lm_head.weight", {vocabulary, width}, quantised);
}

}  // namespace

void add_llama2c(MappedFile file, Checkpoint& checkpoint) {
  const Llama2cHeader header = parse_llama2c_header(file.bytes());
  check_llama2c_header(file, header);
  Walker walk(header, checkpoint);
  if (header.version == 0) {
    walk_version_0(walk, header);
  } else {
    walk_later_version(walk, header);
  }
  if (walk.at() > file.bytes().size()) {
    fail("{}: truncated: {} bytes, a llama2.c checkpoint of this shape has {}; fetch it again",
         file.path(), file.bytes().size(), walk.at());
  }
  if (walk.at() < file.bytes().size()) {
    fail(
        "{}: {} bytes where a llama2.c checkpoint of this shape has {}; it is of another kind or "
        "damaged",
        file.path(), file.bytes().size(), walk.at());
  }
  walk.check_rotation(file);
  checkpoint.format = fmt::format("llama2.c version {}", header.version);
  checkpoint.interleaved = true;
  checkpoint.config = make_config(header);
  checkpoint.files.push_back(std::move(file));
}

}  // namespace fovea::tools
