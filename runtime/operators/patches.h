// Cutting an image into patches, whatever its pixels are made of.

#ifndef FOVEA_RUNTIME_OPERATORS_PATCHES_H_
#define FOVEA_RUNTIME_OPERATORS_PATCHES_H_

#include "runtime/operators/check.h"

namespace fovea {

// How many times the input is as high and wide as the image.
inline uint32_t shrink_of(const schema::Patches&) {
  return 1;
}
inline uint32_t shrink_of(const schema::PixelPatches& a) {
  return a.shrink();
}

// Pixels of all images of a batch lie one after the other, whatever the tensor's rank.
template <class Table>
fovea_code check_patches(const Frame& f, const Table* a, fovea_error* error) {
  const Rows x = f.input_rows(0), y = f.output_rows(0);
  const uint32_t limit = 1u << 12;
  uint32_t slot = attribute<Table>(Table::VT_HEIGHT);
  for (uint32_t extent : {a->height(), a->width(), a->channels()}) {
    FOVEA_TRY(check_attribute(f, slot++, extent, 1, limit, error));
  }
  const uint32_t shorter = a->height() < a->width() ? a->height() : a->width();
  FOVEA_TRY(check_attribute(f, slot, a->patch(), 1, shorter, error));
  FOVEA_TRY(check_sequences(f, f.output(0), FOVEA_FIELD_OUTPUT, 0, error));
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_INPUT, 0, x.stride, x.width, error));
  const uint64_t shrink = shrink_of(*a);
  const uint64_t pixels = uint64_t{a->height()} * a->width() * a->channels() * shrink * shrink;
  FOVEA_TRY(
      check_equal(f, FOVEA_FIELD_INPUT, 0, uint64_t{x.rows} * x.width, pixels * y.batch, error));
  const uint64_t patches = uint64_t{a->height() / a->patch()} * (a->width() / a->patch());
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_OUTPUT, 0, y.tokens, patches, error));
  return check_equal(f, FOVEA_FIELD_OUTPUT, 0, y.width,
                     uint64_t{a->patch()} * a->patch() * a->channels(), error);
}

// Calls copy(from, to, count) for every line of every patch that a task makes: pixels of one line,
// all channels of each, or the first of the lines that it is made of.
template <class Element, class Table, class Copy>
void cut_patches(const Run& run, uint32_t task, const Table* a, const Copy& copy) {
  const Frame& f = run.frame;
  const Rows x = f.input_rows(0), y = f.output_rows(0);
  const uint32_t across = a->width() / a->patch();
  const size_t shrink = shrink_of(*a);
  const size_t line = size_t{a->width()} * a->channels() * shrink * shrink;  // of the image
  const size_t piece = size_t{a->patch()} * a->channels();
  const uint32_t patches = y.tokens;
  const Part part = run.part(task);
  for (uint32_t r = part.first; r < part.first + part.count; ++r) {
    const uint32_t image = r / patches, patch = r % patches;
    const Element* from = static_cast<const Element*>(x.data) + image * line * a->height() +
                          patch / across * a->patch() * line + patch % across * piece * shrink;
    for (uint32_t i = 0; i < a->patch(); ++i) {
      copy(from + i * line, y.f32() + r * y.stride + i * piece, piece);
    }
  }
}

}  // namespace fovea

#endif  // FOVEA_RUNTIME_OPERATORS_PATCHES_H_
