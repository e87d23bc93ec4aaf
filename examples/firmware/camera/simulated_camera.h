// What stands for a camera: a sheet of paper with a digit on it, in lines of YUYV.

#ifndef FOVEA_EXAMPLES_FIRMWARE_CAMERA_SIMULATED_CAMERA_H_
#define FOVEA_EXAMPLES_FIRMWARE_CAMERA_SIMULATED_CAMERA_H_

#include <stdint.h>

enum { kCameraWidth = 160, kCameraHeight = 120, kLineBytes = 2 * kCameraWidth };

// Line y of a picture of 8 x 8 pixels from 0, paper, to 16, ink. Without one (null) of the paper
// alone.
void camera_line(const uint8_t* pixels, uint32_t y, uint8_t* line);

#endif  // FOVEA_EXAMPLES_FIRMWARE_CAMERA_SIMULATED_CAMERA_H_
