// What the runtime knows of an operator. One file of operators/ defines each; a build links
// those that its fovea_operators names.

#ifndef FOVEA_RUNTIME_OPERATOR_H_
#define FOVEA_RUNTIME_OPERATOR_H_

#include <new>

#include "kernels/kernels.h"
#include "runtime/frame.h"

// The same operator without what only the checks of a file ask: firmware of fovea_open_trusted
// names these, and a linker drops the checks.
#define FOVEA_TRUSTED_OPERATOR(name, definition) \
  extern "C" constexpr fovea_operator fovea_trusted_##name = fovea::trusted(definition);

// Defines the descriptor of an operator for weights in one of kernels/formats.inc.
#define FOVEA_OPERATOR_IN_FORMAT(operator, name, type)                                             \
  FOVEA_OPERATOR_OF_FORMAT(operator##_##name,                                                      \
                           fovea::in_format(fovea_operator_##operator, fovea::schema::DType::type, \
                                            fovea::execute_##operator##_##name))

#define FOVEA_OPERATOR_IN_CODES(operator, name, type, check)                                      \
  FOVEA_OPERATOR_OF_FORMAT(operator##_##name,                                                     \
                           fovea::in_codes(fovea_operator_##operator, fovea::schema::DType::type, \
                                           check, fovea::execute_##operator##_##name))

#define FOVEA_OPERATOR_IN_OWN_CODES(operator, name, type, check)                  \
  FOVEA_OPERATOR_OF_FORMAT(operator##_##name,                                     \
                           fovea::in_own_codes(fovea_operator_##operator,         \
                                               fovea::schema::DType::type, check, \
                                               fovea::execute_##operator##_##name))

#define FOVEA_OPERATOR_OF_FORMAT(name, definition)                        \
  extern "C" constexpr fovea_operator fovea_operator_##name = definition; \
  FOVEA_TRUSTED_OPERATOR(name, definition)

// The same for keys and values in one of kernels/caches.inc.
#define FOVEA_OPERATOR_IN_CACHE(operator, name, type, run)                                \
  FOVEA_OPERATOR_OF_FORMAT(operator##_##name, fovea::in_format(fovea_operator_##operator, \
                                                               fovea::schema::DType::type, run))

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

// Rows of a tensor.
struct Part {
  uint32_t first, count;
};

// One operator of a run: prepare() looks at the present dims and data and leaves what run() needs
// in `arguments`; run() may be called for every task of a phase in any order and at the same time.
// Only the tasks of a sliced run, Grain::kFine, are run in ascending order by worker 0, whose
// scratch keeps what they leave there: a task may go on where the one before it ended.
struct Run {
  Frame frame;
  const kernels::Kernels* kernels = nullptr;
  Grain grain = Grain::kWhole;
  uint32_t workers = 1;
  unsigned char* scratch = nullptr;  // of worker 0
  uint64_t scratch_stride = 0;       // bytes to the next worker's
  // Tasks of the first phase, then those of the second, which has begun when the first has ended.
  uint32_t tasks = 1;
  uint32_t second_phase = 0;             // its first task; 0: there is none
  uint32_t rows = 0, rows_per_task = 0;  // of divide_rows()

  static constexpr size_t kArgumentBytes = 42 * sizeof(void*);
  alignas(16) unsigned char arguments[kArgumentBytes];

  template <class T>
  void keep(const T& value) {
    static_assert(sizeof(T) <= kArgumentBytes && __is_trivially_copyable(T));
    new (arguments) T(value);
  }
  // What was kept last, as the same type.
  template <class T>
  const T& kept() const {
    return *std::launder(reinterpret_cast<const T*>(arguments));
  }
  float* scratch_of(uint32_t worker) const {
    return reinterpret_cast<float*>(scratch + scratch_stride * worker);
  }
  // What the operator asked for once: the end of the planned memory, where no tensor lies.
  float* shared(uint64_t bytes) const {
    const uint64_t end = frame.model->memory()->planned();
    return reinterpret_cast<float*>(frame.memory.planned + (end - shared_bytes(bytes)));
  }
  // As much of it as is planned.
  static constexpr uint64_t shared_bytes(uint64_t bytes) {
    return round_up(bytes, FOVEA_ALIGNMENT);
  }
  // Rows of so many elements that a task of a sliced run takes: at most 4,096 elements, or one row.
  static constexpr uint32_t fine_rows(uint32_t width) {
    constexpr uint32_t kFineElements = 4096;
    return width < kFineElements ? kFineElements / width : 1;
  }
  // Divides what is made from row to row: `rows` rows of `width` elements. part() says what a task
  // takes.
  void divide_rows(uint32_t rows, uint32_t width);
  Part part(uint32_t task) const;

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
  fovea::Arity inputs, outputs, weights;
  fovea::Arity states;  // an operator has all of them or, where `least` is 0, none
  // Bit i: what input or output i is.
  uint8_t integer_inputs, integer_outputs;  // int32; the others are f32
  uint8_t byte_inputs;                      // uint8
  uint8_t in_place;                         // output 0 may be the same tensor as this input
  uint8_t ids;                              // rows of weight 0
  uint8_t boxes;                            // left, top, right, bottom
  uint8_t stored_inputs;                    // keys or values as an operator that stores left them
  bool stores;        // outputs or states are keys and values, of which only some slots are written
  bool fills_states;  // what it reads goes to its states, which the method's update counts
  const char* name;   // of the kind
  // Whether shapes, attributes, weights and states fit together. Everything that is true of
  // any operator has been checked before.
  fovea_code (*check)(const fovea::Frame& frame, fovea_error* error);
  // Bytes of scratch at the frame's dims that each thread needs, a multiple of 64, and that a run
  // needs once; null for none.
  uint64_t (*scratch)(const fovea::Frame& frame);
  uint64_t (*shared)(const fovea::Frame& frame);
  // Null where the operator is one task.
  fovea_code (*prepare)(fovea::Run& run, fovea_error* error);
  void (*run)(const fovea::Run& run, uint32_t task, uint32_t worker);
  // Elements of the first state or, of operators without states, of the first weight: what `run`
  // reads, and with `kind` what an operator is found by.
  fovea::schema::DType format = fovea::schema::DType::Float32;
};

extern "C" {
#define FOVEA_OPERATOR(Kind, name) extern const fovea_operator fovea_operator_##name;
#include "runtime/operators.inc"
#undef FOVEA_OPERATOR

// The same operators for weights in formats besides f32.
#define FOVEA_FORMAT_F32(...)
#define FOVEA_FORMAT_CODES FOVEA_FORMAT
#define FOVEA_FORMAT(name, Element, type)                           \
  extern const fovea_operator fovea_operator_embedding_##name;      \
  extern const fovea_operator fovea_operator_linear_##name;         \
  extern const fovea_operator fovea_operator_gated_linear_##name;   \
  extern const fovea_operator fovea_operator_gated_experts_##name;  \
  extern const fovea_operator fovea_operator_linear_experts_##name; \
  extern const fovea_operator fovea_operator_convolution_##name;    \
  extern const fovea_operator fovea_operator_grid_convolution_##name;
#include "kernels/formats.inc"
#undef FOVEA_FORMAT
// Those that store and read caches.
#define FOVEA_CACHE_F32(...)
#define FOVEA_CACHE(name, Element, type)                             \
  extern const fovea_operator fovea_operator_store_key_value_##name; \
  extern const fovea_operator fovea_operator_attention_##name;
#include "kernels/caches.inc"
#undef FOVEA_CACHE
}

namespace fovea {

// The operator whose first weight or state is in another format than that of `base`.
constexpr fovea_operator in_format(fovea_operator base, schema::DType format,
                                   void (*run)(const Run&, uint32_t, uint32_t)) {
  base.format = format;
  base.run = run;
  return base;
}

// The same of codes, which the operator makes of its rows.
constexpr fovea_operator in_own_codes(fovea_operator base, schema::DType format,
                                      decltype(fovea_operator::check) check,
                                      void (*run)(const Run&, uint32_t, uint32_t)) {
  base = in_format(base, format, run);
  base.check = check;
  return base;
}

// The same of codes, whose input is rows of codes.
constexpr fovea_operator in_codes(fovea_operator base, schema::DType format,
                                  decltype(fovea_operator::check) check,
                                  void (*run)(const Run&, uint32_t, uint32_t)) {
  base = in_own_codes(base, format, check, run);
  base.integer_inputs |= 1;
  return base;
}

constexpr fovea_operator trusted(fovea_operator base) {
  base.check = nullptr;
  base.scratch = base.shared = nullptr;
  return base;
}

// Elements of an operator's first state, or of its first weight; f32 where it has neither.
schema::DType format_of(const schema::Model& model, const schema::Operator& op);

// One of this kind, for what is true of it in any format. Null where the build lacks the operator.
const fovea_operator* find_operator(const fovea_operators& operators, schema::Attributes kind);

// The one that reads this format. Null where the build lacks it.
const fovea_operator* find_operator(const fovea_operators& operators, const schema::Model& model,
                                    const schema::Operator& op);

}  // namespace fovea

#endif  // FOVEA_RUNTIME_OPERATOR_H_
