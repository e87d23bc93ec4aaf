// A file that appears under its name complete or not at all.

#ifndef FOVEA_TOOLS_COMMON_ATOMIC_FILE_H_
#define FOVEA_TOOLS_COMMON_ATOMIC_FILE_H_

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace fovea::tools {

// Writes to a temporary name in the target's folder; commit() gives it the target's name. Without
// commit() the temporary file is removed. All failures throw InputError.
class AtomicFile {
 public:
  explicit AtomicFile(const std::string& path);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void write(std::span<const uint8_t> bytes);
  // Overwrites bytes already written, or leaves a hole of zeros before them.
  void write_at(uint64_t offset, std::span<const uint8_t> bytes);
  void zeros(uint64_t count);
  uint64_t size() const { return size_; }

  // Where the bytes are until commit().
  const std::string& temporary_path() const { return temporary_; }

  // Flushes to the disk, then renames.
  void commit();

 private:
  void write_fully(uint64_t offset, std::span<const uint8_t> bytes);

  std::string path_;
  std::string temporary_;
  int file_ = -1;
  uint64_t size_ = 0;
};

// Writes a whole file atomically.
void write_file(const std::string& path, std::span<const uint8_t> bytes);
void write_file(const std::string& path, std::string_view text);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_COMMON_ATOMIC_FILE_H_
