// A file's bytes, mapped for reading.

#ifndef FOVEA_TOOLS_COMMON_MAPPED_FILE_H_
#define FOVEA_TOOLS_COMMON_MAPPED_FILE_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace fovea::tools {

// How long a pipe with a name may wait for the program at its other end to open it.
inline constexpr std::chrono::seconds kPipePatience{5};

class MappedFile {
 public:
  // "-" is standard input. A pipe is read to its end into a file without a name. Throws InputError
  // where the path is missing, empty, a folder, a device or unreadable, and where nobody opens a
  // pipe for writing. A file that becomes shorter later ends the program (signals.h). A pipe may
  // have no end: more than `most_piped` bytes are refused.
  explicit MappedFile(const std::string& path, uint64_t most_piped = UINT64_MAX);
  ~MappedFile();
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  // Aligned to a page, never empty.
  std::span<const uint8_t> bytes() const { return {data_, size_}; }
  // For messages.
  const std::string& path() const { return path_; }

  // Lets the kernel take back the pages of a range that was read and is not needed soon, so that
  // reading a large file from end to end does not count as memory of this process.
  void forget(size_t offset, size_t size) const;

 private:
  void map(int file);

  std::string path_;
  const uint8_t* data_ = nullptr;
  size_t size_ = 0;
};

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_COMMON_MAPPED_FILE_H_
