#include "examples/firmware/camera/simulated_camera.h"

#include <stddef.h>

enum { kBlock = 15, kLeft = (kCameraWidth - 8 * kBlock) / 2, kPaper = 210, kInk = 10 };

// Noise of the sensor that repeats: its mean over a block is nearly 0.
static uint32_t noise(uint32_t x, uint32_t y) {
  return (x * 7 + y * 13 + x * y) % 5;
}

void camera_line(const uint8_t* pixels, uint32_t y, uint8_t* line) {
  for (uint32_t x = 0; x < kCameraWidth; ++x) {
    const int on = pixels != NULL && x >= kLeft && x < kLeft + 8 * kBlock;
    const uint32_t ink = on ? pixels[y / kBlock * 8 + (x - kLeft) / kBlock] * kInk : 0;
    line[2 * x] = (uint8_t)(kPaper - ink + noise(x, y));
    line[2 * x + 1] = (uint8_t)(x % 2 == 0 ? 120 : 140);  // colour, which nobody looks at
  }
}
