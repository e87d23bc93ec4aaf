// Any bytes as a model file: opened, and run when accepted. The input is the header of a file whose
// preamble, checksum and weights are made to fit, so that mutations reach the checks behind them.

#include <algorithm>
#include <cstring>

#include "runtime/checked.h"
#include "runtime/preamble.h"
#include "runtime/verify.h"
#include "tests/support/tiny_model.h"

namespace {

using fovea::test::Image;

const Image& good() {
  static const Image image = fovea::test::tiny_model();
  return image;
}

Image wrap(const uint8_t* header, size_t size) {
  const auto& from = *reinterpret_cast<const fovea::Preamble*>(good().data());
  fovea::Preamble preamble = from;
  preamble.header_size = size;
  preamble.weights_offset = fovea::round_up(sizeof preamble + size, 64);
  Image image(preamble.weights_offset + from.weights_size);
  std::memcpy(image.data(), &preamble, sizeof preamble);
  std::memcpy(image.data() + sizeof preamble, header, size);
  std::memcpy(image.data() + preamble.weights_offset, good().data() + from.weights_offset,
              from.weights_size);
  fovea::test::fix_header_crc(image);
  return image;
}

// Checksum of all outputs of all methods, where memory held `poison` before.
uint32_t run_all(const fovea_model& model, unsigned char poison) {
  Image arena(fovea_arena(&model, 1).total);
  std::memset(arena.data(), poison, arena.size());
  fovea_session* session = nullptr;
  if (fovea_bind(&model, {{arena.data(), arena.size()}, {}, {}}, nullptr, &session, nullptr) !=
      FOVEA_OK) {
    __builtin_trap();
  }
  uint32_t crc = 0;
  for (uint32_t method = 0; method < fovea_method_count(&model); ++method) {
    for (int repeat = 0; repeat < 2; ++repeat) {
      fovea::test::clear_inputs(model, session);
      if (fovea_run(session, method, nullptr) != FOVEA_OK) continue;
      for (uint32_t i = 0; i < fovea_output_count(&model, method); ++i) {
        fovea_tensor info, output;
        if (fovea_output_info(&model, method, i, &info) != FOVEA_OK ||
            fovea_output(session, method, info.name, &output, nullptr) != FOVEA_OK) {
          __builtin_trap();
        }
        crc = fovea_crc32(crc, output.data, static_cast<size_t>(output.bytes));
      }
    }
  }
  (void)fovea_check_fingerprint(session, nullptr);
  return crc;
}

// What comes out does not depend on what memory held.
void compare(const fovea_model& model) {
  if (fovea_arena(&model, 1).total > (uint64_t{1} << 24)) return;
  if (run_all(model, 0xFF) != run_all(model, 0x3F)) __builtin_trap();
}

// What the runtime's own walk lets pass FlatBuffers' verifier does, too.
void compare_structure(const uint8_t* header, size_t size) {
  if (fovea::verify_structure(header, size, nullptr) != FOVEA_OK) return;
  flatbuffers::Verifier verifier(header, size);
  if (!verifier.VerifyBuffer<fovea::schema::Model>(nullptr)) __builtin_trap();
}

void use_text(const fovea_model& model) {
  fovea_special_tokens special;
  if (fovea_tokenizer_info(&model, 0, &special) != FOVEA_OK) return;
  int32_t ids[32];
  size_t count = 0;
  (void)fovea_encode(&model, 0, "ab c\xC3\xA9\xFF", 7, ids, 32, &count, nullptr);
  char text[64];
  size_t size = 0;
  for (int32_t id = -2; id < 40; ++id) {
    (void)fovea_decode(&model, 0, special.bos, id, text, sizeof text, &size, nullptr);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const Image image = wrap(data, size);
  compare_structure(image.data() + sizeof(fovea::Preamble), size);
  fovea_model model;
  fovea_error error;
  if (fovea_open(image.span(), {}, &model, &error) != FOVEA_OK) {
    char text[200];
    (void)fovea_describe(nullptr, &error, text, sizeof text);
    return 0;
  }
  compare(model);
  use_text(model);
  return 0;
}

// Seeds mutation with the tiny model's own header.
extern "C" size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t max_size);
extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size,
                                          unsigned int seed) {
  const auto& preamble = *reinterpret_cast<const fovea::Preamble*>(good().data());
  if (size < 64 || seed % 64 == 0) {
    size = std::min<size_t>(preamble.header_size, max_size);
    std::memcpy(data, good().data() + sizeof preamble, size);
  }
  return LLVMFuzzerMutate(data, size, max_size);
}
