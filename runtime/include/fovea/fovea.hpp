// fovea.h in C++17: results that cannot be overlooked and typed views of tensors. Like the C
// interface it allocates nothing, throws nothing and prints nothing.
//
//   auto model = fovea::Model::open(file, file_size);
//   if (!model) return report(model.error());
//   auto session = model->bind(arena, sizeof(arena));
//   if (!session) return report(session.error());
//   auto forward = session->method("forward");
//   ...
//
// Models, sessions, methods and tokenizers are small handles: copy them freely. They, and the
// errors that they give, refer to memory of the caller's, which must outlive them.
#ifndef FOVEA_FOVEA_HPP_
#define FOVEA_FOVEA_HPP_

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <utility>

#include "fovea/fovea.h"
#include "fovea/result.hpp"
#include "fovea/text.hpp"

namespace fovea {
// Apart from the runtime's own names in a static link.
inline namespace api {

// The element types of tensors.
template <typename T>
struct TypeOf;
template <>
struct TypeOf<float> {
  static constexpr fovea_type value = FOVEA_FLOAT32;
};
template <>
struct TypeOf<int32_t> {
  static constexpr fovea_type value = FOVEA_INT32;
};
template <>
struct TypeOf<uint8_t> {
  static constexpr fovea_type value = FOVEA_UINT8;
};

// The extents of a shape: {2, 3}, a pointer and a count, or whatever has data() and size().
class Extents {
 public:
  Extents(std::initializer_list<uint32_t> list) : Extents(list.begin(), list.size()) {}
  Extents(const uint32_t* data, size_t size) : data_(data), size_(size) {}
  template <typename Container, typename = decltype(std::declval<const Container&>().data())>
  Extents(const Container& container) : Extents(container.data(), container.size()) {}

  const uint32_t* data() const { return data_; }
  uint32_t size() const { return static_cast<uint32_t>(size_); }

 private:
  const uint32_t* data_;
  size_t size_;
};

// A row-major, contiguous tensor in the session's memory.
template <typename T>
class Tensor {
 public:
  Tensor() = default;
  explicit Tensor(const fovea_tensor& raw) : raw_(raw) {}

  const char* name() const { return raw_.name; }
  T* data() const { return static_cast<T*>(raw_.data); }
  size_t size() const { return static_cast<size_t>(raw_.bytes / sizeof(T)); }
  uint32_t rank() const { return raw_.rank; }
  uint32_t extent(uint32_t axis) const { return axis < raw_.rank ? raw_.extents[axis] : 1; }
  // Elements of the last axis, and how many such rows there are.
  size_t width() const { return raw_.rank == 0 ? 1 : raw_.extents[raw_.rank - 1]; }
  size_t rows() const { return width() == 0 ? 0 : size() / width(); }
  T* row(size_t index) const { return data() + index * width(); }
  T& operator[](size_t index) const { return data()[index]; }
  T* begin() const { return data(); }
  T* end() const { return data() + size(); }
  const fovea_tensor& raw() const { return raw_; }

 private:
  fovea_tensor raw_ = {};
};

// One entry point of a model, in a session.
class Method {
 public:
  Method() = default;
  Method(fovea_session* session, uint32_t index, const fovea_model& model)
      : session_(session), index_(index), model_(model) {}

  uint32_t index() const { return index_; }

  // A tensor at the present dims. An input is filled after any other method has run; an output
  // lasts until the next run.
  template <typename T>
  Result<Tensor<T>> input(const char* name) const {
    fovea_tensor raw = {};
    fovea_error error = {};
    if (fovea_input(session_, index_, name, &raw, &error) != FOVEA_OK) return failed(error);
    return view<T>(raw, FOVEA_FIELD_INPUT);
  }
  template <typename T>
  Result<Tensor<T>> output(const char* name) const {
    fovea_tensor raw = {};
    fovea_error error = {};
    if (fovea_output(session_, index_, name, &raw, &error) != FOVEA_OK) return failed(error);
    return view<T>(raw, FOVEA_FIELD_OUTPUT);
  }

  // Copies data into an input whose present shape is `extents`.
  template <typename T>
  Status set_input(const char* name, const Extents& extents, const T* data) const {
    fovea_error error = {};
    return status(fovea_set_input(session_, index_, name, TypeOf<T>::value, extents.size(),
                                  extents.data(), data, &error),
                  error);
  }
  // Copies `count` elements into an input of one axis; the dim that it follows becomes `count`.
  template <typename T>
  Status set_list(const char* name, const T* data, size_t count) const {
    fovea_tensor raw = {};
    fovea_error error = {};
    if (fovea_input(session_, index_, name, &raw, &error) != FOVEA_OK) return failed(error);
    const uint32_t extent = count < UINT32_MAX ? static_cast<uint32_t>(count) : UINT32_MAX;
    if (raw.rank == 1 && raw.dims[0] >= 0) {
      const fovea_code code =
          fovea_set_dim(session_, static_cast<uint32_t>(raw.dims[0]), extent, &error);
      if (code != FOVEA_OK) return failed(error);
    }
    return set_input(name, {extent}, data);
  }

  Status run() const {
    fovea_error error = {};
    return status(fovea_run(session_, index_, &error), error);
  }

  // A step of greedy decoding with a method of one sequence: feeds ids and gives the one that
  // `logits` says is likeliest to follow the last of them.
  Result<int32_t> next(const int32_t* ids, size_t count, const char* tokens = "tokens",
                       const char* logits = "logits") const {
    const Status fed = set_list(tokens, ids, count);
    if (!fed) return fed.error();
    const Status ran = run();
    if (!ran) return ran.error();
    const Result<Tensor<float>> scores = output<float>(logits);
    if (!scores) return scores.error();
    const float* row = scores->row(scores->rows() - 1);
    int32_t best = 0;
    for (size_t i = 1; i < scores->width(); ++i) {
      if (row[i] > row[best]) best = static_cast<int32_t>(i);
    }
    return best;
  }

  // What a run has to do at the present dims and positions.
  Result<fovea_cost> work() const {
    fovea_cost out = {};
    fovea_error error = {};
    if (fovea_work(session_, index_, &out, &error) != FOVEA_OK) return failed(error);
    return out;
  }

  // Runs at most `budget` tasks; true once the run is finished.
  Result<bool> run_for(uint32_t budget) const {
    fovea_error error = {};
    bool finished = false;
    if (fovea_run_for(session_, index_, budget, &finished, &error) != FOVEA_OK) {
      return failed(error);
    }
    return finished;
  }

 private:
  Error failed(const fovea_error& error) const { return Error(error, model_); }
  Status status(fovea_code code, const fovea_error& error) const {
    return code == FOVEA_OK ? Status() : Status(failed(error));
  }

  template <typename T>
  Result<Tensor<T>> view(const fovea_tensor& raw, fovea_field field) const {
    if (raw.type == TypeOf<T>::value) return Tensor<T>(raw);
    fovea_error error = {};
    error.code = FOVEA_WRONG_TYPE;
    error.table = FOVEA_TABLE_METHOD;
    error.index = index_;
    error.field = field;
    error.a = TypeOf<T>::value;
    error.b = raw.type;
    return failed(error);
  }

  fovea_session* session_ = nullptr;
  uint32_t index_ = 0;
  fovea_model model_ = {};
};

// Mean and standard deviation, element by element, of what several passes gave (Welford 1962), in
// memory of the caller's. Of a method with Monte-Carlo dropout:
//
//   fovea::Spread spread(mean, deviation, size);
//   for (int32_t pass = 0; pass < passes; ++pass) {
//     const int32_t which[] = {seed, pass};
//     forward->set_list("dropout", which, 2);
//     forward->run();
//     spread.add(forward->output<float>("logits")->data());
//   }
//
// Each pass begins with the caches that are there: Session::truncate or restore brings them back.
class Spread {
 public:
  // Both of `size` elements.
  Spread(float* mean, float* deviation, size_t size)
      : mean_(mean), deviation_(deviation), size_(size) {
    for (size_t i = 0; i < size; ++i) mean[i] = deviation[i] = 0;
  }

  // After each pass both are those of all passes so far: of n, the deviation is the root of the
  // n-th part of the sum of squares.
  void add(const float* values) {
    const float before = static_cast<float>(count_), now = static_cast<float>(++count_);
    for (size_t i = 0; i < size_; ++i) {
      const float off = values[i] - mean_[i];
      mean_[i] += off / now;
      const float squares = deviation_[i] * deviation_[i] * before + off * (values[i] - mean_[i]);
      deviation_[i] = std::sqrt(squares / now);
    }
  }

 private:
  float *mean_, *deviation_;
  size_t size_;
  uint32_t count_ = 0;
};

// A model bound to memory: what runs.
class Session {
 public:
  Session() = default;
  Session(fovea_session* session, const fovea_model* model)
      : session_(session), model_(model == nullptr ? fovea_model() : *model) {}

  fovea_session* get() const { return session_; }
  const char* row() const { return fovea_row(session_); }

  Result<Method> method(const char* name) const {
    const int32_t index = fovea_find_method(&model_, name);
    if (index < 0) return Error(FOVEA_TABLE_METHOD, name, model_);
    return method(static_cast<uint32_t>(index));
  }
  Method method(uint32_t index) const { return Method(session_, index, model_); }

  Status set_dim(const char* name, uint32_t value) const {
    const int32_t index = fovea_find_dim(&model_, name);
    if (index < 0) return Error(FOVEA_TABLE_DIM, name, model_);
    return set_dim(static_cast<uint32_t>(index), value);
  }
  Status set_dim(uint32_t index, uint32_t value) const {
    fovea_error error = {};
    return status(fovea_set_dim(session_, index, value, &error), error);
  }
  uint32_t dim(uint32_t index) const { return fovea_get_dim(session_, index); }

  // Ends a sliced run that is not to be finished.
  void cancel() const { fovea_cancel(session_); }

  uint32_t position(uint32_t cache = 0, uint32_t sequence = 0) const {
    return fovea_position(session_, cache, sequence);
  }
  // Tokens that still fit into a cache.
  Result<uint32_t> room(const char* cache, uint32_t sequence = 0) const {
    const int32_t found = fovea_find_cache(&model_, cache);
    if (found < 0) return Error(FOVEA_TABLE_CACHE, cache, model_);
    const uint32_t index = static_cast<uint32_t>(found);
    fovea_cache info = {};
    const fovea_code code = fovea_cache_info(&model_, index, &info);
    if (code != FOVEA_OK) return Error(code, FOVEA_TABLE_CACHE, index, FOVEA_FIELD_NONE, model_);
    return info.context - position(index, sequence);
  }
  Status truncate(uint32_t cache, uint32_t sequence, uint32_t length) const {
    fovea_error error = {};
    return status(fovea_truncate(session_, cache, sequence, length, &error), error);
  }
  Status arrange(uint32_t cache, const uint32_t* from, uint32_t count) const {
    fovea_error error = {};
    return status(fovea_arrange(session_, cache, from, count, &error), error);
  }
  Status reset(uint32_t sequence = 0) const {
    fovea_error error = {};
    return status(fovea_reset(session_, sequence, &error), error);
  }

  uint64_t saved_size(uint32_t sequence) const { return fovea_saved_size(session_, sequence); }
  Status save(uint32_t sequence, void* data, size_t size) const {
    fovea_error error = {};
    return status(fovea_save(session_, sequence, data, size, &error), error);
  }
  Status restore(uint32_t sequence, const void* data, size_t size) const {
    fovea_error error = {};
    return status(fovea_restore(session_, sequence, data, size, &error), error);
  }

  // The struct must outlive its use; null ends it.
  void set_trace(const fovea_trace* trace) const { fovea_set_trace(session_, trace); }

  // Proves that this machine computes what the machine that made the file computed.
  Status check_fingerprint() const {
    fovea_error error = {};
    return status(fovea_check_fingerprint(session_, &error), error);
  }

 private:
  Status status(fovea_code code, const fovea_error& error) const {
    return code == FOVEA_OK ? Status() : Status(Error(error, model_));
  }

  fovea_session* session_ = nullptr;
  fovea_model model_ = {};
};

// A checked model file.
class Model {
 public:
  Model() = default;
  explicit Model(const fovea_model& raw) : raw_(raw) {}

  // The whole file in one piece, aligned to 16 bytes (64 is faster). Where more follows the file,
  // fovea_file_size tells its size.
  static Result<Model> open(const void* file, size_t size) {
    return open(fovea_span{file, size}, fovea_span{nullptr, 0});
  }
  // Header and weights apart.
  static Result<Model> open(fovea_span header, fovea_span weights) {
    fovea_model raw = {};
    fovea_error error = {};
    return made(fovea_open(header, weights, &raw, &error), raw, error);
  }
  // With a choice of operators and features, so that a linker can drop all others.
  static Result<Model> open_with(const fovea_operators& operators, fovea_span header,
                                 fovea_span weights = fovea_span{nullptr, 0}) {
    fovea_model raw = {};
    fovea_error error = {};
    return made(fovea_open_with(&operators, header, weights, &raw, &error), raw, error);
  }

  const fovea_model* get() const { return &raw_; }

  // Compares the weights with their checksum. Reads all of them.
  Status check_weights() const {
    fovea_error error = {};
    if (fovea_check_weights(&raw_, &error) != FOVEA_OK) return Error(error, raw_);
    return {};
  }

  uint32_t method_count() const { return fovea_method_count(&raw_); }
  uint32_t dim_count() const { return fovea_dim_count(&raw_); }
  uint32_t cache_count() const { return fovea_cache_count(&raw_); }
  uint32_t label_count() const { return fovea_label_count(&raw_); }
  uint32_t input_count(uint32_t method) const { return fovea_input_count(&raw_, method); }
  uint32_t output_count(uint32_t method) const { return fovea_output_count(&raw_, method); }
  const char* method_name(uint32_t index) const { return fovea_method_name(&raw_, index); }
  const char* label(uint32_t index) const { return fovea_label(&raw_, index); }
  fovea_label_function label_probability() const { return fovea_label_probability(&raw_); }

  Result<fovea_dim> dim(uint32_t index) const {
    fovea_dim out = {};
    const fovea_code code = fovea_dim_info(&raw_, index, &out);
    return got(code, out, Error(code, FOVEA_TABLE_DIM, index, FOVEA_FIELD_NONE, raw_));
  }
  Result<fovea_cache> cache(uint32_t index) const {
    fovea_cache out = {};
    const fovea_code code = fovea_cache_info(&raw_, index, &out);
    return got(code, out, Error(code, FOVEA_TABLE_CACHE, index, FOVEA_FIELD_NONE, raw_));
  }
  // Inputs and outputs at the maxima of their dims, without data.
  Result<fovea_tensor> input(uint32_t method, uint32_t index) const {
    fovea_tensor out = {};
    const fovea_code code = fovea_input_info(&raw_, method, index, &out);
    return got(code, out, Error(code, FOVEA_TABLE_METHOD, method, FOVEA_FIELD_INPUT, raw_));
  }
  Result<fovea_tensor> output(uint32_t method, uint32_t index) const {
    fovea_tensor out = {};
    const fovea_code code = fovea_output_info(&raw_, method, index, &out);
    return got(code, out, Error(code, FOVEA_TABLE_METHOD, method, FOVEA_FIELD_OUTPUT, raw_));
  }

  // The index of a name, or -1.
  int32_t find_method(const char* name) const { return fovea_find_method(&raw_, name); }
  int32_t find_dim(const char* name) const { return fovea_find_dim(&raw_, name); }
  int32_t find_cache(const char* name) const { return fovea_find_cache(&raw_, name); }

  // Whether a text ends with this id; all ids of a kind, with or without a tokenizer.
  bool is_end(int32_t id) const { return fovea_is_end(&raw_, id); }
  const int32_t* special_ids(fovea_special kind, uint32_t* count) const {
    return fovea_special_ids(&raw_, kind, count);
  }

  // How the likeliest text is looked for.
  fovea_search search() const { return fovea_search_settings(&raw_); }

  Result<Tokenizer> tokenizer(const char* name) const {
    const int32_t index = fovea_find_tokenizer(&raw_, name);
    if (index < 0) return Error(FOVEA_TABLE_TOKENIZER, name, raw_);
    return Tokenizer(&raw_, static_cast<uint32_t>(index));
  }

  Chat chat() const { return Chat(raw_); }

  // The bytes that a session takes.
  fovea_memory arena(uint32_t threads = 1) const { return fovea_arena(&raw_, threads); }

  // Makes a session in one piece of memory, aligned to 64 bytes.
  Result<Session> bind(void* arena, size_t size, const fovea_options& options = {}) const {
    return bind(fovea_spans{{arena, size}, {nullptr, 0}, {nullptr, 0}}, options);
  }
  // Makes a session with each lifetime in memory of its own.
  Result<Session> bind(const fovea_spans& memory, const fovea_options& options = {}) const {
    fovea_session* session = nullptr;
    fovea_error error = {};
    const fovea_code code = fovea_bind(&raw_, memory, &options, &session, &error);
    return got(code, Session(session, &raw_), Error(error, raw_));
  }

 private:
  template <typename T>
  static Result<T> got(fovea_code code, const T& value, const Error& error) {
    return code == FOVEA_OK ? Result<T>(value) : Result<T>(error);
  }
  static Result<Model> made(fovea_code code, const fovea_model& raw, const fovea_error& error) {
    return got(code, Model(raw), Error(error));
  }

  fovea_model raw_ = {};
};

inline Message Error::message(const Model* model) const {
  Message message = {};
  fovea_describe(model == nullptr ? &model_ : model->get(), &raw_, message.text,
                 sizeof(message.text));
  return message;
}

}  // namespace api
}  // namespace fovea

#endif  // FOVEA_FOVEA_HPP_
