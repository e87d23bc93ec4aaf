// runtime_overhead [--json]: what an operator costs beyond its arithmetic, on one thread. A model
// has a method of 64 tiny operators for each kind; they run with kernels that do nothing, so what
// is left is the runtime's own work.

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "runtime/session.h"
#include "tests/bench/measure.h"
#include "tests/support/tiny_model.h"

#if defined(FOVEA_SINGLE_ISA)

int main() {
  std::printf(
      "a build for one instruction set calls its kernels directly: they cannot be left out\n");
  return 77;
}

#else

namespace fovea::bench {
namespace {

constexpr uint32_t kWidth = 16, kTokens = 2, kCount = 64;

#define FOVEA_KERNEL(name, Args) \
  void no_##name(const kernels::Args&) {}
#include "kernels/kernels.inc"
#undef FOVEA_KERNEL

constexpr kernels::Kernels kNothing = {
    "nothing",
#define FOVEA_KERNEL(name, Args) no_##name,
#include "kernels/kernels.inc"
#undef FOVEA_KERNEL
};

// One weight of each layout that the operators want, of zeros.
class Model {
 public:
  Model() {
    model_.format = 1;
    model_.arithmetic_revision = kernels::kArithmeticRevision;
    auto dim = std::make_unique<schema::DimT>();
    dim->name = "tokens";
    dim->max = kTokens;
    model_.dims.push_back(std::move(dim));
    matrix_ = weight("matrix", schema::Layout::Panels16, {kWidth, kWidth}, kWidth * kWidth);
    gated_ =
        weight("gated", schema::Layout::GatedPanels16, {2, kWidth, kWidth}, 2 * kWidth * kWidth);
    row_ = weight("row", schema::Layout::Row16, {kWidth}, kWidth);
    frequencies_ = weight("frequencies", schema::Layout::Plain, {kWidth / 2}, kWidth);

    store_.heads = 1;
    store_.key_width = store_.value_width = kWidth;

    method<schema::LinearT>("linear", {0}, {1}, {matrix_, row_});
    method<schema::LinearT>("linear, residual", {0, 1}, {1}, {matrix_, row_});
    method<schema::GatedLinearT>("gated linear", {0}, {1}, {gated_});
    method<schema::RmsNormT>("rms norm", {0}, {1}, {row_});
    method<schema::LayerNormT>("layer norm", {0}, {1}, {row_, row_});
    schema::RotaryT rotary;
    rotary.heads = 1;
    rotary.head_width = kWidth;
    method<schema::RotaryTableT>("rotary table", {}, {1}, {frequencies_});
    method("rotary", {1, 0}, {1}, {}, rotary);
    method("store key value", {0, 1}, {2, 3}, {}, store_);
    schema::AttentionT attention;
    attention.heads = attention.kv_heads = 1;
    attention.key_width = attention.value_width = kWidth;
    attention.scale = 0.25f;
    method("attention", {0, 2, 3}, {1}, {}, attention);
    method<schema::ActivationT>("activation", {0}, {1}, {});
    method<schema::BinaryT>("binary", {0, 1}, {1}, {});
    method<schema::SoftmaxT>("softmax", {0}, {1}, {});
  }

  test::Image image() { return test::make_image(model_, weights_); }

 private:
  int32_t weight(const char* name, schema::Layout layout, std::vector<uint32_t> shape,
                 size_t floats) {
    auto w = std::make_unique<schema::WeightT>();
    w->name = name;
    w->layout = layout;
    w->shape = std::move(shape);
    w->offset = weights_.size() * sizeof(float);
    w->size = floats * sizeof(float);
    if (layout == schema::Layout::Plain) w->size = kWidth / 2 * sizeof(float);
    weights_.resize(weights_.size() + floats);
    model_.weights.push_back(std::move(w));
    return static_cast<int32_t>(model_.weights.size() - 1);
  }

  // Tensor 0 is the input, 1 an activation, from 2 on are pairs of keys and values in their
  // layouts.
  void tensor(schema::MethodT& method, const char* name, std::vector<uint32_t> extents,
              std::vector<int32_t> dims) {
    auto t = std::make_unique<schema::TensorT>();
    t->name = name;
    t->extents = std::move(extents);
    t->dims = std::move(dims);
    t->offset = method.tensors.size() * 4096;
    method.tensors.push_back(std::move(t));
  }

  // Keys and values are written by one operator alone.
  void add_pair(schema::MethodT& method) {
    tensor(method, "keys", {1, 1, 1, kWidth, 16}, {-1, -1, -1, -1, -1});
    tensor(method, "values", {1, 1, 16, kWidth}, {-1, -1, -1, -1});
  }

