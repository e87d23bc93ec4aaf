#include "tools/common/npz.h"

#ifdef FOVEA_HAS_ZIP
#include <zip.h>
#endif

#include <algorithm>
#include <string_view>

#include "tools/common/error.h"

namespace fovea::tools {

bool looks_like_zip(std::span<const uint8_t> bytes) {
  constexpr std::string_view kEntry("PK\3\4"), kEmpty("PK\5\6");
  const std::string_view start(reinterpret_cast<const char*>(bytes.data()),
                               std::min<size_t>(bytes.size(), 4));
  return start == kEntry || start == kEmpty;
}

bool Npz::has(const std::string& key) const {
  return std::find(keys_.begin(), keys_.end(), key) != keys_.end();
}

std::string Npz::key_list() const {
  std::string result;
  for (const std::string& key : keys_) result += (result.empty() ? "" : ", ") + key;
  return result.empty() ? "none" : result;
}

#ifdef FOVEA_HAS_ZIP
namespace {

constexpr std::string_view kSuffix = ".npy";

std::string text_of(zip_error_t* error) {
  std::string text = zip_error_strerror(error);
  zip_error_fini(error);
  return text;
}

struct Close {
  void operator()(zip_file_t* file) const { zip_fclose(file); }
};

}  // namespace

struct Npz::Archive {
  zip_t* zip = nullptr;
  ~Archive() {
    if (zip != nullptr) zip_discard(zip);
  }
};

Npz::Npz(std::span<const uint8_t> bytes, const std::string& name)
    : name_(name), archive_(std::make_unique<Archive>()) {
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* source = zip_source_buffer_create(bytes.data(), bytes.size(), 0, &error);
  if (source != nullptr) archive_->zip = zip_open_from_source(source, ZIP_RDONLY, &error);
  if (archive_->zip == nullptr) {
    if (source != nullptr) zip_source_free(source);
    fail("{}: is not a whole .npz file: {}; save it with numpy.savez", name_, text_of(&error));
  }
  zip_error_fini(&error);
  const zip_int64_t count = zip_get_num_entries(archive_->zip, 0);
  for (zip_int64_t i = 0; i < count; ++i) {
    const char* entry = zip_get_name(archive_->zip, static_cast<zip_uint64_t>(i), ZIP_FL_ENC_RAW);
    std::string key = entry == nullptr ? "" : entry;
    if (key.ends_with(kSuffix)) key.resize(key.size() - kSuffix.size());
    keys_.push_back(key);
  }
}

std::vector<uint8_t> Npz::read(const std::string& key, uint64_t most) const {
  const auto found = std::find(keys_.begin(), keys_.end(), key);
  if (found == keys_.end()) fail("{}: has no array '{}', only: {}", name_, key, key_list());
  const zip_uint64_t index = static_cast<zip_uint64_t>(found - keys_.begin());
  zip_stat_t status;
  zip_stat_init(&status);
  const std::unique_ptr<zip_file_t, Close> file(zip_fopen_index(archive_->zip, index, 0));
  if (file == nullptr || zip_stat_index(archive_->zip, index, 0, &status) != 0) {
    fail("{}: array '{}' cannot be read: {}", name_, key, zip_strerror(archive_->zip));
  }
  if (status.size > most) {
    fail("{}: array '{}' has {} bytes, at most {} are possible here", name_, key, status.size,
         most);
  }
  // One byte more: the end must be seen for the checksum to be looked at.
  std::vector<uint8_t> bytes(status.size + 1);
  size_t have = 0;
  for (zip_int64_t got = 1; got > 0 && have < bytes.size(); have += static_cast<size_t>(got)) {
    got = zip_fread(file.get(), bytes.data() + have, bytes.size() - have);
    if (got < 0) {
      fail("{}: array '{}' is damaged: {}", name_, key, zip_file_strerror(file.get()));
    }
  }
  if (have != status.size) {
    fail("{}: array '{}' is damaged: {} bytes, not {}", name_, key, have, status.size);
  }
  bytes.resize(have);
  return bytes;
}

#else

struct Npz::Archive {};

Npz::Npz(std::span<const uint8_t>, const std::string& name) : name_(name) {
  fail("{}: this fovea was built without libzip and reads .npy files only", name);
}

std::vector<uint8_t> Npz::read(const std::string&, uint64_t) const {
  return {};
}

#endif

Npz::~Npz() = default;

}  // namespace fovea::tools
