#include "tools/session/tensor_input.h"

#include <filesystem>
#include <string_view>

#include "tools/common/error.h"
#include "tools/common/mapped_file.h"
#include "tools/common/npz.h"

namespace fovea::tools {
namespace {

// What the widest elements take, and a header.
uint64_t most_bytes(const fovea_tensor& input) {
  constexpr uint64_t kWidest = 8, kOurs = 4, kHeader = 1 << 16;
  return input.bytes / kOurs * kWidest + kHeader;
}

std::string chosen_key(const Npz& archive, const ArrayPlace& place, const fovea_tensor& input) {
  if (!place.key.empty()) return place.key;
  if (archive.has(input.name)) return input.name;
  if (archive.keys().size() == 1) return archive.keys().front();
  fail("{}: has no array '{}': choose with {}={}:KEY among {}", place.path, input.name, input.name,
       place.path, archive.key_list());
}

}  // namespace

ArrayPlace parse_place(const std::string& text) {
  constexpr std::string_view kMark = ".npz:";
  const size_t at = text.rfind(kMark);
  std::error_code ignored;
  if (at == std::string::npos || std::filesystem::exists(text, ignored)) return {text, ""};
  return {text.substr(0, at + kMark.size() - 1), text.substr(at + kMark.size())};
}

Npy read_tensor(const ArrayPlace& place, const fovea_tensor& input) {
  const MappedFile file(place.path);
  const auto type = static_cast<fovea_type>(input.type);
  const std::string what = fmt::format("input '{}'", input.name);
  if (!looks_like_zip(file.bytes())) {
    if (!place.key.empty()) fail("{}: is not a .npz file: save it with numpy.savez", file.path());
    return parse_npy(file.bytes(), file.path(), type, what);
  }
  const Npz archive(file.bytes(), file.path());
  const std::string key = chosen_key(archive, place, input);
  return parse_npy(archive.read(key, most_bytes(input)), file.path() + ":" + key, type, what);
}

std::vector<std::string> archive_keys(const std::string& path) {
  const MappedFile file(path);
  return Npz(file.bytes(), file.path()).keys();
}

}  // namespace fovea::tools
