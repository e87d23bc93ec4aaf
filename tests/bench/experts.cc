// experts_bench [WIDTH INNER]: a feed-forward of 8 experts, of which each row takes 2, against a
// dense one of as many multiply-adds, in turn on one thread: the time of a prompt of 128 rows, and
// of one row, where both are bound by what they read.

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "kernels/kernels.h"
#include "runtime/layout.h"
#include "runtime/work.h"
#include "tests/support/tiny_model.h"

namespace fovea::bench {
namespace {

using schema::Layout;

constexpr uint32_t kExperts = 8, kChosen = 2, kRows = 128;

// Methods "experts" and "dense", each of a dim of rows.
class Model {
 public:
  Model(uint32_t width, uint32_t inner) {
    model_.format = 1;
    model_.arithmetic_revision = kernels::kArithmeticRevision;
    model_.dims.push_back(std::make_unique<schema::DimT>());
    model_.dims[0]->name = "rows";
    model_.dims[0]->max = kRows;
    add_experts(width, inner);
    add_dense(width, kChosen * inner);
  }

  test::Image image() { return test::make_image(model_, weights_); }

 private:
  int32_t weight(Layout layout, std::vector<uint32_t> shape) {
    auto w = std::make_unique<schema::WeightT>();
    w->name = "weight " + std::to_string(model_.weights.size());
    w->layout = layout;
    w->offset = weights_.size() * sizeof(float);
    w->size = weight_bytes(layout, shape.data(), static_cast<uint32_t>(shape.size())).value();
    w->shape = std::move(shape);
    const size_t end = weights_.size() + w->size / sizeof(float);
    while (weights_.size() < end) {
      weights_.push_back(static_cast<float>(random_()) * 0x1p-31f - 0.5f);
    }
    weights_.resize((end + 15) / 16 * 16);
    model_.weights.push_back(std::move(w));
    return static_cast<int32_t>(model_.weights.size() - 1);
  }

  int32_t tensor(const char* name, uint32_t width, schema::DType type = schema::DType::Float32) {
    auto t = std::make_unique<schema::TensorT>();
    t->name = name;
    t->dtype = type;
    t->extents = {1, width};
    t->dims = {0, -1};
    t->offset = planned_;
    planned_ += uint64_t{width} * kRows * sizeof(float) + 64;
    planned_ -= planned_ % 64;
    method_->tensors.push_back(std::move(t));
    return static_cast<int32_t>(method_->tensors.size() - 1);
  }

  int32_t begin(const char* name, uint32_t width) {
    method_ = std::make_unique<schema::MethodT>();
    method_->name = name;
    planned_ = 0;
    method_->inputs = {0};
    return tensor("x", width);
  }

  template <class T>
  void op(T attributes, std::vector<int32_t> inputs, std::vector<int32_t> outputs,
          std::vector<int32_t> weights) {
    auto o = std::make_unique<schema::OperatorT>();
    o->attributes.Set(std::move(attributes));
    o->inputs = std::move(inputs);
    o->outputs = std::move(outputs);
    o->weights = std::move(weights);
    for (const int32_t y : o->outputs) {
      method_->tensors[static_cast<size_t>(y)]->first =
          static_cast<uint32_t>(method_->operators.size());
    }
    method_->operators.push_back(std::move(o));
  }

  void end(int32_t y) {
    method_->outputs = {static_cast<uint32_t>(y)};
    for (auto& t : method_->tensors) t->last = static_cast<uint32_t>(method_->operators.size()) - 1;
    model_.methods.push_back(std::move(method_));
  }

  void add_experts(uint32_t width, uint32_t inner) {
    const int32_t x = begin("experts", width), logits = tensor("logits", kExperts);
    const int32_t by = tensor("by", kChosen), ids = tensor("ids", kChosen, schema::DType::Int32);
    const int32_t hidden = tensor("hidden", kChosen * inner), y = tensor("y", width);
    schema::RouteT route;
    route.experts = kExperts;
    schema::GatedExpertsT gated;
    gated.function = schema::Function::Silu;
    op(schema::LinearT(), {x}, {logits}, {weight(Layout::Panels16, {kExperts, width})});
    op(route, {logits}, {by, ids}, {});
    op(gated, {x, ids}, {hidden}, {weight(Layout::GatedPanels16, {kExperts, 2, inner, width})});
    op(schema::LinearExpertsT(), {hidden, by, ids}, {y},
       {weight(Layout::Panels16, {kExperts, width, inner})});
    end(y);
  }

