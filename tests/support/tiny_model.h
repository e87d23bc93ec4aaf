// A small language model made by hand, for tests of the runtime that need no converter: two
// sequences, packed, one layer, rotary and learned positions, grouped queries, gated linear,
// `forward` over all tokens and `next` for the last one.

#ifndef FOVEA_TESTS_SUPPORT_TINY_MODEL_H_
#define FOVEA_TESTS_SUPPORT_TINY_MODEL_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "fovea/fovea.h"
#include "runtime/schema.h"

namespace fovea::test {

inline constexpr uint32_t kTinyVocabulary = 19, kTinyTokens = 16, kTinyContext = 40, kTinyBatch = 2;

// Bytes aligned to 64, as a mapped file's are. As an arena it is poisoned: NaN wherever nothing was
// written.
class Image {
 public:
  Image() = default;
  explicit Image(size_t size);
  unsigned char* data() { return data_.get(); }
  const unsigned char* data() const { return data_.get(); }
  size_t size() const { return size_; }
  fovea_span span() const { return {data_.get(), size_}; }

 private:
  struct Free {
    void operator()(unsigned char* p) const;
  };
  std::unique_ptr<unsigned char[], Free> data_;
  size_t size_ = 0;
};

// The whole file of the tiny model. `change` may alter its tables before they are written.
Image tiny_model(const std::function<void(schema::ModelT&)>& change = nullptr);

// Puts all caches of a model into a format.
void keep_caches(schema::ModelT& model, schema::DType type);

// The file of any model made by hand; its memory is measured where `model` does not say it.
Image make_image(schema::ModelT& model, const std::vector<float>& weights);

// A file around the bytes of any header.
Image frame(const unsigned char* header, size_t size, const std::vector<float>& weights = {});

// Zeros in the inputs of all methods; packed rows are all of the first sequence.
void clear_inputs(const fovea_model& model, fovea_session* session);

// Puts the right header checksum into an image whose header was altered.
void fix_header_crc(Image& image);

}  // namespace fovea::test

#endif  // FOVEA_TESTS_SUPPORT_TINY_MODEL_H_
