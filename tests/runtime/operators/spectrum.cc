#include <algorithm>
#include <cmath>
#include <numbers>

#include "tests/runtime/operators/case.h"

namespace fovea::test {
namespace {

using schema::Layout;

// The weight of the roots, which are no random numbers.
int32_t roots(Case& c, uint32_t size) {
  const int32_t weight = c.weight(Layout::Plain, {size, 2});
  float* to = &c.weights[c.model.weights[static_cast<size_t>(weight)]->offset / sizeof(float)];
  for (uint32_t k = 0; k < size; ++k) {
    const double angle = 2 * std::numbers::pi * k / size;
    to[2 * k] = static_cast<float>(std::cos(angle));
    to[2 * k + 1] = static_cast<float>(-std::sin(angle));
  }
  return weight;
}

// Where sample i is when the first and the last one are mirrors.
int64_t mirrored(int64_t i, int64_t count) {
  if (count == 1) return 0;
  while (i < 0 || i >= count) i = i < 0 ? -i : 2 * (count - 1) - i;
  return i;
}

Doubles windowed_frame(const schema::SpectrumT& a, const Given& g, const Sequence& s, size_t t) {
  Doubles frame;
  const auto count = static_cast<int64_t>(s.rows);
  for (int64_t i = 0; i < a.frame; ++i) {
    const int64_t at = static_cast<int64_t>(t) * a.stride + i - a.before;
    const bool there = at >= 0 && at < count;
    const bool zero = !there && a.padding == schema::PaddingKind::Zeros;
    frame.push_back(zero ? 0 : g.inputs[0][s.first + static_cast<size_t>(mirrored(at, count))]);
  }
  double mean = 0;
  for (const double x : frame) mean += x / a.frame;
  if (a.centered) {
    for (double& x : frame) x -= mean;
  }
  const Doubles before = frame;
  for (size_t i = 0; i < frame.size(); ++i) {
    frame[i] = (before[i] - double{a.emphasis} * before[i == 0 ? 0 : i - 1]) * g.weights[0][i];
  }
  return frame;
}

double strength(const schema::SpectrumT& a, const Doubles& frame, size_t bin) {
  double re = 0, im = 0;
  for (size_t i = 0; i < frame.size(); ++i) {
    const double angle = -2 * std::numbers::pi * static_cast<double>(bin * i) / a.size;
    re += frame[i] * std::cos(angle);
    im += frame[i] * std::sin(angle);
  }
  const double power = re * re + im * im;
  return a.kind == schema::SpectrumKind::Power ? power : std::sqrt(power);
}

schema::SpectrumT spectrum_of(uint32_t size, uint32_t frame, uint32_t stride, uint32_t before,
                              uint32_t after) {
  schema::SpectrumT a;
  a.size = size;
  a.frame = frame;
  a.stride = stride;
  a.before = before;
  a.after = after;
  return a;
}

Case& add_spectrum(Cases& cases, const char* what, const schema::SpectrumT& a, uint32_t bins) {
  Case& c = cases.emplace_back(what);
  const int64_t offset = int64_t{a.before} + a.after - a.frame + a.stride;
  const int32_t x = c.rows(1);
  const bool same = a.stride == 1 && offset == 0;
  const int32_t y =
      same ? c.made(bins)
           : c.tensor({1, 1, bins}, {0, c.add_windows(static_cast<int32_t>(offset), a.stride), -1});
  const int32_t window = c.weight(Layout::Plain, {a.frame});
  c.op(a, {x}, {y}, {window, roots(c, a.size)});
  c.output(y);
  c.terms = 4.0 * a.size;  // a power is a product of two sums
  c.oracle = [a, bins, offset](const Given& g) {
    Doubles y;
    for (const Sequence& s : g.sequences) {
      const auto frames = (static_cast<int64_t>(s.rows) + offset) / a.stride;
      for (int64_t t = 0; t < frames; ++t) {
        const Doubles frame = windowed_frame(a, g, s, static_cast<size_t>(t));
        for (uint32_t k = 0; k < bins; ++k) y.push_back(strength(a, frame, k));
      }
    }
    return y;
  };
  return c;
}

void add_wrong_spectrum(Case& c) {
  const auto with = [](auto change) {
    return [change](schema::OperatorT& o) { change(*o.attributes.AsSpectrum()); };
  };
  c.wrong = {{"no size", with([](auto& a) { a.size = 0; }), "size"},
             {"a prime above 61", with([](auto& a) { a.size = 134; }), "size"},
             {"another size", with([](auto& a) { a.size = 80; })},
             {"a size past all", with([](auto& a) { a.size = 1u << 17; }), "size"},
             {"no frame", with([](auto& a) { a.frame = 0; }), "frame"},
             {"a frame past the size", with([](auto& a) { a.frame = 41; }), "frame"},
             {"another frame", with([](auto& a) { a.frame = 29; })},
             {"no stride", with([](auto& a) { a.stride = 0; }), "stride"},
             {"another stride", with([](auto& a) { a.stride = 4; })},
             {"before", with([](auto& a) { a.before = 0xffffffff; }), "before"},
             {"after", with([](auto& a) { a.after = 0xffffffff; }), "after"},
             {"more before", with([](auto& a) { a.before += 8; })},
             {"padding", with([](auto& a) { a.padding = schema::PaddingKind(2); }), "padding"},
             {"kind", with([](auto& a) { a.kind = schema::SpectrumKind(2); }), "kind"},
             {"emphasis", with([](auto& a) { a.emphasis = INFINITY; }), "emphasis"}};
}

}  // namespace

Cases cases_spectrum() {
  Cases cases;
  schema::SpectrumT a = spectrum_of(40, 40, 8, 20, 20);
  a.padding = schema::PaddingKind::Reflected;
  add_wrong_spectrum(add_spectrum(cases, "mirrored", a, 21));
  a = spectrum_of(40, 30, 3, 5, 40);
  a.kind = schema::SpectrumKind::Magnitude;
  a.centered = true;
  a.emphasis = 0.97f;
  add_spectrum(cases, "centred, zeros around", a, 17);
  add_spectrum(cases, "an odd size", spectrum_of(45, 44, 2, 30, 30), 23);
  add_spectrum(cases, "a prime", spectrum_of(61, 50, 5, 50, 20), 31);
  a = spectrum_of(2 * 49, 64, 4, 90, 90);
  a.padding = schema::PaddingKind::Reflected;
  add_spectrum(cases, "mirrored more than once", a, 50);
  add_spectrum(cases, "powers of two", spectrum_of(128, 100, 10, 64, 64), 65);
  add_spectrum(cases, "as many frames", spectrum_of(16, 9, 1, 4, 4), 9);
  add_spectrum(cases, "one number", spectrum_of(1, 1, 2, 0, 0), 1);
  add_spectrum(cases, "two numbers", spectrum_of(2, 2, 1, 1, 0), 2);
  return cases;
}

}  // namespace fovea::test
