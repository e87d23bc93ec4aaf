#include "examples/firmware/camera/frame.h"

enum { kMostSide = 4096, kLeastContrast = 32 };

int frame_begin(struct frame* frame, uint32_t width, uint32_t height) {
  const uint32_t shorter = width < height ? width : height;
  if (shorter < kSide || width > kMostSide || height > kMostSide) return 0;
  frame->width = width;
  frame->height = height;
  frame->block = shorter / kSide;
  frame->line = 0;
  for (uint32_t i = 0; i < kSide * kSide; ++i) frame->sums[i] = 0;
  return 1;
}

void frame_line(struct frame* frame, const uint8_t* line) {
  const uint32_t side = frame->block * kSide;
  const uint32_t top = (frame->height - side) / 2, left = (frame->width - side) / 2;
  const uint32_t at = frame->line++;
  if (at < top || at >= top + side) return;
  uint32_t* sums = frame->sums + (at - top) / frame->block * kSide;
  for (uint32_t x = 0; x < side; ++x) sums[x / frame->block] += line[2 * (left + x)];
}

int frame_image(const struct frame* frame, float* image) {
  const uint32_t pixels = frame->block * frame->block;
  uint32_t least = UINT32_MAX, most = 0;
  if (frame->line < frame->height) return 0;
  for (uint32_t i = 0; i < kSide * kSide; ++i) {
    if (frame->sums[i] < least) least = frame->sums[i];
    if (frame->sums[i] > most) most = frame->sums[i];
  }
  if (most - least < kLeastContrast * pixels) return 0;
  for (uint32_t i = 0; i < kSide * kSide; ++i) {
    image[i] = (float)(most - frame->sums[i]) / (float)(most - least);
  }
  return 1;
}
