// What the runtime knows of an operator. One file of operators/ defines each; a build links
// those that its fovea_operators names.

#ifndef FOVEA_RUNTIME_OPERATOR_H_
#define FOVEA_RUNTIME_OPERATOR_H_

#include <cstring>

#include "kernels/kernels.h"
#include "runtime/frame.h"

// Defines the descriptor of an operator for weights in one of kernels/formats.inc.
#define FOVEA_OPERATOR_IN_FORMAT(operator, name, type)                                   \
  extern "C" const fovea_operator fovea_operator_##operator##_##name = fovea::in_format( \
      fovea_operator_##operator, fovea::schema::DType::type, fovea::execute_##name);

namespace fovea {

// How finely a run divides an operator's work.
enum class Grain : uint8_t {
  kWhole,    // one thread: as few tasks as there can be
  kThreads,  // a few tasks for each worker
  kFine,     // sliced runs: small tasks of similar size
};

// What one task takes of rows and of units of outputs.
struct Division {
  uint32_t rows, units;
};

// One operator of a run: prepare() looks at the present dims and data and leaves what run() needs
// in `arguments`; run() may be called for every task in any order and at the same time.
struct Run {
  Frame frame;
  const kernels::Kernels* kernels = nullptr;
  Grain grain = Grain::kWhole;
  uint32_t workers = 1;
  unsigned char* scratch = nullptr;  // of worker 0
  uint64_t scratch_stride = 0;       // bytes to the next worker's
  uint32_t tasks = 1;

  static constexpr size_t kArgumentBytes = 320;
  alignas(16) unsigned char arguments[kArgumentBytes];

  template <class T>
  void keep(const T& value) {
    static_assert(sizeof(T) <= kArgumentBytes && __is_trivially_copyable(T));
    std::memcpy(arguments, &value, sizeof value);
  }
  template <class T>
  T kept() const {
    T value;
    std::memcpy(&value, arguments, sizeof value);
    return value;
  }
  float* scratch_of(uint32_t worker) const {
    return reinterpret_cast<float*>(scratch + scratch_stride * worker);
  }
  // How many of `units` equal pieces one task takes, where all of them together are `work`
  // multiply-adds and `fine` pieces make a task of a sliced run.
  uint32_t units_per_task(uint32_t units, uint64_t work, uint32_t fine) const;
  // The same for a product of `rows` rows and `units` equal pieces of its outputs.
  Division divide(uint32_t rows, uint32_t units, uint64_t work) const;
};

struct Arity {
  uint8_t least, most;
  bool takes(uint32_t n) const { return n >= least && n <= most; }
};

}  // namespace fovea

struct fovea_operator {
  fovea::schema::Attributes kind;
  fovea::Arity inputs, outputs, weights, states;
  uint8_t integer_inputs;  // bit i: input i is int32; the others are f32
  uint8_t in_place;        // bit i: output 0 may be the same tensor as input i
  // Whether shapes, attributes, weights and states fit together. Everything that is true of
  // any operator has been checked before.
  fovea_code (*check)(const fovea::Frame& frame, fovea_error* error);
  // Bytes of scratch a thread needs at the frame's dims, a multiple of 64; null for none.
  uint64_t (*scratch)(const fovea::Frame& frame);
  fovea_code (*prepare)(fovea::Run& run, fovea_error* error);
  void (*run)(const fovea::Run& run, uint32_t task, uint32_t worker);
  // Elements of the first weight: what `run` reads, and with `kind` what an operator is found by.
  fovea::schema::DType format = fovea::schema::DType::Float32;
};

extern "C" {
extern const fovea_operator fovea_operator_embedding;
extern const fovea_operator fovea_operator_add_positions;
extern const fovea_operator fovea_operator_linear;
extern const fovea_operator fovea_operator_gated_linear;
extern const fovea_operator fovea_operator_rms_norm;
extern const fovea_operator fovea_operator_layer_norm;
extern const fovea_operator fovea_operator_rotary;
extern const fovea_operator fovea_operator_store_key_value;
extern const fovea_operator fovea_operator_attention;
extern const fovea_operator fovea_operator_activation;
extern const fovea_operator fovea_operator_binary;
extern const fovea_operator fovea_operator_softmax;
extern const fovea_operator fovea_operator_select_token;
extern const fovea_operator fovea_operator_prepend_token;
extern const fovea_operator fovea_operator_patches;

// The same operators for weights in formats besides f32.
#define FOVEA_FORMAT_F32(...)
#define FOVEA_FORMAT(name, Element, type)                      \
  extern const fovea_operator fovea_operator_embedding_##name; \
  extern const fovea_operator fovea_operator_linear_##name;    \
  extern const fovea_operator fovea_operator_gated_linear_##name;
#include "kernels/formats.inc"
#undef FOVEA_FORMAT
}

namespace fovea {

// The operator whose first weight is in another format than that of `base`.
constexpr fovea_operator in_format(fovea_operator base, schema::DType format,
                                   void (*run)(const Run&, uint32_t, uint32_t)) {
  base.format = format;
  base.run = run;
  return base;
}

// Elements of an operator's first weight; f32 where it has none.
FOVEA_SMALL schema::DType format_of(const schema::Model& model, const schema::Operator& op) {
  const auto* list = op.weights();
  const uint32_t weight =
      size_of(list) == 0 ? size_of(model.weights()) : static_cast<uint32_t>(list->Get(0));
  return weight < size_of(model.weights()) ? model.weights()->Get(weight)->dtype()
                                           : schema::DType::Float32;
}

// Null where the build lacks the operator, or the format of its first weight.
FOVEA_SMALL const fovea_operator* find_operator(const fovea_operators& operators,
                                                const schema::Model& model,
                                                const schema::Operator& op) {
  const schema::Attributes kind = op.attributes_type();
  const schema::DType format = format_of(model, op);
  const auto is_it = [&](uint32_t i) {
    return operators.items[i]->kind == kind && operators.items[i]->format == format;
  };
  // Where all are linked in they stand in the order of their kinds, other formats behind them.
  const uint32_t first = static_cast<uint32_t>(kind) - 1;
  if (first < operators.count && is_it(first)) return operators.items[first];
  for (uint32_t i = 0; i < operators.count; ++i) {
    if (is_it(i)) return operators.items[i];
  }
  return nullptr;
}

}  // namespace fovea

#endif  // FOVEA_RUNTIME_OPERATOR_H_