  template <class T>
  void op(schema::MethodT& method, const T& attributes, std::vector<int32_t> inputs,
          std::vector<int32_t> outputs, std::vector<int32_t> weights = {}) {
    auto o = std::make_unique<schema::OperatorT>();
    o->attributes.Set(T(attributes));
    o->inputs = std::move(inputs);
    o->outputs = std::move(outputs);
    o->weights = std::move(weights);
    method.operators.push_back(std::move(o));
  }

  // A tensor begins with the operator that writes it first and lives to the end.
  static void set_lifetimes(schema::MethodT& method) {
    for (auto& t : method.tensors) t->last = static_cast<uint32_t>(method.operators.size()) - 1;
    for (size_t i = method.operators.size(); i-- > 0;) {
      for (const int32_t t : method.operators[i]->outputs) {
        method.tensors[static_cast<size_t>(t)]->first = static_cast<uint32_t>(i);
      }
    }
  }

  template <class T>
  void method(const char* name, std::vector<int32_t> inputs, std::vector<int32_t> outputs,
              std::vector<int32_t> weights, const T& attributes = T()) {
    auto m = std::make_unique<schema::MethodT>();
    m->name = name;
    tensor(*m, "a", {1, 1, kWidth}, {-1, 0, -1});
    tensor(*m, "b", {1, 1, kWidth}, {-1, 0, -1});
    const bool stores = schema::AttributesTraits<typename T::TableType>::enum_value ==
                        schema::Attributes::StoreKeyValue;
    for (uint32_t i = 0; i < (stores ? kCount : 1); ++i) add_pair(*m);
    m->inputs = {0};
    m->outputs = {1};
    op(*m, schema::ActivationT(), {0}, {1});  // what is read has been written
    if (!stores) op(*m, store_, {0, 1}, {2, 3});
    for (uint32_t i = 0; i < kCount; ++i) {
      op(*m, attributes, inputs, outputs, weights);
      if (!stores) continue;
      for (int32_t& output : outputs) output += 2;
    }
    set_lifetimes(*m);
    model_.methods.push_back(std::move(m));
  }

  schema::ModelT model_;
  schema::StoreKeyValueT store_;
  std::vector<float> weights_;
  int32_t matrix_, gated_, row_, frequencies_;
};

bool fails(fovea_code code, const fovea_error& error, const fovea_model* model) {
  if (code == FOVEA_OK) return false;
  char line[256];
  fovea_describe(model, &error, line, sizeof line);
  std::fprintf(stderr, "runtime_overhead: %s\n", line);
  return true;
}

int run(bool json) {
  const test::Image image = Model().image();
  fovea_model model;
  fovea_error error;
  if (fails(fovea_open(image.span(), {}, &model, &error), error, nullptr)) return 1;
  std::vector<unsigned char> memory(static_cast<size_t>(fovea_arena(&model, 1).total) + 64);
  void* arena = memory.data();
  size_t space = memory.size();
  std::align(FOVEA_ALIGNMENT, space - 64, arena, space);
  fovea_session* session;
  const fovea_spans spans = {{arena, space}, {}, {}};
  if (fails(fovea_bind(&model, spans, nullptr, &session, &error), error, &model)) return 1;
  const kernels::Kernels& row = *session->kernels;
  session->kernels = &kNothing;
  const fovea_code code = fovea_set_dim(session, 0, 1, &error);
  if (fails(code, error, &model)) return 1;
  const auto& methods = *session->model.root->methods();
  double worst = 0.0;
  if (json) std::printf("[");
  for (uint32_t m = 0; m < methods.size(); ++m) {
    if (fails(fovea_run(session, m, &error), error, &model)) return 1;
    Work work;
    work.run = [&] { static_cast<void>(fovea_run(session, m, nullptr) == FOVEA_OK); };
    const Figures f = measure(row, work, 0.15);
    const double ns = f.median * 1e9 / kCount;
    worst = std::max(worst, ns);
    const char* name = methods.Get(m)->name()->c_str();
    json ? std::printf("%s\n{\"operator\": \"%s\", \"ns\": %.1f}", m == 0 ? "" : ",", name, ns)
         : std::printf("%-18s %6.1f ns +%.0f%%\n", name, ns, 100 * (f.high - f.low) / f.median);
  }
  json ? std::printf("\n]\n") : std::printf("%-18s %6.1f ns\n", "the most", worst);
  return 0;
}

}  // namespace
}  // namespace fovea::bench

int main(int argc, char** argv) {
  const bool json = argc == 2 && std::strcmp(argv[1], "--json") == 0;
  if (argc > (json ? 2 : 1)) {
    std::fprintf(stderr, "usage: runtime_overhead [--json]\n");
    return 2;
  }
  return fovea::bench::run(json);
}

#endif
