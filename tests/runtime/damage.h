// Alterations of the tiny model's tables, each with what fovea_open says to it.

#ifndef FOVEA_TESTS_RUNTIME_DAMAGE_H_
#define FOVEA_TESTS_RUNTIME_DAMAGE_H_

#include <limits>
#include <vector>

#include "tests/support/tiny_session.h"

namespace fovea::test {

struct Damage {
  const char* what;
  fovea_code code;
  void (*change)(schema::ModelT&);
};

// Opens the altered model and checks the code and the sentence, by damage_sentences.inc.
void check_damage(const Damage& damage);

inline constexpr uint32_t kHuge = std::numeric_limits<uint32_t>::max();

// The first operator of a kind, and a tensor by its name, of method 0.
schema::OperatorT& op(schema::ModelT& m, schema::Attributes kind);
schema::TensorT& tensor(schema::ModelT& m, const char* name);

// A new tensor of a method with memory of its own for the method's whole run; its index.
int32_t add_tensor(schema::ModelT& m, size_t method, std::vector<uint32_t> extents,
                   std::vector<int32_t> dims);
// The same as a further input of the method.
int32_t add_input(schema::ModelT& m, size_t method, std::vector<uint32_t> extents,
                  std::vector<int32_t> dims);

// Appends an operator to a method; what it writes first begins there, everything lives to the end.
template <class T>
schema::OperatorT& append(schema::ModelT& m, size_t method, T attributes,
                          std::vector<int32_t> inputs, std::vector<int32_t> outputs) {
  auto& to = *m.methods[method];
  const uint32_t before = static_cast<uint32_t>(to.operators.size() - 1);
  for (auto& t : to.tensors) {
    if (t->last == before) t->last = before + 1;
  }
  for (int32_t t : outputs) {
    schema::TensorT& y = *to.tensors[static_cast<size_t>(t)];
    if (y.first == std::numeric_limits<uint32_t>::max()) y.first = before + 1;
    y.last = before + 1;
  }
  auto o = std::make_unique<schema::OperatorT>();
  o->attributes.Set(std::move(attributes));
  o->inputs = std::move(inputs);
  o->outputs = std::move(outputs);
  to.operators.push_back(std::move(o));
  return *to.operators.back();
}

}  // namespace fovea::test

#endif  // FOVEA_TESTS_RUNTIME_DAMAGE_H_
