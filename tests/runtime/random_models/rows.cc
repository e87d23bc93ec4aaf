// Operators that know rows only.

#include <algorithm>

#include "tests/runtime/random_models/maker.h"

namespace fovea::test {
namespace {

using schema::Layout;

// The operator's input itself, now and then, where that is allowed; otherwise a new tensor.
int32_t output_for(Maker& m, int32_t x, const std::vector<int32_t>& inputs) {
  if (m.r.percent(35) && m.may_write(x, inputs)) return x;
  const int32_t y = m.tensor(m.shape_of(x));
  m.offer(y);
  return y;
}

int32_t another_like(Maker& m, const Shape& shape) {
  for (int32_t t : m.live()) {
    if (m.shape_of(t) == shape && m.r.percent(60)) return t;
  }
  return -1;
}

void add_linear(Maker& m) {
  const int32_t x = m.any_live();
  const Shape in = m.shape_of(x);
  Shape out = in.with_width(m.r.percent(30) ? m.shape_of(m.any_live()).width() : m.width());
  const int32_t residual = another_like(m, out);
  schema::LinearT attributes;
  attributes.function = m.function();
  const bool in_place =
      residual >= 0 && m.r.percent(50) && m.may_write(residual, {x, residual}) && residual != x;
  const int32_t y = in_place ? residual : m.tensor(out);
  if (!in_place) m.offer(y);
  std::vector<int32_t> weights = {m.weight(Layout::Panels16, {out.width(), in.width()})};
  if (m.r.percent(50)) weights.push_back(m.weight(Layout::Row16, {out.width()}));
  m.op(attributes, {m.rows_for(weights[0], x), residual}, {y}, weights);
}

void add_gated_linear(Maker& m) {
  const int32_t x = m.any_live();
  const Shape in = m.shape_of(x);
  const Shape out = in.with_width(m.width());
  schema::GatedLinearT attributes;
  attributes.function = m.function();
  std::vector<int32_t> weights = {m.weight(Layout::GatedPanels16, {2, out.width(), in.width()})};
  if (m.r.percent(50)) weights.push_back(m.weight(Layout::GatedRow16, {2, out.width()}));
  const int32_t y = m.tensor(out);
  m.offer(y);
  m.op(attributes, {m.rows_for(weights[0], x)}, {y}, weights);
}

// A router, and what the experts that it chooses make of its input; or only one of these, with ids
// that are given, some of which are out of range.
void add_experts(Maker& m) {
  const int32_t x = m.any_live();
  const Shape in = m.shape_of(x);
  const uint32_t experts = m.r.between(1, 9), chosen = m.r.between(1, std::min(experts, 4u));
  const uint32_t inner = m.width(), outputs = m.width();
  schema::RouteT route;
  route.experts = experts;
  route.kind = static_cast<schema::RouteKind>(m.r.below(3));
  route.factor = m.r.of({1.0f, 2.5f});
  const int32_t logits = m.tensor(in.with_width(experts));
  const int32_t router = m.weight(Layout::Panels16, {experts, in.width()});
  m.op(schema::LinearT(), {m.rows_for(router, x), -1}, {logits}, {router});
  const int32_t weights = m.tensor(in.with_width(chosen));
  int32_t ids = m.tensor(in.with_width(chosen), schema::DType::Int32);
  m.op(route, {logits}, {weights, ids});
  if (m.r.percent(20)) ids = m.input(in.with_width(chosen), schema::DType::Int32);
  m.offer(weights);
  schema::GatedExpertsT gated;
  gated.function = m.function();
  if (m.r.percent(30)) {
    gated.function = schema::Function::Silu;
    gated.limit = 1.5f;
    gated.alpha = m.r.of({1.0f, -1.702f});
  }
  std::vector<int32_t> matrices = {
      m.weight(Layout::GatedPanels16, {experts, 2, inner, in.width()})};
  if (m.r.percent(50)) matrices.push_back(m.weight(Layout::GatedRow16, {experts, 2, inner}));
  const int32_t hidden = m.tensor(in.with_width(chosen * inner));
  m.op(gated, {x, ids}, {hidden}, matrices);
  m.offer(hidden);
  matrices = {m.weight(Layout::Panels16, {experts, outputs, inner})};
  if (m.r.percent(50)) matrices.push_back(m.weight(Layout::Row16, {experts, outputs}));
  const int32_t y = m.tensor(in.with_width(outputs));
  m.op(schema::LinearExpertsT(), {hidden, weights, ids}, {y}, matrices);
  m.offer(y);
}

void add_norm(Maker& m) {
  const int32_t x = m.any_live();
  const uint32_t width = m.shape_of(x).width();
  const int32_t y = output_for(m, x, {x});
  const float epsilon = m.r.of({0.0f, 1e-6f, 0.5f});
  uint32_t groups = m.r.percent(50) ? m.r.between(1, 4) : 1;
  if (width % groups != 0) groups = 1;
  std::vector<int32_t> weights = {m.weight(Layout::Row16, {width / groups})};
  if (m.r.percent(50)) {
    schema::RmsNormT attributes;
    attributes.epsilon = epsilon;
    attributes.groups = groups;
    m.op(attributes, {x}, {y}, weights);
  } else {
    schema::LayerNormT attributes;
    attributes.epsilon = epsilon;
    attributes.groups = groups;
    weights.push_back(m.weight(Layout::Row16, {width / groups}));
    m.op(attributes, {x}, {y}, weights);
  }
}

void add_activation(Maker& m) {
  const int32_t x = m.any_live();
  const int32_t y = output_for(m, x, {x});
  if (m.r.percent(30)) {
    m.op(schema::SoftmaxT(), {x}, {y});
    return;
  }
  if (m.r.percent(15)) {
    schema::LogarithmT logarithm;
    logarithm.least = m.r.of({1e-10f, 0.5f});
    logarithm.factor = m.r.of({1.0f, -0.25f});
    logarithm.offset = m.r.of({0.0f, 2.0f});
    m.op(logarithm, {x}, {y});
    return;
  }
  if (m.r.percent(30)) {
    schema::ClampT clamp;
    clamp.least = m.r.of({-1.0f, -0.1f});
    clamp.most = m.r.of({0.0f, 0.5f});
    m.op(clamp, {x}, {y});
    return;
  }
  schema::ActivationT attributes;
  attributes.function = m.function();
  attributes.factor = m.r.of({1.0f, 0.5f, -3.0f});
  m.op(attributes, {x}, {y});
}

void add_binary(Maker& m) {
  const int32_t a = m.any_live();
  const Shape shape = m.shape_of(a);
  int32_t b = another_like(m, shape);
  if (b < 0 && shape.rank() > 1) b = m.input({{shape.width()}, {-1}});
  if (b < 0) b = a;
  schema::BinaryT attributes;
  attributes.kind =
      m.r.of({schema::BinaryKind::Add, schema::BinaryKind::Subtract, schema::BinaryKind::Multiply});
  const bool over_second = m.shape_of(b) == shape && m.r.percent(20) && m.may_write(b, {a, b});
  const int32_t y = over_second ? b : output_for(m, a, {a, b});
  m.op(attributes, {a, b}, {y});
}

// Sums of some columns each.
void add_filters(Maker& m) {
  const int32_t x = m.any_live();
  const Shape in = m.shape_of(x);
  const uint32_t outputs = m.width();
  schema::FiltersT attributes;
  uint32_t weights = 0;
  for (uint32_t j = 0; j < outputs; ++j) {
    attributes.firsts.push_back(m.r.below(in.width() + 1));
    attributes.counts.push_back(m.r.below(in.width() - attributes.firsts[j] + 1));
    weights += attributes.counts[j];
  }
  if (weights == 0) return;
  const int32_t y = m.tensor(in.with_width(outputs));
  m.offer(y);
  m.op(attributes, {x}, {y}, {m.weight(Layout::Plain, {weights})});
}

// Columns of a wide tensor.
void add_views(Maker& m) {
  const int32_t x = m.any_live();
  const Shape in = m.shape_of(x);
  const uint32_t first = m.width(), second = m.width();
  const int32_t y = m.tensor(in.with_width(first + second));
  const int32_t matrix = m.weight(Layout::Panels16, {first + second, in.width()});
  m.op(schema::LinearT(), {m.rows_for(matrix, x), -1}, {y}, {matrix});
  m.offer(y);
  m.offer(m.view(y, 0, first));
  m.offer(m.view(y, first, second));
}

}  // namespace

void add_row_operator(Maker& m) {
  switch (m.r.below(9)) {
    case 0:
    case 1:
      return add_linear(m);
    case 2:
      return add_gated_linear(m);
    case 3:
      return add_norm(m);
    case 4:
      return add_activation(m);
    case 5:
      return add_binary(m);
    case 6:
      return add_experts(m);
    case 7:
      return add_filters(m);
    default:
      return add_views(m);
  }
}

}  // namespace fovea::test
