// Which codes stand for numbers. The same on every host: no step but additions, products, divisions
// and roundings of IEEE 754, in an order that is written down.

#ifndef FOVEA_TOOLS_PACK_QUANTIZER_H_
#define FOVEA_TOOLS_PACK_QUANTIZER_H_

#include <cstdint>
#include <span>

#include "kernels/formats.h"

namespace fovea::tools {

// Codes from -127 to 127 of an output's numbers, which are finite, and the f32 that they are
// multiples of.
float quantize(std::span<const float> numbers, std::span<int8_t> codes);

// Codes from -8 to 7 of a group's numbers, none of which half_nearest() finds too large, and the
// f16 that they are multiples of; exact where such codes and an f16 are. `importance`: by how much
// the square of each number's error counts, not below 0; empty: all count the same.
kernels::F16 quantize_group(std::span<const float> numbers, std::span<int8_t> codes,
                            std::span<const double> importance = {});

// What codes of a group stand for that has a minimum: code * unit + minimum.
struct UnitAndMinimum {
  kernels::F16 unit, minimum;
};

// Codes from 0 to 15 of a group's numbers, none of which minimum_nearest() finds too large; exact
// where such codes and two f16 are, sums being rounded to f32. `importance` as above.
UnitAndMinimum quantize_above_minimum(std::span<const float> numbers, std::span<int8_t> codes,
                                      std::span<const double> importance = {});

// The f32 of which codes from -127 to 127 leave the least error so weighted, of a few below a 127th
// of the largest magnitude.
float search_unit(std::span<const float> numbers, std::span<const double> importance);

// The code from -`least` to `most` that is nearest to a number; `unit` is not 0.
int8_t code_of(double number, double unit, double least, double most);

// The number itself, or an infinity where an eighth of it, or the number, is too large for f16.
float half_nearest(float number);
float minimum_nearest(float number);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_PACK_QUANTIZER_H_
