#include "tests/runtime/damage.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <string_view>

#include "runtime/checked.h"

namespace fovea::test {
namespace {

// What is said to each alteration that is refused.
const std::string_view kSentences[] = {
#include "tests/runtime/damage_sentences.inc"
};

uint64_t bytes_of(const schema::ModelT& m, const schema::TensorT& t) {
  uint64_t bytes = sizeof(float);
  for (size_t i = 0; i < t.extents.size(); ++i) {
    const int32_t dim = i < t.dims.size() ? t.dims[i] : -1;
    bytes *= t.extents[i] * uint64_t{dim < 0 ? 1 : m.dims[static_cast<size_t>(dim)]->max};
  }
  return round_up(bytes, 64);
}

}  // namespace

void check_damage(const Damage& damage) {
  CAPTURE(std::string(damage.what));
  const Image image = tiny_model(damage.change);
  fovea_model model;
  fovea_error error;
  const fovea_code code = fovea_open(image.span(), {}, &model, &error);
  CAPTURE(sentence(error));
  CHECK(code == damage.code);
  CHECK(error.code == static_cast<uint32_t>(code));
  if (code == FOVEA_OK) return;
  const std::string line = std::string(damage.what) + ": " + sentence(error);
  const bool is_known =
      std::find(std::begin(kSentences), std::end(kSentences), line) != std::end(kSentences);
  CHECK_MESSAGE(is_known, "\"", line, "\",");
}

schema::OperatorT& op(schema::ModelT& m, schema::Attributes kind) {
  for (auto& o : m.methods[0]->operators) {
    if (o->attributes.type == kind) return *o;
  }
  FAIL("no such operator");
  return *m.methods[0]->operators[0];
}

schema::TensorT& tensor(schema::ModelT& m, const char* name) {
  for (auto& t : m.methods[0]->tensors) {
    if (t->name == name) return *t;
  }
  FAIL("no such tensor");
  return *m.methods[0]->tensors[0];
}

int32_t add_tensor(schema::ModelT& m, size_t method, std::vector<uint32_t> extents,
                   std::vector<int32_t> dims) {
  auto& to = *m.methods[method];
  auto made = std::make_unique<schema::TensorT>();
  made->extents = std::move(extents);
  made->dims = std::move(dims);
  for (const auto& t : to.tensors) {
    if (t->storage == schema::Storage::View) continue;
    made->offset = std::max(made->offset, t->offset + bytes_of(m, *t));
  }
  made->first = std::numeric_limits<uint32_t>::max();
  made->last = static_cast<uint32_t>(to.operators.size() - 1);
  to.tensors.push_back(std::move(made));
  return static_cast<int32_t>(to.tensors.size() - 1);
}

int32_t add_input(schema::ModelT& m, size_t method, std::vector<uint32_t> extents,
                  std::vector<int32_t> dims) {
  const int32_t made = add_tensor(m, method, std::move(extents), std::move(dims));
  m.methods[method]->tensors[static_cast<size_t>(made)]->first = 0;
  m.methods[method]->inputs.push_back(static_cast<uint32_t>(made));
  return made;
}

}  // namespace fovea::test
