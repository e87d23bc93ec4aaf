// Models of one method around one operator. Each file NAME.cc here gives those of its operator to
// operators_test.cc, which goes through runtime/operators.inc.

#ifndef FOVEA_TESTS_RUNTIME_OPERATORS_CASE_H_
#define FOVEA_TESTS_RUNTIME_OPERATORS_CASE_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "runtime/schema.h"
#include "tests/runtime/operators/oracle.h"
#include "tests/runtime/random_models/random.h"

namespace fovea::test {

// The maxima of the dims `batch` and `tokens`. A case makes so much that a sliced run divides it.
inline constexpr uint32_t kCaseBatch = 2, kCaseTokens = 40;

// An operator's attributes made wrong, what about them, and what the refusal names, where it is
// known.
struct Wrong {
  std::string what;
  std::function<void(schema::OperatorT&)> change;
  std::string named = {};
};

class Case {
 public:
  explicit Case(std::string what = "");

  // Operands. An input of the method is copied, so that an operator may write over the copy.
  int32_t copy(std::vector<uint32_t> extents, std::vector<int32_t> dims);
  int32_t rows(uint32_t width) { return copy(shape_of_rows(width), dims_of_rows()); }
  int32_t numbers(std::vector<uint32_t> extents, std::vector<int32_t> dims);
  // From here on rows() and made() are those of a packed batch.
  void pack();
  int32_t tensor(std::vector<uint32_t> extents, std::vector<int32_t> dims,
                 schema::DType type = schema::DType::Float32);
  int32_t made(uint32_t width) { return tensor(shape_of_rows(width), dims_of_rows()); }
  bool packed() { return method().lengths >= 0; }
  int32_t weight(schema::Layout layout, std::vector<uint32_t> shape);
  // Of a type.
  int32_t matrix(schema::Layout layout, std::vector<uint32_t> shape, schema::DType type);
  // A matrix in panels of codes, or a group of them.
  int32_t codes(schema::Layout layout, std::vector<uint32_t> shape, schema::DType type);
  // The rows of codes of [batch, tokens, width] for them.
  int32_t quantized(int32_t x, uint32_t width, schema::DType type);
  int32_t state(schema::StateLayout layout, uint32_t heads, uint32_t width,
                schema::DType type = schema::DType::Float32);

  int32_t input(std::vector<uint32_t> extents, std::vector<int32_t> dims, schema::DType type);
  void output(int32_t tensor) { method().outputs.push_back(static_cast<uint32_t>(tensor)); }
  void add_cache();                            // 0, of kCaseTokens
  void add_update();                           // that appends `tokens` to it
  int32_t add_key_blocks();                    // the derived dim of packed keys
  int32_t add_successor();                     // the derived dim of one token more
  int32_t add_windows(int32_t c, uint32_t d);  // floor((tokens + c) / d)

  template <class T>
  schema::OperatorT& op(T attributes, std::vector<int32_t> inputs, std::vector<int32_t> outputs,
                        std::vector<int32_t> weights = {}, std::vector<int32_t> states = {}) {
    auto o = std::make_unique<schema::OperatorT>();
    o->attributes.Set(std::move(attributes));
    o->inputs = std::move(inputs);
    o->outputs = std::move(outputs);
    o->weights = std::move(weights);
    o->states = std::move(states);
    method().operators.push_back(std::move(o));
    return *method().operators.back();
  }

  schema::MethodT& method() { return *model.methods[0]; }
  // The numbers of a weight, row after row, without what its layout adds.
  Doubles numbers_of(size_t weight) const;

  std::string what;
  schema::ModelT model;
  std::vector<float> weights;
  std::vector<Wrong> wrong;
  Oracle oracle;
  double terms = 1;  // that a number of the outputs is a sum of

 private:
  int32_t add_weight(schema::WeightT weight);
  int32_t add_derived(schema::DimT dim);
  std::vector<uint32_t> shape_of_rows(uint32_t width) {
    return packed() ? std::vector<uint32_t>{1, width} : std::vector<uint32_t>{1, 1, width};
  }
  std::vector<int32_t> dims_of_rows() {
    return packed() ? std::vector<int32_t>{1, -1} : std::vector<int32_t>{0, 1, -1};
  }

  Random random_{11};
};

// What operators that make codes of rows of `k` numbers read; numbers as they are.
Doubles as_read(const Doubles& x, size_t k, schema::DType type);

// One for each way of using the operator. The last operator of its kind in a method is the tested
// one.
using Cases = std::vector<Case>;

#define FOVEA_OPERATOR(Kind, name) Cases cases_##name();
#include "runtime/operators.inc"
#undef FOVEA_OPERATOR

// Of StoreKeyValue and Attention, which need each other.
Cases attention_cases();
// Of Attention, where keys are of other tokens than queries.
Cases crossed_cases();

}  // namespace fovea::test

#endif  // FOVEA_TESTS_RUNTIME_OPERATORS_CASE_H_
