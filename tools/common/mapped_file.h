// A file's bytes, mapped for reading.

#ifndef FOVEA_TOOLS_COMMON_MAPPED_FILE_H_
#define FOVEA_TOOLS_COMMON_MAPPED_FILE_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace fovea::tools {

class MappedFile {
 public:
  // Throws InputError where the path is missing, a folder or unreadable.
  explicit MappedFile(const std::string& path);
  ~MappedFile();
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  // Aligned to a page; empty for an empty file.
  std::span<const uint8_t> bytes() const { return {data_, size_}; }
  const std::string& path() const { return path_; }

  // Lets the kernel take back the pages of a range that was read and is not needed soon, so that
  // reading a large file from end to end does not count as memory of this process.
  void forget(size_t offset, size_t size) const;

 private:
  std::string path_;
  const uint8_t* data_ = nullptr;
  size_t size_ = 0;
};

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_COMMON_MAPPED_FILE_H_
