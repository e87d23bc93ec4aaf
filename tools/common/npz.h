// NumPy's .npz files: zip archives of .npy files.

#ifndef FOVEA_TOOLS_COMMON_NPZ_H_
#define FOVEA_TOOLS_COMMON_NPZ_H_

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace fovea::tools {

bool looks_like_zip(std::span<const uint8_t> bytes);

class Npz {
 public:
  // Refers to the bytes. Throws InputError, with `name` as the file's.
  Npz(std::span<const uint8_t> bytes, const std::string& name);
  ~Npz();
  Npz(const Npz&) = delete;
  Npz& operator=(const Npz&) = delete;

  // Names of the arrays.
  const std::vector<std::string>& keys() const { return keys_; }
  bool has(const std::string& key) const;
  // For messages.
  std::string key_list() const;

  // The .npy file of an array, unpacked. Throws InputError where there is none, where it is
  // damaged, and where it has more than `most` bytes.
  std::vector<uint8_t> read(const std::string& key, uint64_t most) const;

 private:
  struct Archive;

  std::string name_;
  std::unique_ptr<Archive> archive_;
  std::vector<std::string> keys_;
};

// An array of an archive to write: its name, without .npy, and the bytes of a .npy file.
struct NpzEntry {
  std::string name;
  std::vector<uint8_t> npy;
};

// The bytes of an archive of these, stored as they are; no library is needed. Throws InputError
// where they are more than a plain archive holds (4 GB, 65,535 arrays).
std::vector<uint8_t> npz_bytes(const std::vector<NpzEntry>& entries);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_COMMON_NPZ_H_
