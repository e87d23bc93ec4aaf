// Makes models at random that fovea_open accepts: one or more methods over shared caches, of all
// operators, with views, work in place, and lengths and positions of every kind.

#ifndef FOVEA_TESTS_RUNTIME_RANDOM_MODELS_MAKER_H_
#define FOVEA_TESTS_RUNTIME_RANDOM_MODELS_MAKER_H_

#include <memory>
#include <utility>
#include <vector>

#include "runtime/schema.h"
#include "tests/runtime/random_models/random.h"

namespace fovea::test {

inline constexpr uint32_t kMostBefore = 19;  // of a window

struct RandomModel {
  schema::ModelT model;
  std::vector<float> weights;
};

// `special`: some weights are infinite, no numbers or subnormal.
RandomModel make_random_model(uint64_t seed, bool special);

// Lifetimes and places of all tensors, offsets of all states. Memory is used again as soon as a
// tensor is dead.
void plan_model(schema::ModelT& model);

// Extents of a tensor: constants times dims.
struct Shape {
  std::vector<uint32_t> extents;
  std::vector<int32_t> dims;

  size_t rank() const { return extents.size(); }
  bool operator==(const Shape& o) const { return extents == o.extents && dims == o.dims; }
  uint32_t width() const { return extents.back(); }
  Shape with_width(uint32_t width) const {
    Shape shape = *this;
    shape.extents.back() = width;
    return shape;
  }
};

// The keys and values of one layer.
struct StatePair {
  uint32_t cache;
  int32_t keys, values;
  uint32_t heads, key_width, value_width;
};

// The rows that a cache keeps for a History, one in a slot.
struct RowState {
  uint32_t cache;
  int32_t state;
  uint32_t width;
};

// What is made of one model, and its parts.
class Maker {
 public:
  Maker(Random& random, bool special, RandomModel* made)
      : r(random), special_(special), made_(*made) {}

  Random& r;
  bool special() const { return special_; }
  schema::ModelT& model() { return made_.model; }
  schema::MethodT& method() { return *method_; }

  void add_shared();  // dims, caches, states
  void add_method(const char* name);

  const std::vector<StatePair>& pairs() const { return pairs_; }
  const std::vector<RowState>& row_states() const { return row_states_; }
  uint32_t max_of(const Shape& shape, size_t i) const;  // an extent at its dim's maximum
  bool is_packed(const Shape& shape) const {
    return method_->lengths >= 0 && shape.rank() == 2 && shape.extents[0] == 1 &&
           shape.dims[0] == static_cast<int32_t>(method_->packed);
  }

  int32_t weight(schema::Layout layout, std::vector<uint32_t> shape);
  // What a matrix takes for the rows x: their codes where it is codes itself.
  int32_t rows_for(int32_t weight, int32_t x);
  float* weight_data(int32_t weight);

  int32_t tensor(const Shape& shape, schema::DType type = schema::DType::Float32);
  int32_t input(const Shape& shape, schema::DType type = schema::DType::Float32);
  int32_t view(int32_t base, uint32_t column, uint32_t width);
  Shape shape_of(int32_t tensor) const;
  // Whether an operator with these inputs may write to `y` in place.
  bool may_write(int32_t y, const std::vector<int32_t>& inputs) const;
  // A tensor that operators may read from now on.
  void offer(int32_t tensor) { live_.push_back(tensor); }
  const std::vector<int32_t>& live() const { return live_; }
  int32_t any_live();
  // One of [tokens, width] or [batch, tokens, width]; -1 where there is none.
  int32_t any_sequence();
  int32_t any_sequence_or(int32_t x);  // x where none was found

  template <class T>
  schema::OperatorT& op(T attributes, std::vector<int32_t> inputs, std::vector<int32_t> outputs,
                        std::vector<int32_t> weights = {}) {
    auto o = std::make_unique<schema::OperatorT>();
    o->attributes.Set(std::move(attributes));
    o->inputs = std::move(inputs);
    o->outputs = std::move(outputs);
    o->weights = std::move(weights);
    method_->operators.push_back(std::move(o));
    return *method_->operators.back();
  }

  uint32_t width();
  Shape random_rows();
  schema::Function function() {
    return static_cast<schema::Function>(r.below(static_cast<uint32_t>(schema::Function::MAX) + 1));
  }

 private:
  float value() { return special_ && r.percent(3) ? r.special() : r.real(); }
  template <class W>
  void fill(const schema::WeightT& weight);
  void fill(const schema::WeightT& weight);
  unsigned char* weight_bytes(const schema::WeightT& weight);
  uint32_t owner(int32_t tensor) const;
  void add_derived_dim();
  void add_source();

  bool special_;
  RandomModel& made_;
  std::unique_ptr<schema::MethodT> method_;
  std::vector<int32_t> live_;
  std::vector<StatePair> pairs_;
  std::vector<RowState> row_states_;
};

// Operators, by the kind of what they need. Each does nothing where nothing fits.
void add_row_operator(Maker& m);
void add_sequence_operator(Maker& m);
// Of the matrices of `groups` parts [outputs, k], and their biases.
std::vector<int32_t> convolution_weights(Maker& m, uint32_t groups, uint32_t outputs, uint32_t k,
                                         bool biased);
void add_observed(Maker& m, int32_t x);
void add_inverse_norm(Maker& m, int32_t z);
void add_convolution(Maker& m, int32_t x);
void add_spectrum(Maker& m, int32_t x);
void add_levels(Maker& m, int32_t x);
// Of the tokens of x where they are a constant number, a grid.
void add_windows(Maker& m, int32_t x);
void add_tiles(Maker& m, int32_t x);
void add_grid_convolution(Maker& m, int32_t x);
void add_resize_grid(Maker& m, int32_t x);
void add_tensor_attention(Maker& m);
// Stores to every state of a cache and attends over them.
void add_cache_update(Maker& m, uint32_t cache);
void add_cross_attention(Maker& m, const StatePair& pair);

}  // namespace fovea::test

#endif  // FOVEA_TESTS_RUNTIME_RANDOM_MODELS_MAKER_H_
