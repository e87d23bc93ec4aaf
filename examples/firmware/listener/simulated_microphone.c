// What stands for a microphone: WAV files of the machine that emulates the board, one after the
// other. What does not fill the last block is left out.

#include <stddef.h>

#include "examples/firmware/listener/microphone.h"
#include "examples/firmware/print.h"
#include "recordings.h"
#include "toolchains/console.h"

enum { kPcm = 1 };

static uint32_t next;  // recording
static uint32_t left;  // bytes of samples that this one still has
static int file = -1, ended;

static uint32_t number(const uint8_t* bytes, uint32_t count) {
  uint32_t value = 0;
  while (count-- > 0) value = value << 8 | bytes[count];
  return value;
}

static int is(const uint8_t* bytes, const char* id) {
  return number(bytes, 4) == number((const uint8_t*)id, 4);
}

static int refuse(const char* why) {
  print(kRecordings[next]);
  print(why);
  print("\n");
  return 0;
}

static int read_exactly(void* data, uint32_t size) {
  return semihosting_read(file, data, (int)size) == (int)size;
}

static int skip(uint32_t size) {
  uint8_t bytes[64];
  while (size > 0) {
    const uint32_t now = size < sizeof bytes ? size : sizeof bytes;
    if (!read_exactly(bytes, now)) return 0;
    size -= now;
  }
  return 1;
}

static int check_format(const uint8_t* format) {
  if (number(format, 2) != kPcm || number(format + 2, 2) != 1 || number(format + 14, 2) != 16) {
    return refuse(": is not of one channel of PCM with 16 bits");
  }
  return number(format + 4, 4) == kRate ? 1 : refuse(": has not 16000 samples a second");
}

// Up to the samples of the next recording.
static int begin(void) {
  uint8_t head[12], chunk[8], format[16];
  file = semihosting_open(kRecordings[next]);
  if (file < 0) return refuse(": cannot be opened");
  if (!read_exactly(head, sizeof head) || !is(head, "RIFF") || !is(head + 8, "WAVE")) {
    return refuse(": is no WAV file");
  }
  for (int known = 0; read_exactly(chunk, sizeof chunk);) {
    const uint32_t size = number(chunk + 4, 4);
    if (is(chunk, "data")) {
      left = size;
      if (!known) return refuse(": has samples before their format");
      return size >= 2 ? 1 : refuse(": has no samples");
    }
    uint32_t rest = size + size % 2;
    if (is(chunk, "fmt ") && size >= sizeof format) {
      if (!read_exactly(format, sizeof format) || !check_format(format)) return 0;
      rest -= sizeof format;
      known = 1;
    }
    if (!skip(rest)) break;
  }
  return refuse(": ends before its samples");
}

// Bytes of the samples are those of the processor, which is little-endian.
int microphone_read(int16_t* samples, uint32_t count) {
  uint8_t* bytes = (uint8_t*)samples;
  for (uint32_t size = count * 2; size > 0;) {
    if (left == 0) {
      if (file >= 0) ++next;
      file = -1;
      ended = next == kRecordingCount;
      if (ended || !begin()) return 0;
    }
    const uint32_t now = left < size ? left : size;
    if (!read_exactly(bytes, now)) return refuse(": is cut off");
    bytes += now;
    left -= now;
    size -= now;
  }
  return 1;
}

int microphone_ended(void) {
  return ended;
}
