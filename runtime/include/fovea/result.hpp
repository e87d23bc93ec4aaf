// Results that cannot be overlooked. Part of fovea.hpp.
#ifndef FOVEA_RESULT_HPP_
#define FOVEA_RESULT_HPP_

#include <cstddef>
#include <cstdint>

#include "fovea/fovea.h"

namespace fovea {
// Apart from the runtime's own names in a static link.
inline namespace api {

class Model;

// One line about an error, ended by a zero.
struct Message {
  char text[512];
  const char* c_str() const { return text; }
};

// Why something failed.
class Error {
 public:
  Error() = default;
  // With the model that it concerns where there is one already.
  explicit Error(const fovea_error& raw, const fovea_model& model = {})
      : raw_(raw), model_(model) {}
  // For functions that say no more than their code.
  Error(fovea_code code, fovea_table table, uint32_t index, fovea_field field = FOVEA_FIELD_NONE,
        const fovea_model& model = {})
      : model_(model) {
    raw_.code = code;
    raw_.table = table;
    raw_.index = index;
    raw_.field = field;
  }
  // For a name that `model` lacks.
  Error(fovea_table table, const char* name, const fovea_model& model)
      : Error(name == nullptr ? FOVEA_BAD_ARGUMENT : FOVEA_NO_SUCH_NAME, table, 0, FOVEA_FIELD_NAME,
              model) {
    for (size_t i = 0; name != nullptr && name[i] != '\0' && i + 1 < FOVEA_NAME_SIZE; ++i) {
      raw_.name[i] = name[i];
    }
  }

  fovea_code code() const { return static_cast<fovea_code>(raw_.code); }
  const fovea_error& raw() const { return raw_; }
  // Says what is wrong, where and what to do. Names of `model`, or else of the model that the error
  // came from, replace indices.
  inline Message message(const Model* model = nullptr) const;

 private:
  fovea_error raw_ = {};
  fovea_model model_ = {};
};

// A value, or the error that kept it from being made. Look before using the value: after an
// error it is the default one.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(const T& value) : value_(value) {}
  Result(const Error& error) : error_(error) {}

  bool ok() const { return error_.code() == FOVEA_OK; }
  explicit operator bool() const { return ok(); }
  const Error& error() const { return error_; }
  T& operator*() { return value_; }
  const T& operator*() const { return value_; }
  T* operator->() { return &value_; }
  const T* operator->() const { return &value_; }

 private:
  T value_ = T();
  Error error_;
};

// Success, or an error.
template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(const Error& error) : error_(error) {}

  bool ok() const { return error_.code() == FOVEA_OK; }
  explicit operator bool() const { return ok(); }
  const Error& error() const { return error_; }
  void operator*() const {}  // so that one template takes any result

 private:
  Error error_;
};
using Status = Result<void>;

}  // namespace api
}  // namespace fovea

#endif  // FOVEA_RESULT_HPP_
