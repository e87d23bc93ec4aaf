// Sentences for errors. Linked only into programs that call fovea_describe.

#include "kernels/kernels.h"
#include "runtime/describe_place.h"

namespace fovea {
namespace {

const char* type_name(uint64_t type) {
  if (type == FOVEA_UINT8) return "uint8";
  return type == FOVEA_FLOAT32 ? "float32" : type == FOVEA_INT32 ? "int32" : "an unknown type";
}

// ", only: 'a', 'b'", or ", it has none". A file may have many long names, all of them one string.
class Names {
 public:
  explicit Names(Line& line) : line_(line) {}
  ~Names() {
    if (count_ == 0) line_ << ", it has none";
    if (count_ > kMost) line_ << " and " << count_ - kMost << " more";
  }
  void add(const char* name) {
    if (count_ < kMost) (line_ << (count_ == 0 ? ", only: " : ", ")).name(name);
    ++count_;
  }
  template <class Vector>
  void add_all(const Vector* list) {
    for (uint32_t i = 0; i < size_of(list); ++i) add(text_of(list->Get(i)->name()));
  }

 private:
  static constexpr uint32_t kMost = 32;
  Line& line_;
  uint32_t count_ = 0;
};

// The model's own table of methods, dims, caches or tokenizers.
void say_names(Line& line, const schema::Model* root, uint32_t table) {
  Names names(line);
  if (table == FOVEA_TABLE_METHOD) names.add_all(root->methods());
  if (table == FOVEA_TABLE_DIM) names.add_all(root->dims());
  if (table == FOVEA_TABLE_CACHE) names.add_all(root->caches());
  if (table == FOVEA_TABLE_TOKENIZER) names.add_all(root->tokenizers());
}

void no_such_name(Line& line, const Concern& c) {
  const bool input = c.error.field == FOVEA_FIELD_INPUT;
  const schema::Method* method = c.method(c.error.index);
  if (input || c.error.field == FOVEA_FIELD_OUTPUT) {
    say_method(line, c, c.error.index);
    (line << (input ? " has no input " : " has no output ")).name(c.error.name);
    if (method == nullptr) return;
    Names names(line);
    const auto* list = input ? method->inputs() : method->outputs();
    for (uint32_t i = 0; i < size_of(list); ++i) {
      names.add(text_of(method->tensors()->Get(list->Get(i))->name()));
    }
    return;
  }
  const uint32_t table = c.error.table;
  line << "the model has no "
       << (table == FOVEA_TABLE_METHOD      ? "method "
           : table == FOVEA_TABLE_DIM       ? "dim "
           : table == FOVEA_TABLE_CACHE     ? "cache "
           : table == FOVEA_TABLE_TOKENIZER ? "tokenizer "
                                            : "part ");
  line.name(c.error.name);
  if (c.model.preamble != nullptr) say_names(line, c.model.root, table);
}

void no_such_row(Line& line, const fovea_error& e) {
  (line << "this build or CPU lacks the instruction set ").name(e.name);
  Names names(line);
  for (const kernels::Kernels* const* row = kernels::compiled_rows(); *row != nullptr; ++row) {
    if (kernels::cpu_has(**row)) names.add((*row)->name);
  }
}

void bad_argument(Line& line, const fovea_error& e) {
  if (e.field == FOVEA_FIELD_COUNT && e.table == FOVEA_TABLE_SESSION) {
    line << "an executor " << (e.b == 1 ? "without a function `run` " : "") << "cannot have " << e.a
         << " workers, at most " << e.b;
  } else if (e.field == FOVEA_FIELD_COUNT) {
    line << "there is no " << table_name(e.table) << " " << e.a << ", the model has " << e.b;
  } else if (e.a == 0 && e.b == 0) {
    line << "an argument is missing: it is null";
  } else if (e.table == FOVEA_TABLE_DIM && e.field == FOVEA_FIELD_EXTENTS) {
    line << "this dim follows from others and is not set";
  } else if (e.table == FOVEA_TABLE_DIM) {
    line << "a value is not allowed: " << e.a << ", it must be from 1 to " << e.b;
  } else {
    line << "an argument is not allowed: " << e.a << ", allowed up to " << e.b;
  }
}

void truncated(Line& line, const fovea_error& e) {
  if (e.a == 0) {
    line << "the file is empty, " << e.b << " bytes are needed";
  } else if (e.a < e.b) {
    line << "the file is cut short: " << e.a << " bytes, " << e.b << " needed";
  } else {
    line << "the file has extra bytes: " << e.a << " bytes, it says " << e.b;
  }
}

// Which dim an extent follows is what a caller has to set.
void wrong_shape(Line& line, const Concern& c) {
  const fovea_error& e = c.error;
  if (e.table == FOVEA_TABLE_TOKENIZER) {
    line << "the model takes one text, not two";
    return;
  }
  if (e.field == FOVEA_FIELD_COUNT) {
    line << "the shape is wrong: rank " << e.a << " where " << e.b << " is needed";
    return;
  }
  line << "the shape is wrong: extent " << e.slot << " is " << e.a << " where " << e.b
       << " is needed";
  const schema::Method* method = c.method(e.parent);
  if (method == nullptr || e.index >= size_of(method->tensors())) return;
  const auto* dims = method->tensors()->Get(e.index)->dims();
  const int32_t dim = e.slot < size_of(dims) ? dims->Get(e.slot) : -1;
  if (dim < 0) return;
  const auto* table = c.model.root->dims();
  (line << " at the present dim ").name(text_of(table->Get(static_cast<uint32_t>(dim))->name()));
}

// The caller sets the dim, too.
void wrong_lengths(Line& line, const Concern& c) {
  line << "the lengths add up to " << c.error.a << " where ";
  const schema::Method* method = c.method(c.error.parent);
  const auto* dims = c.model.root->dims();
  if (method == nullptr || method->packed() >= size_of(dims)) {
    line << c.error.b << " is needed";
    return;
  }
  (line << "the dim ").name(text_of(dims->Get(method->packed())->name()));
  line << " is " << c.error.b;
}

// Which role stands before, and what may follow it. `b` is a join that says both.
void no_such_turn(Line& line, const Concern& c) {
  const bool answer = c.error.name[0] == '\0';
  line << (answer ? "an answer" : "a message of the role ");
  if (!answer) line.name(c.error.name);
  line << " may not stand ";
  const schema::Chat* chat = c.model.preamble == nullptr ? nullptr : c.model.root->chat();
  const auto* joins = chat == nullptr ? nullptr : chat->joins();
  if (c.error.b >= size_of(joins)) {
    line << "there: no conversation of this model goes so";
    return;
  }
  const auto* known = joins->Get(static_cast<uint32_t>(c.error.b));
  if (known->after() == nullptr) {
    line << "first in a conversation";
  } else {
    (line << "behind one of the role ").name(text_of(known->after()));
  }
  line << ", only: ";
  bool first = true;
  for (uint32_t i = 0; i < size_of(joins); ++i) {
    const auto* join = joins->Get(i);
    if (std::strcmp(text_of(join->after()), text_of(known->after())) != 0) continue;
    line << (first ? "" : ", ");
    first = false;
    if (join->before() == nullptr) {
      line << "the answer";
    } else {
      line.name(text_of(join->before()));
    }
  }
}

void bad_saved_state(Line& line, const fovea_error& e) {
  if (e.a == e.b) {
    line << "these bytes are not a saved state of this model";
  } else {
    (line << "this saved state is damaged: CRC ").crc(e.a) << ", expected ";
    line.crc(e.b);
  }
}

// A feature of the runtime that the program does without, or one that a newer library has.
const char* unknown_feature(uint64_t feature) {
  static constexpr const char* kSentences[] = {
      "the file needs a feature that this library lacks",
#define FOVEA_FEATURE(name, words) "this program does not contain " words,
#include "runtime/features.inc"
#undef FOVEA_FEATURE
  };
  return kSentences[feature < sizeof kSentences / sizeof kSentences[0] ? feature : 0];
}

// What stands before, between and behind the two numbers of an error.
struct TwoNumbers {
  fovea_code code;
  const char *before, *between, *behind;
};
constexpr TwoNumbers kTwoNumbers[] = {
    {FOVEA_UNKNOWN_VERSION, "format version ", ", this library reads ",
     "; convert again or update"},
    {FOVEA_BAD_VALUE, "a value is not allowed: ", ", allowed up to ", ""},
    {FOVEA_BAD_SHAPE, "a shape does not fit: ", " where ", " is needed"},
    {FOVEA_BAD_PLAN, "memory is planned for two things at once or used too early: tensors ",
     " and ", ""},
    {FOVEA_MISALIGNED, "memory is not aligned: ", " bytes past a multiple of ", ""},
    {FOVEA_ARENA_TOO_SMALL, "memory is too small: ", " bytes, ", " needed"},
    {FOVEA_UNKNOWN_REVISION, "arithmetic revision ", ", this library computes revision ",
     "; convert again or use the library of that revision"},
    {FOVEA_CONTEXT_TOO_SMALL, "a run may store more than the cache holds: ", " tokens, ",
     " fit; lower the maximum or raise the context"},
    {FOVEA_CONTEXT_FULL, "the context is full: ", " tokens, it holds ", ""},
};

void say_checksums(Line& line, const char* what, const fovea_error& e) {
  (line << what << ": CRC ").crc(e.a) << ", expected ";
  line.crc(e.b);
}

// The sentence for codes with numbers. False for another code.
bool say_numbers(Line& line, const fovea_error& e) {
  for (const TwoNumbers& s : kTwoNumbers) {
    if (static_cast<uint32_t>(s.code) != e.code) continue;
    line << s.before << e.a << s.between << e.b << s.behind;
    return true;
  }
  switch (e.code) {
    case FOVEA_BAD_CHECKSUM:
      say_checksums(line, "the bytes are damaged", e);
      return true;
    case FOVEA_WRONG_RESULT:
      say_checksums(line, "this machine computes other bits than the file says", e);
      return true;
    case FOVEA_WRONG_TYPE:
      line << "the element type is wrong: " << type_name(e.a) << " where " << type_name(e.b)
           << " is needed";
      return true;
    case FOVEA_UNKNOWN_OPERATOR:
      line << "this program does not contain operator kind " << e.a;
      if (e.b != 0)
        line << " for weights of " << schema::EnumNameDType(static_cast<schema::DType>(e.b));
      return true;
    case FOVEA_UNKNOWN_FEATURE:
      line << unknown_feature(e.a);
      return true;
    case FOVEA_OUT_OF_RANGE:
      line << "a value in the data is out of range: ";
      line.signed_number(e.a) << ", it must be from 0 to " << (e.b == 0 ? 0 : e.b - 1);
      return true;
    case FOVEA_NO_PIECE:
      line << "the tokenizer has no piece for a character: ";
      line.character(e.a) << " at byte " << e.b << " of the text";
      return true;
    default:
      return false;
  }
}

const char* plain_sentence(uint32_t code) {
  switch (code) {
    case FOVEA_NOT_A_MODEL:
      return "this is not a .fovea file";
    case FOVEA_BAD_STRUCTURE:
      return "the header is not well formed, or shares its parts too often";
    case FOVEA_NOT_STORED:
      return "keys or values may be read that no run has stored";
    case FOVEA_TOO_COMPLEX:
      return "the header's parts are shared or entangled more than its bytes explain";
    case FOVEA_EMPTY_CONTENT:
      return "a message has nothing but white space, which this model's conversations do not have";
    case FOVEA_BUSY:
      return "a sliced run is not finished; finish or cancel it";
    default:
      return "unknown error";
  }
}

// What is wrong. False where the sentence has said the place, too.
bool say_problem(Line& line, const Concern& c) {
  switch (c.error.code) {
    case FOVEA_NO_SUCH_NAME:
      no_such_name(line, c);
      return false;
    case FOVEA_NO_SUCH_ROW:
      no_such_row(line, c.error);
      return false;
    case FOVEA_BAD_ARGUMENT:
      bad_argument(line, c.error);
      return c.error.field != FOVEA_FIELD_COUNT;
    case FOVEA_TRUNCATED:
      truncated(line, c.error);
      return true;
    case FOVEA_WRONG_SHAPE:
      wrong_shape(line, c);
      return true;
    case FOVEA_NO_SUCH_TURN:
      no_such_turn(line, c);
      return true;
    case FOVEA_WRONG_LENGTHS:
      wrong_lengths(line, c);
      return true;
    case FOVEA_BAD_SAVED_STATE:
      bad_saved_state(line, c.error);
      return false;
    default:
      if (!say_numbers(line, c.error)) line << plain_sentence(c.error.code);
      return true;
  }
}

}  // namespace
}  // namespace fovea

extern "C" size_t fovea_describe(const fovea_model* model, const fovea_error* error, char* text,
                                 size_t size) {
  fovea::Line line(text, size);
  if (error == nullptr || error->code == FOVEA_OK) {
    line << "no error";
    return line.length();
  }
  fovea_error copy = *error;
  copy.name[FOVEA_NAME_SIZE - 1] = '\0';
  const fovea::Concern concern = {fovea::view(model), copy};
  if (fovea::say_problem(line, concern)) {
    line << " (";
    fovea::say_place(line, concern);
    line << ")";
  }
  return line.length();
}
