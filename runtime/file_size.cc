// Apart from open.cc: linked only into programs that ask.

#include <cstring>

#include "fovea/fovea.h"
#include "runtime/checked.h"
#include "runtime/preamble.h"

extern "C" uint64_t fovea_file_size(const void* first64, size_t size) {
  using namespace fovea;
  Preamble p;
  if (first64 == nullptr || size < sizeof p) return 0;
  std::memcpy(&p, first64, sizeof p);
  const bool known = p.magic == kMagic && p.version == kFormatVersion;
  const bool placed = p.header_offset == sizeof p && p.header_size <= kMaxHeader &&
                      p.weights_offset >= sizeof p + p.header_size &&
                      p.weights_offset <= 2 * kMaxHeader && p.weights_offset % kFileAlignment == 0;
  if (!known || !placed || p.weights_size > kMaxBytes) return 0;
  return p.weights_offset + p.weights_size;
}
