// Any bytes as an input of `fovea run`: a .npy file or a .npz archive, read or refused.

#include <cstring>

#include "tools/common/error.h"
#include "tools/common/npy.h"
#include "tools/common/npz.h"

namespace {

using fovea::tools::InputError;
using fovea::tools::Npy;

constexpr uint64_t kMost = 1 << 20;

void parse(std::span<const uint8_t> bytes, fovea_type wanted) {
  try {
    const Npy npy = fovea::tools::parse_npy(bytes, "input", wanted, "input 'x'");
    uint64_t elements = 1;
    for (const uint64_t extent : npy.shape) elements *= extent;
    if (npy.data.size() != elements * 4) __builtin_trap();
  } catch (const InputError& error) {
    if (std::strlen(error.what()) == 0) __builtin_trap();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::span<const uint8_t> bytes(data, size);
  for (const fovea_type wanted : {FOVEA_FLOAT32, FOVEA_INT32}) parse(bytes, wanted);
  if (!fovea::tools::looks_like_zip(bytes)) return 0;
  try {
    const fovea::tools::Npz archive(bytes, "input");
    for (const std::string& key : archive.keys()) {
      parse(archive.read(key, kMost), FOVEA_FLOAT32);
    }
  } catch (const InputError&) {
    return 0;
  }
  return 0;
}
