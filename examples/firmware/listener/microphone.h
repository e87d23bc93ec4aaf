// A microphone as firmware sees it: 16,000 samples of 16 bits a second, which come in blocks.

#ifndef FOVEA_EXAMPLES_FIRMWARE_LISTENER_MICROPHONE_H_
#define FOVEA_EXAMPLES_FIRMWARE_LISTENER_MICROPHONE_H_

#include <stdint.h>

enum { kRate = 16000 };

// Waits for the next `count` samples. Returns 0 where there are no more of them: all was heard, or
// a line says what is wrong.
int microphone_read(int16_t* samples, uint32_t count);
// Whether the last one that returned 0 had nothing to read any more, which is no error.
int microphone_ended(void);

#endif  // FOVEA_EXAMPLES_FIRMWARE_LISTENER_MICROPHONE_H_
