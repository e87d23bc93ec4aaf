// Operators of sound and series: what looks along the tokens of a sequence.

#include <algorithm>
#include <cmath>

#include "tests/runtime/random_models/maker.h"

namespace fovea::test {

using schema::Layout;

// Numbers that may be missing, and, where tokens are a constant, which tokens are there.
void add_observed(Maker& m, int32_t x) {
  Shape s = m.shape_of(x);
  const size_t at = s.rank() - 2;
  const int32_t y = m.tensor(s.with_width(2 * s.width()));
  schema::ObservedT a;
  std::vector<int32_t> outputs = {y};
  if (!m.is_packed(s) && s.dims[at] < 0 && m.r.percent(70)) {
    a.more = m.r.below(4);
    s.extents[at + 1] = s.extents[at] + a.more;
    s.extents[at] = 1;
    s.extents.insert(s.extents.end() - 2, 1);
    s.dims.insert(s.dims.end() - 2, -1);
    outputs.push_back(m.tensor(s, schema::DType::Int32));
    m.method().outputs.push_back(static_cast<uint32_t>(outputs[1]));
  }
  m.op(a, {x}, outputs);
  m.offer(y);
}

// Of numbers that have no gaps and another tensor's statistics, or their own.
void add_inverse_norm(Maker& m, int32_t z) {
  const Shape s = m.shape_of(z);
  const auto& tensor = *m.method().tensors[static_cast<size_t>(z)];
  if (m.is_packed(s) || tensor.storage == schema::Storage::View) return;
  int32_t x = m.any_sequence_or(z);
  const Shape other = m.shape_of(x);
  const bool alike =
      other.rank() == s.rank() && !m.is_packed(other) &&
      (s.rank() == 2 || (other.extents[0] == s.extents[0] && other.dims[0] == s.dims[0]));
  if (!alike) x = z;
  const uint32_t width = m.shape_of(x).width();
  schema::InverseGroupNormT a;
  a.epsilon = m.r.of({1e-5f, 0.5f});
  a.groups = m.r.of({1u, 2u, width});
  if (width % a.groups != 0 || s.width() % a.groups != 0) a.groups = 1;
  a.missing = m.r.percent(30);
  a.flat = m.r.of({0.0f, 0.5f});
  Shape made = s;
  const size_t at = s.rank() - 2;
  if (s.dims[at] < 0 && m.r.percent(50)) std::swap(made.extents[at], made.extents[at + 1]);
  const int32_t y = m.tensor(made);
  m.op(a, {z, x}, {y});
  m.offer(y);
}

std::vector<int32_t> convolution_weights(Maker& m, uint32_t groups, uint32_t outputs, uint32_t k,
                                         bool biased) {
  const bool grouped = groups > 1;
  std::vector<int32_t> weights = {grouped ? m.weight(Layout::Panels16, {groups, outputs, k})
                                          : m.weight(Layout::Panels16, {outputs, k})};
  if (biased) {
    weights.push_back(grouped ? m.weight(Layout::Row16, {groups, outputs})
                              : m.weight(Layout::Row16, {outputs}));
  }
  return weights;
}

// As many rows, or those of a constant number of tokens.
void add_convolution(Maker& m, int32_t x) {
  Shape s = m.shape_of(x);
  const size_t at = s.rank() - 2;
  if (s.width() > 40) return;
  schema::ConvolutionT a;
  a.taps = m.r.between(1, 4);
  a.dilation = m.r.between(1, 2);
  const uint32_t reach = a.dilation * (a.taps - 1);
  a.before = m.r.below(reach + 1);
  a.after = reach - a.before;
  if (s.dims[at] < 0) {
    a.stride = m.r.between(1, 3);
    a.after += m.r.below(2);
    s.extents[at] = (s.extents[at] + a.before + a.after - reach - 1) / a.stride + 1;
  }
  a.groups = s.width() % 2 == 0 && m.r.percent(50) ? 2 : 1;
  const uint32_t outputs = m.r.between(1, 20), k = a.taps * s.width() / a.groups;
  a.function = m.r.of({schema::Function::None, schema::Function::GeluErf});
  const int32_t y = m.tensor(s.with_width(outputs * a.groups));
  const std::vector<int32_t> weights =
      convolution_weights(m, a.groups, outputs, k, m.r.percent(50));
  m.op(a, {x}, {y}, weights);
  m.offer(y);
}

// Of the first column, or a narrow tensor.
void add_spectrum(Maker& m, int32_t x) {
  Shape s = m.shape_of(x);
  const size_t at = s.rank() - 2;
  if (s.width() != 1) {
    const auto& wide = *m.method().tensors[static_cast<size_t>(x)];
    if (wide.storage != schema::Storage::Planned) return;
    x = m.view(x, 0, 1);
  }
  schema::SpectrumT a;
  a.frame = m.r.between(1, 30);
  a.size = m.r.of({32u, 45u, 30u, 61u});
  if (a.frame > a.size) a.frame = a.size;
  a.before = m.r.below(a.frame);
  a.after = a.frame - 1 - a.before;
  if (s.dims[at] < 0) {
    a.stride = m.r.between(1, 3);
    a.after += m.r.below(2);
    s.extents[at] = (s.extents[at] + a.before + a.after - a.frame) / a.stride + 1;
  }
  a.padding = m.r.of({schema::PaddingKind::Zeros, schema::PaddingKind::Reflected});
  a.kind = m.r.of({schema::SpectrumKind::Power, schema::SpectrumKind::Magnitude});
  a.centered = m.r.percent(50);
  a.emphasis = m.r.of({0.0f, 0.97f});
  const int32_t y = m.tensor(s.with_width(m.r.between(1, a.size / 2 + 1)));
  m.op(a, {x}, {y}, {m.weight(Layout::Plain, {a.frame}), m.weight(Layout::Plain, {a.size, 2})});
  m.offer(y);
}

// What looks at all tokens of a sequence, column by column or not.
void add_levels(Maker& m, int32_t x) {
  const Shape s = m.shape_of(x);
  const bool over = m.r.percent(30) && m.may_write(x, {x});
  const int32_t y = over ? x : m.tensor(s);
  if (m.r.percent(40)) {
    schema::DynamicRangeT a;
    a.range = m.r.of({0.0f, 0.5f});
    a.factor = m.r.of({1.0f, 0.25f});
    a.offset = m.r.of({0.0f, 1.0f});
    m.op(a, {x}, {y});
  } else {
    schema::GroupNormT a;
    a.epsilon = m.r.of({1e-5f, 0.5f});
    a.groups = m.r.of({1u, 2u, 3u, s.width()});
    if (s.width() % a.groups != 0) a.groups = 1;
    a.missing = m.r.percent(30);
    a.flat = m.r.of({0.0f, 0.0f, 0.5f});
    std::vector<int32_t> weights;
    for (uint32_t i = m.r.below(3); i > 0; --i) {
      weights.push_back(m.weight(Layout::Row16, {s.width()}));
    }
    m.op(a, {x}, {y}, weights);
  }
  if (!over) m.offer(y);
}

}  // namespace fovea::test
