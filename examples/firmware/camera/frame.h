// From the lines of a camera to the numbers that a model reads.

#ifndef FOVEA_EXAMPLES_FIRMWARE_CAMERA_FRAME_H_
#define FOVEA_EXAMPLES_FIRMWARE_CAMERA_FRAME_H_

#include <stdint.h>

enum { kSide = 8 };  // of the model's image

// A frame while its lines come. Of pixels, the largest square in the middle that is a whole
// multiple of the image counts: each number of the image is the mean of a block of them.
struct frame {
  uint32_t width, height;
  uint32_t block;                // pixels of a block's side
  uint32_t line;                 // that comes next
  uint32_t sums[kSide * kSide];  // of brightness
};

// Returns whether a frame of this size has a pixel for every number of the image, and sums fit.
int frame_begin(struct frame* frame, uint32_t width, uint32_t height);
// One line as most sensors send it, YUYV: brightness in every other byte.
void frame_line(struct frame* frame, const uint8_t* line);
// The image, from 0 where the paper is brightest to 1 where ink is darkest. Returns 0, and makes
// none, before the last line and where there is hardly any contrast: nothing is in front of the
// camera.
int frame_image(const struct frame* frame, float* image);

#endif  // FOVEA_EXAMPLES_FIRMWARE_CAMERA_FRAME_H_
