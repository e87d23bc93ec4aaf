#include <cmath>

#include "runtime/operators/fourier.h"
#include "runtime/operators/windows.h"

namespace fovea {
namespace {

using schema::PaddingKind;
using A = schema::Spectrum;

constexpr uint32_t kMostSize = 1u << 16;

// Real numbers are transformed as half as many complex ones where they are an even number.
bool halves(const A& a) {
  return a.size() % 2 == 0;
}

bool has_small_factors(uint32_t size) {
  while (size > 1) {
    const uint32_t factor = next_factor(size);
    if (factor == 0) return false;
    size /= factor;
  }
  return true;
}

fovea_code check_attributes(const Frame& f, const A& a, fovea_error* error) {
  FOVEA_TRY(check_attribute(f, attribute<A>(A::VT_SIZE), a.size(), 1u, kMostSize, error));
  if (!has_small_factors(a.size())) {
    return fail(error, FOVEA_BAD_VALUE, where_attribute(f, attribute<A>(A::VT_SIZE)), a.size(),
                kMostFactor);
  }
  FOVEA_TRY(check_attribute(f, attribute<A>(A::VT_FRAME), a.frame(), 1u, a.size(), error));
  FOVEA_TRY(check_attribute(f, attribute<A>(A::VT_STRIDE), a.stride(), 1u, kMaxExtent, error));
  FOVEA_TRY(check_attribute(f, attribute<A>(A::VT_BEFORE), a.before(), 0u, kMaxExtent, error));
  FOVEA_TRY(check_attribute(f, attribute<A>(A::VT_AFTER), a.after(), 0u, kMaxExtent, error));
  FOVEA_TRY(check_attribute(f, attribute<A>(A::VT_PADDING), static_cast<uint32_t>(a.padding()), 0,
                            static_cast<uint32_t>(PaddingKind::MAX), error));
  FOVEA_TRY(check_attribute(f, attribute<A>(A::VT_KIND), static_cast<uint32_t>(a.kind()), 0,
                            static_cast<uint32_t>(schema::SpectrumKind::MAX), error));
  constexpr uint32_t kEmphasis = attribute<A>(A::VT_EMPHASIS);
  return std::isfinite(a.emphasis())
             ? FOVEA_OK
             : fail(error, FOVEA_BAD_VALUE, where_attribute(f, kEmphasis), 0, 0);
}

fovea_code check(const Frame& f, fovea_error* error) {
  const A& a = *f.op->attributes_as_Spectrum();
  FOVEA_TRY(check_sequences(f, f.input(0), FOVEA_FIELD_INPUT, 0, error));
  FOVEA_TRY(check_sequences(f, f.output(0), FOVEA_FIELD_OUTPUT, 0, error));
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_INPUT, 0, f.input_rows(0).width, 1u, error));
  FOVEA_TRY(check_attributes(f, a, error));
  FOVEA_TRY(check_within(f, part_of(FOVEA_FIELD_OUTPUT, 0), f.output_rows(0).width, 1,
                         a.size() / 2 + 1, error));
  FOVEA_TRY(check_weight(f, 0, schema::Layout::Plain, {a.frame()}, error));
  FOVEA_TRY(check_weight(f, 1, schema::Layout::Plain, {a.size(), 2}, error));
  const int64_t more = int64_t{a.before()} + a.after() - (int64_t{a.frame()} - 1);
  return check_windows(f, a.stride(), more, error);
}

// What is transformed, and as much again.
uint64_t scratch(const Frame& f) {
  const A& a = *f.op->attributes_as_Spectrum();
  const uint64_t numbers = halves(a) ? a.size() : 2 * uint64_t{a.size()};
  return round_up(2 * numbers * sizeof(float), FOVEA_ALIGNMENT);
}

// A row is about the work of so many elements.
fovea_code prepare(Run& run, fovea_error*) {
  const uint32_t size = run.frame.op->attributes_as_Spectrum()->size();
  run.divide_rows(run.frame.output_rows(0).rows, 16 * size + 128);
  return FOVEA_OK;
}

struct Samples {
  const float* x;
  size_t stride;
  int64_t count;
  PaddingKind padding;

  float at(int64_t i) const {
    if (i >= 0 && i < count) return x[static_cast<size_t>(i) * stride];
    if (padding == PaddingKind::Zeros || count == 0) return 0.0f;
    // There and back: the first and the last sample once.
    const int64_t around = count > 1 ? 2 * (count - 1) : 1;
    const int64_t place = i % around + (i % around < 0 ? around : 0);
    return x[static_cast<size_t>(place < count ? place : around - place) * stride];
  }
};

