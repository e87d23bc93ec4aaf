#include "tools/checkpoint/llama2c.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <string>
#include <utility>

#include "tools/common/error.h"

namespace fovea::tools {
namespace {

constexpr uint32_t kMagic = 0x616b3432;  // "ak42"
constexpr size_t kHeader = 256;          // bytes of versions 1 and 2
constexpr double kRotaryBase = 10000;    // all that programs of this format know
constexpr int64_t kMaxNumber = int64_t{1} << 24;

struct Header {
  int version = 0;
  int64_t width = 0, ffn = 0, layers = 0, heads = 0, kv_heads = 0, vocabulary = 0, context = 0;
  bool shared = false;  // the embedding is the classifier too
  uint64_t group = 0;   // version 2: elements that share a scale
  uint64_t start = 0;   // bytes before the first tensor

  uint64_t kv_width() const { return static_cast<uint64_t>(width / heads * kv_heads); }
};

int32_t integer(std::span<const uint8_t> bytes, size_t offset) {
  int32_t value = 0;
  if (bytes.size() >= offset + 4) std::memcpy(&value, bytes.data() + offset, 4);
  return value;
}

bool plausible(const Header& h) {
  for (const int64_t n : {h.width, h.ffn, h.layers, h.heads, h.kv_heads, h.vocabulary, h.context}) {
    if (n < 1 || n > kMaxNumber) return false;
  }
  return h.width % h.heads == 0 && h.heads % h.kv_heads == 0 && h.width / h.heads % 2 == 0 &&
         h.layers <= 1000;
}

Header parse_header(std::span<const uint8_t> bytes) {
  Header h;
  const bool has_magic = static_cast<uint32_t>(integer(bytes, 0)) == kMagic;
  if (has_magic) h.version = integer(bytes, 4);
  int64_t* const numbers[] = {&h.width,    &h.ffn,        &h.layers, &h.heads,
                              &h.kv_heads, &h.vocabulary, &h.context};
  for (size_t i = 0; i < 7; ++i) *numbers[i] = integer(bytes, (has_magic ? 8 : 0) + 4 * i);
  if (has_magic) {
    h.start = kHeader;
    h.shared = bytes.size() > 36 && bytes[36] != 0;
    if (h.version == 2) h.group = static_cast<uint32_t>(integer(bytes, 37));
  } else {
    h.start = 28;
    h.shared = h.vocabulary > 0;  // a negative size says that the classifier is apart
    h.vocabulary = std::abs(h.vocabulary);
  }
  return h;
}

nlohmann::json make_config(const Header& h) {
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
  Walker(const Header& header, Checkpoint& checkpoint)
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

  const Header& header_;
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

void walk_attention(Walker& walk, const Header& h, bool quantised) {
  const uint64_t width = h.width, kv = h.kv_width();
  walk.layers("self_attn.q_proj", {width, width}, quantised);
  walk.layers("self_attn.k_proj", {kv, width}, quantised);
  walk.layers("self_attn.v_proj", {kv, width}, quantised);
  walk.layers("self_attn.o_proj", {width, width}, quantised);
}

void walk_feed_forward(Walker& walk, const Header& h, bool quantised) {
  const uint64_t width = h.width, ffn = h.ffn;
  walk.layers("mlp.gate_proj", {ffn, width}, quantised);
  walk.layers("mlp.down_proj", {width, ffn}, quantised);
  walk.layers("mlp.up_proj", {ffn, width}, quantised);
}

void walk_version_0(Walker& walk, const Header& h) {
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

void walk_later_version(Walker& walk, const Header& h) {
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

void check_header(const MappedFile& file, const Header& h) {
  const size_t size = file.bytes().size();
  if (size < h.start) {
    fail("{}: truncated: {} bytes, the llama2.c header alone needs {}; fetch it again", file.path(),
         size, h.start);
  }
  if (h.version < 0 || h.version > 2) {
    fail("{}: llama2.c checkpoint of version {}; versions 0 to 2 can be read", file.path(),
         h.version);
  }
  if (!plausible(h) || (h.version == 2 && (h.group < 1 || h.group > uint64_t{kMaxNumber}))) {
    fail(
        "{}: damaged: its llama2.c header says width {}, {} layers, {} heads, {} key-value heads, "
        "vocabulary {}; fetch it again",
        file.path(), h.width, h.layers, h.heads, h.kv_heads, h.vocabulary);
  }
}

}  // namespace

bool looks_like_llama2c(std::span<const uint8_t> bytes) {
  if (bytes.size() >= 8 && static_cast<uint32_t>(integer(bytes, 0)) == kMagic) return true;
  return bytes.size() >= 28 && plausible(parse_header(bytes));
}

void add_llama2c(MappedFile file, Checkpoint& checkpoint) {
  const Header header = parse_header(file.bytes());
  check_header(file, header);
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
