#include "runtime/operators/patches.h"

namespace fovea {
namespace {

using A = schema::PixelPatches;

constexpr uint32_t kMostShrink = 16;

fovea_code check(const Frame& f, fovea_error* error) {
  const A* a = f.op->attributes_as_PixelPatches();
  FOVEA_TRY(check_attribute(f, attribute<A>(A::VT_SHRINK), a->shrink(), 1, kMostShrink, error));
  FOVEA_TRY(check_patches(f, a, error));
  FOVEA_TRY(check_weight(f, 0, schema::Layout::Plain, {a->channels()}, error));
  return check_weight(f, 1, schema::Layout::Plain, {a->channels()}, error);
}

// Numbers of the input that one of the output is made of.
uint32_t area_of(const A& a) {
  return a.shrink() * a.shrink();
}

fovea_code prepare(Run& run, fovea_error*) {
  const Rows y = run.frame.output_rows(0);
  run.divide_rows(y.rows, y.width * area_of(*run.frame.op->attributes_as_PixelPatches()));
  return FOVEA_OK;
}

// The mean, halves up, of what an image of 1 / shrink has as one pixel.
uint8_t mean_of(const uint8_t* from, size_t line, uint32_t shrink, uint32_t channels) {
  uint32_t sum = shrink * shrink / 2;
  for (uint32_t i = 0; i < shrink; ++i, from += line) {
    for (uint32_t j = 0; j < shrink; ++j) sum += from[size_t{j} * channels];
  }
  return static_cast<uint8_t>(sum / (shrink * shrink));
}

void execute(const Run& run, uint32_t task, uint32_t) {
  const A* a = run.frame.op->attributes_as_PixelPatches();
  const float *scales = run.frame.weight_data(0), *offsets = run.frame.weight_data(1);
  const uint32_t channels = a->channels(), shrink = a->shrink();
  const size_t line = size_t{a->width()} * channels * shrink;
  cut_patches<uint8_t>(run, task, a, [=](const uint8_t* from, float* to, size_t count) {
    for (size_t i = 0, c = 0; i < count; ++i, ++from) {
      const uint8_t pixel = shrink == 1 ? *from : mean_of(from, line, shrink, channels);
      to[i] = static_cast<float>(pixel) * scales[c] + offsets[c];
      c = c + 1 == channels ? 0 : c + 1;
      if (c == 0) from += size_t{shrink - 1} * channels;
    }
  });
}

// Every pixel is looked at.
fovea_cost cost(const Frame& f) {
  const uint32_t area = area_of(*f.op->attributes_as_PixelPatches());
  if (area == 1) return element_cost(f);
  const Checked made = elements(f.output_rows(0));
  return counted(made * (area + 1), weight_bytes(f) + elements(f.input_rows(0)));
}

constexpr Definition define() {
  Definition d;
  d.inputs = {{"image", kU8}};
  d.outputs = {{"y"}};
  d.weights = {{"scales"}, {"offsets"}};
  d.check = check;
  d.prepare = prepare;
  d.run = execute;
  d.cost = cost;
  return d;
}

}  // namespace
}  // namespace fovea

FOVEA_DEFINE_OPERATOR(PixelPatches, pixel_patches, define())