void fill(const A& a, const Samples& samples, int64_t first, const float* window, float* frame) {
  const uint32_t n = a.frame();
  for (uint32_t i = 0; i < n; ++i) frame[i] = samples.at(first + i);
  if (a.centered()) {
    float sum = 0.0f;
    for (uint32_t i = 0; i < n; ++i) sum += frame[i];
    const float mean = sum / static_cast<float>(n);
    for (uint32_t i = 0; i < n; ++i) frame[i] -= mean;
  }
  if (a.emphasis() != 0.0f) {
    for (uint32_t i = n - 1; i > 0; --i) frame[i] -= a.emphasis() * frame[i - 1];
    frame[0] -= a.emphasis() * frame[0];
  }
  for (uint32_t i = 0; i < n; ++i) frame[i] *= window[i];
  for (uint32_t i = n; i < a.size(); ++i) frame[i] = 0.0f;
}

float made_of(const A& a, Complex x) {
  const float power = x.re * x.re + x.im * x.im;
  return a.kind() == schema::SpectrumKind::Power ? power : __builtin_sqrtf(power);
}

// Of a frame whose even numbers were real, odd ones imaginary parts: the spectra of both are the
// parts of z with and against its mirror image.
void split(const A& a, const Complex* z, const Complex* roots, float* y, uint32_t count) {
  const uint32_t half = a.size() / 2;
  for (uint32_t k = 0; k < count; ++k) {
    const Complex p = z[k % half], q = z[(half - k) % half];
    const Complex even = {0.5f * (p.re + q.re), 0.5f * (p.im - q.im)};
    const Complex odd = {0.5f * (p.im + q.im), 0.5f * (q.re - p.re)};
    y[k] = made_of(a, even + odd * roots[k]);
  }
}

void execute(const Run& run, uint32_t task, uint32_t worker) {
  const Frame& f = run.frame;
  const A& a = *f.op->attributes_as_Spectrum();
  const Rows x = f.input_rows(0), y = f.output_rows(0);
  const Sequences from = sequences_of(f, f.input(0)), to = sequences_of(f, f.output(0));
  const auto* roots = reinterpret_cast<const Complex*>(f.weight_data(1));
  auto* frame = run.scratch_of(worker);
  auto* z = reinterpret_cast<Complex*>(frame);
  const uint32_t numbers = halves(a) ? a.size() / 2 : a.size();
  const Part part = run.part(task);
  for (uint32_t r = part.first; r < part.first + part.count; ++r) {
    const Piece piece = to.piece(r, r + 1);
    const Samples samples = {x.f32() + from.first(piece.sequence) * x.stride, x.stride,
                             int64_t{from.length(piece.sequence)}, a.padding()};
    fill(a, samples, int64_t{piece.token} * a.stride() - a.before(), f.weight_data(0), frame);
    for (uint32_t i = a.size(); !halves(a) && i-- > 0;) z[i] = {frame[i], 0.0f};
    const Complex* made = transform(z, z + numbers, numbers, roots, halves(a) ? 2 : 1);
    float* row = y.f32() + r * y.stride;
    if (halves(a)) {
      split(a, made, roots, row, y.width);
    } else {
      for (uint32_t k = 0; k < y.width; ++k) row[k] = made_of(a, made[k]);
    }
  }
}

// A transform takes about as many multiply-adds for each number as it has factors of two.
fovea_cost cost(const Frame& f) {
  const A& a = *f.op->attributes_as_Spectrum();
  uint32_t each = 4;
  for (uint32_t n = a.size(); n > 1; n /= 2) ++each;
  const Rows y = f.output_rows(0);
  const Checked read = Checked(y.rows) * a.frame();
  return counted(Checked(y.rows) * a.size() * each, (read + elements(y)) * sizeof(float));
}

constexpr Definition define() {
  Definition d;
  d.inputs = {{"x"}};
  d.outputs = {{"y"}};
  d.weights = {{"window"}, {"roots"}};
  d.check = check;
  d.scratch = scratch;
  d.prepare = prepare;
  d.run = execute;
  d.cost = cost;
  return d;
}

}  // namespace
}  // namespace fovea

FOVEA_DEFINE_OPERATOR(Spectrum, spectrum, define())
