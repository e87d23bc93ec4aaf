// Writes GGUF files by the format's definition.

#ifndef FOVEA_TESTS_TOOLS_CHECKPOINT_GGUF_FILE_H_
#define FOVEA_TESTS_TOOLS_CHECKPOINT_GGUF_FILE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "tests/tools/checkpoint/put.h"

namespace fovea::test {

inline void put_text(std::string& bytes, const std::string& text) {
  put(bytes, uint64_t{text.size()});
  bytes += text;
}

class GgufFile {
 public:
  uint32_t version = 3;
  uint64_t alignment = 32;

  template <typename T>
  void key(const std::string& name, uint32_t type, T value) {
    put_text(keys_, name);
    put(keys_, type);
    put(keys_, value);
    ++count_;
  }
  void number(const std::string& name, uint32_t value) { key(name, 4, value); }
  void real(const std::string& name, float value) { key(name, 6, value); }
  void text(const std::string& name, const std::string& value) {
    put_text(keys_, name);
    put(keys_, uint32_t{8});
    put_text(keys_, value);
    ++count_;
  }
  void texts(const std::string& name, const std::vector<std::string>& values) {
    list(name, 8, values.size());
    for (const std::string& value : values) put_text(keys_, value);
  }
  template <typename T>
  void values(const std::string& name, uint32_t type, const std::vector<T>& values) {
    list(name, type, values.size());
    for (const T value : values) put(keys_, value);
  }

  // Extents fastest first, as files have them.
  void tensor(const std::string& name, const std::vector<uint64_t>& extents, uint32_t type,
              const std::string& bytes) {
    put_text(tensors_, name);
    put(tensors_, static_cast<uint32_t>(extents.size()));
    for (const uint64_t extent : extents) put(tensors_, extent);
    put(tensors_, type);
    put(tensors_, uint64_t{data_.size()});
    data_ += bytes;
    data_.resize((data_.size() + alignment - 1) / alignment * alignment, '\0');
    ++tensor_count_;
  }
  void floats(const std::string& name, const std::vector<uint64_t>& extents, float first) {
    uint64_t count = 1;
    for (const uint64_t extent : extents) count *= extent;
    std::string bytes;
    for (uint64_t i = 0; i < count; ++i) put(bytes, first + static_cast<float>(i));
    tensor(name, extents, 0, bytes);
  }

  std::string header() const {
    std::string made = "GGUF";
    put(made, version);
    put(made, tensor_count_);
    put(made, count_);
    return made + keys_ + tensors_;
  }
  std::string bytes() const {
    std::string made = header();
    made.resize((made.size() + alignment - 1) / alignment * alignment, '\0');
    return made + data_;
  }

 private:
  void list(const std::string& name, uint32_t type, uint64_t count) {
    put_text(keys_, name);
    put(keys_, uint32_t{9});
    put(keys_, type);
    put(keys_, count);
    ++count_;
  }

  std::string keys_, tensors_, data_;
  uint64_t count_ = 0, tensor_count_ = 0;
};

}  // namespace fovea::test

#endif  // FOVEA_TESTS_TOOLS_CHECKPOINT_GGUF_FILE_H_
