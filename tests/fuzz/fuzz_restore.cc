// Any bytes as a saved state: refused, or a state that runs on.

#include <cstddef>
#include <cstring>
#include <vector>

#include "runtime/saved.h"
#include "tests/support/tiny_model.h"

namespace {

using fovea::test::Image;

struct Bound {
  Image image = fovea::test::tiny_model();
  fovea_model model = {};
  Image arena;
  fovea_session* session = nullptr;

  Bound() {
    if (fovea_open(image.span(), {}, &model, nullptr) != FOVEA_OK) __builtin_trap();
    arena = Image(fovea_arena(&model, 1).total);
    if (fovea_bind(&model, {{arena.data(), arena.size()}, {}, {}}, nullptr, &session, nullptr) !=
        FOVEA_OK) {
      __builtin_trap();
    }
    if (fovea_set_dim(session, 1, 1, nullptr) != FOVEA_OK) __builtin_trap();
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static Bound bound;
  // The head that names the model is given, with the right checksum, so that mutation reaches what
  // follows.
  std::vector<unsigned char> bytes(fovea_saved_size(bound.session, 0));
  if (fovea_reset(bound.session, 0, nullptr) != FOVEA_OK) __builtin_trap();
  if (fovea_save(bound.session, 0, bytes.data(), bytes.size(), nullptr) != FOVEA_OK) {
    __builtin_trap();
  }
  bytes.resize(sizeof(fovea::SavedHead));
  bytes.insert(bytes.end(), data, data + size);
  uint32_t crc = 0;
  std::memcpy(bytes.data() + offsetof(fovea::SavedHead, crc), &crc, sizeof crc);
  crc = fovea_crc32(0, bytes.data(), bytes.size());
  std::memcpy(bytes.data() + offsetof(fovea::SavedHead, crc), &crc, sizeof crc);
  if (fovea_restore(bound.session, 1, bytes.data(), bytes.size(), nullptr) == FOVEA_OK) {
    (void)fovea_run(bound.session, 0, nullptr);
  }
  return 0;
}
