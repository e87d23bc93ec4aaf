// Zip archives of stored files (PKWARE's APPNOTE, 4.3): each after a header of its own, then a
// directory that repeats the headers, then where the directory is.

#include <cstdint>
#include <string>
#include <vector>

#include "fovea/fovea.h"
#include "tools/common/error.h"
#include "tools/common/npz.h"

namespace fovea::tools {
namespace {

constexpr uint32_t kFile = 0x04034b50, kDirectory = 0x02014b50, kEnd = 0x06054b50;
constexpr uint16_t kVersion = 20;         // 2.0, the oldest that unpackers ask for
constexpr uint16_t kDate = (1 << 5) | 1;  // 1 January 1980: the same bytes on every day

class Bytes {
 public:
  void u16(uint32_t value) { put(value, 2); }
  void u32(uint32_t value) { put(value, 4); }
  void append(const std::string& text) { all_.insert(all_.end(), text.begin(), text.end()); }
  void append(const std::vector<uint8_t>& bytes) {
    all_.insert(all_.end(), bytes.begin(), bytes.end());
  }
  uint32_t size() const { return static_cast<uint32_t>(all_.size()); }
  std::vector<uint8_t> take() { return std::move(all_); }

 private:
  void put(uint32_t value, int bytes) {
    for (int i = 0; i < bytes; ++i) all_.push_back(static_cast<uint8_t>(value >> (8 * i)));
  }
  std::vector<uint8_t> all_;
};

std::string file_of(const NpzEntry& entry) {
  return entry.name + ".npy";
}

// What both headers of a file say.
void add_fields(Bytes& to, const NpzEntry& entry) {
  to.u16(kVersion);
  to.u16(0);  // flags
  to.u16(0);  // stored
  to.u16(0);  // time
  to.u16(kDate);
  to.u32(fovea_crc32(0, entry.npy.data(), entry.npy.size()));
  to.u32(static_cast<uint32_t>(entry.npy.size()));
  to.u32(static_cast<uint32_t>(entry.npy.size()));
  to.u16(static_cast<uint32_t>(file_of(entry).size()));
  to.u16(0);  // extra fields
}

void check_sizes(const std::vector<NpzEntry>& entries) {
  uint64_t bytes = 22;
  for (const NpzEntry& entry : entries) bytes += 80 + 2 * file_of(entry).size() + entry.npy.size();
  if (bytes >= UINT32_MAX || entries.size() > UINT16_MAX) {
    fail(
        "an archive of {} arrays of {} bytes in all is too large for .npz: choose fewer layers, "
        "heads or queries",
        entries.size(), bytes);
  }
}

}  // namespace

std::vector<uint8_t> npz_bytes(const std::vector<NpzEntry>& entries) {
  check_sizes(entries);
  Bytes all, directory;
  for (const NpzEntry& entry : entries) {
    directory.u32(kDirectory);
    directory.u16(kVersion);
    add_fields(directory, entry);
    directory.u16(0);  // comment
    directory.u16(0);  // disk
    directory.u16(0);  // attributes
    directory.u32(0);
    directory.u32(all.size());
    directory.append(file_of(entry));
    all.u32(kFile);
    add_fields(all, entry);
    all.append(file_of(entry));
    all.append(entry.npy);
  }
  const uint32_t begin = all.size(), count = static_cast<uint32_t>(entries.size());
  const uint32_t size = directory.size();
  all.append(directory.take());
  all.u32(kEnd);
  all.u32(0);  // disks
  all.u16(count);
  all.u16(count);
  all.u32(size);
  all.u32(begin);
  all.u16(0);  // comment
  return all.take();
}

}  // namespace fovea::tools
