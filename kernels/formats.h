// Elements of weights. widen() says what number an element is, exactly; narrow() makes the element
// nearest to a number (ties to even), which is an infinity where the number is too large.

#ifndef FOVEA_KERNELS_FORMATS_H_
#define FOVEA_KERNELS_FORMATS_H_

namespace fovea {
namespace kernels {

using F32 = float;

inline constexpr float widen(F32 element) {
  return element;
}
inline void narrow(float number, F32& element) {
  element = number;
}

}  // namespace kernels
}  // namespace fovea

#endif  // FOVEA_KERNELS_FORMATS_H_