  void add_dense(uint32_t width, uint32_t inner) {
    const int32_t x = begin("dense", width), hidden = tensor("hidden", inner);
    const int32_t y = tensor("y", width);
    schema::GatedLinearT gated;
    gated.function = schema::Function::Silu;
    op(gated, {x}, {hidden}, {weight(Layout::GatedPanels16, {2, inner, width})});
    op(schema::LinearT(), {hidden}, {y}, {weight(Layout::Panels16, {width, inner})});
    end(y);
  }

  schema::ModelT model_;
  std::unique_ptr<schema::MethodT> method_;
  std::vector<float> weights_;
  std::minstd_rand random_{1};
  uint64_t planned_ = 0;
};

bool fails(fovea_code code, const fovea_error& error) {
  if (code == FOVEA_OK) return false;
  char line[256];
  fovea_describe(nullptr, &error, line, sizeof line);
  std::fprintf(stderr, "experts_bench: %s\n", line);
  return true;
}

// Of the processor, so that neighbours take none.
double processor_seconds() {
  return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

// Seconds of the methods, in turn: the least of several runs. Both have x at the same place.
void print(fovea_session* session, uint32_t rows) {
  double least[2] = {1e9, 1e9};
  fovea_cost cost[2] = {};
  fovea_error error;
  for (int i = 0; i < 15; ++i) {
    for (uint32_t m = 0; m < 2; ++m) {
      const double start = processor_seconds();
      if (fails(fovea_run(session, m, &error), error)) return;
      least[m] = std::min(least[m], processor_seconds() - start);
      if (fails(fovea_work(session, m, &cost[m], &error), error)) return;
    }
  }
  for (uint32_t m = 0; m < 2; ++m) {
    std::printf("%3u rows, %-8s %9.3f ms %8.1f GFLOP/s %6.1f GB/s\n", rows,
                m == 0 ? "experts" : "dense", 1e3 * least[m],
                2e-9 * static_cast<double>(cost[m].multiply_adds) / least[m],
                1e-9 * static_cast<double>(cost[m].bytes) / least[m]);
  }
  std::printf("%3u rows: %.0f %% of the dense layer's speed\n", rows, 100 * least[1] / least[0]);
}

bool fill(fovea_session* session) {
  for (uint32_t m = 0; m < 2; ++m) {
    fovea_tensor x;
    fovea_error error;
    if (fails(fovea_input(session, m, "x", &x, &error), error)) return false;
    std::minstd_rand random(7);
    for (uint64_t i = 0; i < x.bytes / sizeof(float); ++i) {
      static_cast<float*>(x.data)[i] = static_cast<float>(random()) * 0x1p-31f - 0.5f;
    }
  }
  return true;
}

int run(uint32_t width, uint32_t inner) {
  const test::Image image = Model(width, inner).image();
  fovea_model model;
  fovea_error error;
  if (fails(fovea_open(image.span(), {}, &model, &error), error)) return 1;
  test::Image arena(fovea_arena(&model, 1).total);
  fovea_session* session;
  const fovea_spans spans = {{arena.data(), arena.size()}, {}, {}};
  if (fails(fovea_bind(&model, spans, nullptr, &session, &error), error)) return 1;
  for (const uint32_t rows : {kRows, 1u}) {
    if (fails(fovea_set_dim(session, 0, rows, &error), error) || !fill(session)) return 1;
    print(session, rows);
  }
  return 0;
}

}  // namespace
}  // namespace fovea::bench

int main(int argc, char** argv) {
  const auto number = [&](int i, unsigned long otherwise) {
    return static_cast<uint32_t>(argc > i ? std::strtoul(argv[i], nullptr, 10) : otherwise);
  };
  return fovea::bench::run(number(1, 1024), number(2, 3584));
}
