// Which part of a model an error concerns.

#ifndef FOVEA_RUNTIME_DESCRIBE_PLACE_H_
#define FOVEA_RUNTIME_DESCRIBE_PLACE_H_

#include "runtime/line.h"
#include "runtime/model.h"

namespace fovea {

// What an error is about: the model is one without parts where the caller gave none.
struct Concern {
  Model model;
  const fovea_error& error;

  // Null where there is no such method.
  const schema::Method* method(uint32_t index) const {
    return index < model.method_count() ? model.method(index) : nullptr;
  }
};

// "method", "dim", ...
const char* table_name(uint32_t table);
// "method 'forward'", or "method 0" where it is unknown.
void say_method(Line& line, const Concern& concern, uint32_t index);
// "input 3 'lengths' of method 'forward'", "tokenizer 0 'text'", ...
void say_place(Line& line, const Concern& concern);

}  // namespace fovea

#endif  // FOVEA_RUNTIME_DESCRIBE_PLACE_H_
