// Tables of front ends that make features of samples: windows, roots of one, filters by the mel
// scale (Stevens, Volkmann and Newman 1937).

#ifndef FOVEA_TOOLS_IMPORT_FILTERS_H_
#define FOVEA_TOOLS_IMPORT_FILTERS_H_

#include <cstdint>
#include <vector>

#include "runtime/schema.h"

namespace fovea::tools {

// cos and -sin of 2 pi k / size. [size, 2]
std::vector<float> roots_of_one(uint32_t size);

// 0.5 - 0.5 cos(2 pi t / period) for t < count, to the power of `power`.
std::vector<float> raised_cosine(uint32_t count, double period, double power = 1);

// Triangles over frequencies, whose corners are equally far apart by a mel scale.
struct MelForm {
  // 2595 log10(1 + f / 700); or linear up to 1000 Hz, logarithmic above (Slaney 1998).
  enum Scale { kLogarithmic, kSlaney } scale = kLogarithmic;
  uint32_t bands = 0;
  double lowest = 0, highest = 0;  // Hz
  double bin_width = 0;            // Hz
  uint32_t bins = 0;
  bool by_mel = false;  // sides are straight by mel, otherwise by frequency
  bool areas = false;   // divided by half their width in Hz, otherwise of height 1
};

// The parts of bands that are not 0. Returns the weights of all, one after the other.
std::vector<float> mel_filters(const MelForm& form, schema::FiltersT& filters);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_IMPORT_FILTERS_H_
