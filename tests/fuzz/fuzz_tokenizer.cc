// Any bytes as a llama2.c tokenizer: refused with one line, or a tokenizer that a model file can
// hold and that turns text into ids and back.

#include <string>
#include <utility>

#include "fovea/fovea.h"
#include "tests/support/tiny_text.h"
#include "tools/common/error.h"
#include "tools/import/tokenizer.h"

namespace {

using fovea::test::Image;

void use(const Image& image, uint32_t pieces) {
  fovea_model model;
  if (fovea_open(image.span(), {}, &model, nullptr) != FOVEA_OK) __builtin_trap();
  const std::string text = "ab c\xC3\xA9<0x41>\xFF";
  int32_t ids[FOVEA_ENCODE_ROOM(16)];
  size_t count = 0;
  (void)fovea_encode(&model, 0, text.data(), text.size(), ids, sizeof ids / 4, &count, nullptr);
  for (size_t i = 0; i < count; ++i) {
    if (ids[i] < 0 || static_cast<uint32_t>(ids[i]) >= pieces) __builtin_trap();
    char piece[64];
    size_t size = 0;
    (void)fovea_decode(&model, 0, 1, ids[i], piece, sizeof piece, &size, nullptr);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  try {
    auto tokenizer = fovea::tools::parse_llama2c_tokenizer({data, size}, "t.bin");
    const uint32_t pieces = static_cast<uint32_t>(tokenizer->pieces.size());
    use(fovea::test::tiny_model([&](fovea::schema::ModelT& model) {
          model.tokenizers.push_back(std::move(tokenizer));
        }),
        pieces);
  } catch (const fovea::tools::InputError& error) {
    if (std::string(error.what()).find('\n') != std::string::npos) __builtin_trap();
  }
  return 0;
}
