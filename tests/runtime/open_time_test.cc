// Opening takes time linear in the bytes of a header: the worst that a megabyte can ask for.

#include <doctest/doctest.h>

#include <string>

#include "kernels/kernels.h"
#include "runtime/preamble.h"
#include "tests/runtime/open_seconds.h"
#include "tests/support/tiny_session.h"

namespace fovea::test {
namespace {

using schema::Attributes;

// A model of one method whose operators are Activations.
class Chain {
 public:
  Chain() {
    model_.format = kFormatVersion;
    model_.arithmetic_revision = kernels::kArithmeticRevision;
    model_.methods.push_back(std::make_unique<schema::MethodT>());
  }
  schema::ModelT& model() { return model_; }
  schema::MethodT& method() { return *model_.methods[0]; }

  uint32_t tensor(std::vector<uint32_t> extents, std::vector<int32_t> dims = {}) {
    auto tensor = std::make_unique<schema::TensorT>();
    tensor->extents = std::move(extents);
    tensor->dims = std::move(dims);
    tensor->offset = offset_;
    offset_ += 1 << 12;
    tensor->first = static_cast<uint32_t>(method().operators.size());
    method().tensors.push_back(std::move(tensor));
    return static_cast<uint32_t>(method().tensors.size() - 1);
  }
  void activation(uint32_t from, uint32_t to) {
    auto op = std::make_unique<schema::OperatorT>();
    op->attributes.Set(schema::ActivationT());
    op->inputs = {static_cast<int32_t>(from)};
    op->outputs = {static_cast<int32_t>(to)};
    method().operators.push_back(std::move(op));
  }
  // Everything lives to the end.
  Image image() {
    for (auto& t : method().tensors) {
      t->last = static_cast<uint32_t>(method().operators.size() - 1);
    }
    for (uint32_t t : method().inputs) method().tensors[t]->first = 0;
    return make_image(model_, {});
  }

 private:
  schema::ModelT model_;
  uint64_t offset_ = 0;
};

TEST_CASE("many tensors that live to the end") {
  Chain chain;
  chain.method().inputs = {chain.tensor({1})};
  while (chain.method().tensors.size() < kMegabyte / 160) {
    const uint32_t from = static_cast<uint32_t>(chain.method().tensors.size() - 1);
    chain.activation(from, chain.tensor({1}));
  }
  const Image image = chain.image();
  CHECK(image.size() > kMegabyte / 2);
  check_time(image, FOVEA_TOO_COMPLEX);
}

// As a converter writes it: a residual that lives throughout, short-lived tensors, and one output
// of each layer that is kept.
TEST_CASE("a model of 128 layers that gives the attention of each") {
  constexpr uint32_t kLayers = 128, kOperators = 13;
  Chain chain;
  chain.method().inputs = {chain.tensor({1})};
  const uint32_t residual = chain.tensor({1});
  chain.activation(0, residual);
  std::vector<uint32_t> kept = {0, residual};
  for (uint32_t layer = 0; layer < kLayers; ++layer) {
    for (uint32_t i = 0; i < kOperators; ++i) chain.activation(residual, chain.tensor({1}));
    kept.push_back(static_cast<uint32_t>(chain.method().tensors.size() - 1));
    chain.method().outputs.push_back(kept.back());
  }
  for (auto& t : chain.method().tensors) t->last = t->first + 1;
  const uint32_t end = static_cast<uint32_t>(chain.method().operators.size() - 1);
  for (uint32_t t : kept) chain.method().tensors[t]->last = end;
  chain.method().tensors.back()->last = end;
  check_time(make_image(chain.model(), {}), FOVEA_OK);
}

TEST_CASE("many operators over tensors with as many dims as there can be") {
  Chain chain;
  for (int i = 0; i < 16; ++i) {
    chain.model().dims.push_back(std::make_unique<schema::DimT>());
    chain.model().dims.back()->max = 2;
  }
  const std::vector<int32_t> dims = {8, 9, 10, 11, 12, 13, 14, 15};
  const std::vector<uint32_t> extents(dims.size(), 1);
  chain.method().inputs = {chain.tensor(extents, dims)};
  const uint32_t x = chain.tensor(extents, dims);
  chain.activation(0, x);
  while (chain.method().operators.size() < kMegabyte / 70) chain.activation(x, x);
  const Image image = chain.image();
  CHECK(image.size() > kMegabyte / 2);
  check_time(image, FOVEA_OK);
}

TEST_CASE("many inputs, each operand the last of them") {
  Chain chain;
  for (int i = 0; i < 64; ++i) chain.method().inputs.push_back(chain.tensor({1}));
  while (chain.method().tensors.size() < kMegabyte / 160) chain.activation(63, chain.tensor({1}));
  for (auto& t : chain.method().tensors) t->last = t->first;
  schema::MethodT& method = chain.method();
  const uint32_t end = static_cast<uint32_t>(method.operators.size() - 1);
  for (uint32_t t : method.inputs) {
    method.tensors[t]->first = 0;
    method.tensors[t]->last = end;
  }
  for (uint32_t t = 64; t < method.tensors.size(); ++t) {
    method.tensors[t]->first = method.tensors[t]->last = t - 64;
  }
  check_time(make_image(chain.model(), {}), FOVEA_OK);
}

TEST_CASE("more inputs than a method may have") {
  Chain chain;
  for (int i = 0; i < 65; ++i) chain.method().inputs.push_back(chain.tensor({1}));
  chain.activation(64, chain.tensor({1}));
  check_time(chain.image(), FOVEA_BAD_VALUE);
}

}  // namespace
}  // namespace fovea::test
