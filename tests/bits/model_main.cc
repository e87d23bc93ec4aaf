// One model on any target, with or without a system: runs the fingerprint that its file carries and
// prints "bits ROW MODEL CRC" for every row, where the CRC covers the outputs of all operators of
// all methods of the fingerprint. Then runs the first method once more between two calls of
// fovea_mark, for programs that count instructions.

#include <cstddef>
#include <cstdint>

#include "fovea/fovea.h"
#include "kernels/kernels.h"
#include "toolchains/console.h"
#include FOVEA_MODEL_HEADER

extern "C" {
// A place that a counter of instructions recognises.
__attribute__((noinline, used)) void fovea_mark() {
  __asm__ volatile("");
}
}

namespace {

#if defined(__arm__)
__attribute__((section(".large.arena")))
#endif
alignas(FOVEA_ALIGNMENT) uint8_t arena[FOVEA_MODEL_ARENA];

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

bool failed(const char* what, const fovea_error& error) {
  print(what);
  print(" failed with code 0x");
  print_hex(error.code);
  print("\n");
  return false;
}

void add_crc(void* context, const fovea_record* record) {
  auto* crc = static_cast<uint32_t*>(context);
  *crc = fovea_crc32(*crc, &record->crc, sizeof record->crc);
}

// The fingerprint sets the inputs of its own dims only.
void clear_inputs(const fovea_model& model, fovea_session* session) {
  for (uint32_t i = 0; i < fovea_input_count(&model, 0); ++i) {
    fovea_tensor info, input;
    if (fovea_input_info(&model, 0, i, &info) != FOVEA_OK ||
        fovea_input(session, 0, info.name, &input, nullptr) != FOVEA_OK) {
      continue;
    }
    for (uint64_t k = 0; k < input.bytes; ++k) static_cast<uint8_t*>(input.data)[k] = 0;
  }
}

bool run_row(const fovea_model& model, const char* row) {
  fovea_error error = {};
  fovea_options options = {};
  for (uint8_t& byte : arena) byte = 0xFF;  // NaN wherever nothing was written
  options.row = row;
  fovea_session* session;
  const fovea_spans memory = {{arena, sizeof arena}, {}, {}};
  if (fovea_bind(&model, memory, &options, &session, &error) != FOVEA_OK) {
    return failed("bind", error);
  }
  uint32_t crc = 0;
  const fovea_trace trace = {&crc, add_crc, nullptr, true};
  fovea_set_trace(session, &trace);
  if (fovea_check_fingerprint(session, &error) != FOVEA_OK) return failed("fingerprint", error);
  fovea_set_trace(session, nullptr);
  print("bits ");
  print(row);
  print(" " FOVEA_MODEL_NAME " ");
  print_hex(crc);
  print("\n");
  clear_inputs(model, session);
  fovea_mark();
  const fovea_code code = fovea_run(session, 0, &error);
  fovea_mark();
  return code == FOVEA_OK || failed("run", error);
}

}  // namespace

int main() {
  fovea_model model;
  fovea_error error = {};
  if (FOVEA_MODEL_OPEN(&model, &error) != FOVEA_OK) return failed("open", error) ? 0 : 1;
  bool right = true;
  using fovea::kernels::Kernels;
  for (const Kernels* const* row = fovea::kernels::compiled_rows(); *row != nullptr; ++row) {
    if (fovea::kernels::cpu_has(**row)) right = run_row(model, (*row)->name) && right;
  }
  return right ? 0 : 1;
}
