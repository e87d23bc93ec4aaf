// fovea_bits on a microcontroller: no heap, no system, the model in flash, one static arena of
// exactly the bytes that the tool gave. Proves at power-on that this processor computes what the
// workstation computed, writes a few words, then prints the same lines as on a host.

#include <cstddef>
#include <cstdint>

#include "fovea/fovea.hpp"
#include "tests/bits/bits.h"
#include "toolchains/console.h"

namespace fovea::test {
namespace {

constexpr uint32_t kWords = 32;  // tokens of the story

#if defined(__arm__)  // larger than the first memory of small boards; needs no zeroing
__attribute__((section(".large.arena")))
#endif
alignas(FOVEA_ALIGNMENT) uint8_t arena[STORIES_ARENA_BYTES];

void print(const char* text) {
  int size = 0;
  while (text[size] != '\0') ++size;
  semihosting_write(text, size);
}

void print_hex(uint32_t value) {
  char text[8];
  for (int i = 7; i >= 0; --i, value >>= 4) text[i] = "0123456789abcdef"[value & 15];
  semihosting_write(text, sizeof text);
}

[[noreturn]] void stop(const char* what, const Error& error) {
  print(what);
  print(": ");
  print(error.message().c_str());
  print("\n");
  semihosting_exit(1);
}

template <typename T>
T check(const char* what, const Result<T>& result) {
  if (!result) stop(what, result.error());
  return *result;
}
void check(const char* what, const Status& status) {
  if (!status) stop(what, status.error());
}

int32_t likeliest(const Tensor<float>& logits) {
  int32_t best = 0;
  for (size_t i = 1; i < logits.width(); ++i) {
    if (logits[i] > logits[static_cast<size_t>(best)]) best = static_cast<int32_t>(i);
  }
  return best;
}

void tell_story(const api::Model& model, const Session& session) {
  const Tokenizer text = check("tokenizer", model.tokenizer("text"));
  const Method next = check("method", session.method("next"));
  int32_t token = check("tokenizer", text.info()).bos;
  check("reset", session.reset());
  for (uint32_t i = 0; i < kWords; ++i) {
    check("next", feed(session, next, &token, 1));
    const int32_t chosen = likeliest(check("logits", next.output<float>("logits")));
    char piece[64];
    const size_t size = check("decode", text.decode(token, chosen, piece, sizeof piece));
    semihosting_write(piece, static_cast<int>(size));
    token = chosen;
  }
  print("\n");
}

// Whether all chunkings have the same checksum.
bool print_bits(const Session& session) {
  uint32_t first = 0;
  bool equal = true;
  for (const Chunking& chunking : kChunkings) {
    const uint32_t crc = check("run", logits_crc(session, chunking.tokens));
    if (&chunking == kChunkings) first = crc;
    equal = equal && crc == first;
    print("bits ");
    print(session.row());
    print(" stories260K/");
    print(chunking.name);
    print("/1t ");
    print_hex(crc);
    print("\n");
  }
  return equal;
}

bool run() {
  const api::Model model = check("open", api::Model::open(stories_model, STORIES_MODEL_BYTES));
  for (uint8_t& byte : arena) byte = 0xFF;  // NaN wherever nothing was written
  const Session session = check("bind", model.bind(arena, sizeof arena));
  check("fingerprint", session.check_fingerprint());
  print("fingerprint ok\n");
  tell_story(model, session);
  return print_bits(session);
}

}  // namespace
}  // namespace fovea::test

int main() {
  return fovea::test::run() ? 0 : 1;
}
