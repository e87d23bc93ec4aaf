// The values that a GGUF file consists of.

#ifndef FOVEA_TOOLS_CHECKPOINT_GGUF_VALUES_H_
#define FOVEA_TOOLS_CHECKPOINT_GGUF_VALUES_H_

#include <cstdint>
#include <cstring>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <utility>

#include "tools/common/mapped_file.h"

namespace fovea::tools {

// Takes values off the front of a file.
class GgufValues {
 public:
  explicit GgufValues(const MappedFile& file) : file_(file), bytes_(file.bytes()) {}

  // What is read, for messages.
  void set_place(std::string place) { place_ = std::move(place); }
  const std::string& place() const { return place_; }
  uint64_t at() const { return at_; }
  uint64_t left() const { return bytes_.size() - at_; }

  template <typename T>
  T value() {
    T result;
    std::memcpy(&result, take(sizeof(T)), sizeof(T));
    return result;
  }

  // Of at most so many bytes, in UTF-8.
  std::string text(uint64_t most);

  [[noreturn]] void damaged(const std::string& what) const;

 private:
  const uint8_t* take(uint64_t size);

  const MappedFile& file_;
  std::span<const uint8_t> bytes_;
  uint64_t at_ = 0;
  std::string place_ = "its header";
};

// The type of lists, which are no scalars.
inline constexpr uint32_t kGgufArray = 9;

nlohmann::json gguf_scalar(GgufValues& values, uint32_t type);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_CHECKPOINT_GGUF_VALUES_H_
