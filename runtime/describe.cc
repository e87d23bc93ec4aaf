// Sentences for errors. Linked only into programs that call fovea_describe.

#include "runtime/model.h"

namespace fovea {
namespace {

// Appends to a text of fixed size; what does not fit is left out, the length still counts.
class Line {
 public:
  Line(char* text, size_t size) : text_(text), size_(size) {
    if (size_ > 0) text_[0] = '\0';
  }

  Line& operator<<(const char* s) {
    for (; *s != '\0'; ++s) put(*s);
    return *this;
  }
  Line& operator<<(uint64_t number) {
    char digits[20];
    int n = 0;
    do {
      digits[n++] = static_cast<char>('0' + number % 10);
      number /= 10;
    } while (number != 0);
    while (n > 0) put(digits[--n]);
    return *this;
  }
  // A number from data, which may be negative.
  Line& signed_number(uint64_t bits) {
    if (static_cast<int64_t>(bits) >= 0) return *this << bits;
    return *this << "-" << uint64_t{0} - bits;
  }
  // A checksum: eight digits.
  Line& hexadecimal(uint64_t number) {
    for (int shift = 28; shift >= 0; shift -= 4) put("0123456789abcdef"[number >> shift & 15]);
    return *this;
  }
  size_t length() const { return length_; }

 private:
  void put(char c) {
    if (length_ + 1 < size_) {
      text_[length_] = c;
      text_[length_ + 1] = '\0';
    }
    ++length_;
  }
  char* text_;
  size_t size_;
  size_t length_ = 0;
};

const char* problem(uint32_t code) {
  switch (code) {
    case FOVEA_OK:
      return "no error";
    case FOVEA_NOT_A_MODEL:
      return "this is not a .fovea file";
    case FOVEA_UNKNOWN_VERSION:
      return "format version ";
    case FOVEA_TRUNCATED:
      return "the file is cut short or has extra bytes: ";
    case FOVEA_BAD_CHECKSUM:
      return "the bytes are damaged: CRC ";
    case FOVEA_BAD_STRUCTURE:
      return "the header is not well formed";
    case FOVEA_UNKNOWN_FEATURE:
      return "the file needs a feature that this library lacks";
    case FOVEA_BAD_VALUE:
      return "a value is not allowed: ";
    case FOVEA_BAD_SHAPE:
      return "a shape does not fit: ";
    case FOVEA_BAD_PLAN:
      return "memory is planned for two things at once or used too early: ";
    case FOVEA_UNKNOWN_OPERATOR:
      return "this program does not contain operator kind ";
    case FOVEA_BAD_ARGUMENT:
      return "an argument is not allowed: ";
    case FOVEA_MISALIGNED:
      return "memory is not aligned: ";
    case FOVEA_ARENA_TOO_SMALL:
      return "memory is too small: ";
    case FOVEA_NO_SUCH_NAME:
      return "the model has nothing of that name";
    case FOVEA_NO_SUCH_ROW:
      return "this build or CPU lacks the instruction set asked for";
    case FOVEA_WRONG_TYPE:
      return "the element type is wrong: ";
    case FOVEA_WRONG_SHAPE:
      return "the shape is wrong: ";
    case FOVEA_OUT_OF_RANGE:
      return "a value in the data is out of range: ";
    case FOVEA_CONTEXT_FULL:
      return "the context is full: ";
    case FOVEA_BAD_SAVED_STATE:
      return "these bytes are not a saved state of this model";
    case FOVEA_BUSY:
      return "a sliced run is not finished; finish or cancel it";
    case FOVEA_WRONG_RESULT:
      return "this machine computes other bits than the file says: CRC ";
  }
  return "unknown error";
}

void details(Line& line, const fovea_error& e) {
  switch (e.code) {
    case FOVEA_UNKNOWN_VERSION:
      line << e.a << ", this library reads " << e.b << "; convert again or update";
      break;
    case FOVEA_TRUNCATED:
      line << e.a << " bytes, " << e.b << " needed";
      break;
    case FOVEA_BAD_CHECKSUM:
    case FOVEA_WRONG_RESULT:
      line.hexadecimal(e.a) << ", expected ";
      line.hexadecimal(e.b);
      break;
    case FOVEA_BAD_VALUE:
    case FOVEA_BAD_ARGUMENT:
      line << e.a << ", allowed up to " << e.b;
      break;
    case FOVEA_BAD_SHAPE:
    case FOVEA_WRONG_TYPE:
    case FOVEA_WRONG_SHAPE:
      line << e.a << " where " << e.b << " is needed";
      break;
    case FOVEA_BAD_PLAN:
      line << "tensors " << e.a << " and " << e.b;
      break;
    case FOVEA_UNKNOWN_OPERATOR:
      line << e.a;
      break;
    case FOVEA_MISALIGNED:
      line << e.a << " bytes past a multiple of " << e.b;
      break;
    case FOVEA_ARENA_TOO_SMALL:
      line << e.a << " bytes, " << e.b << " needed";
      break;
    case FOVEA_OUT_OF_RANGE:
      line.signed_number(e.a) << ", it must be from 0 to " << (e.b == 0 ? 0 : e.b - 1);
      break;
    case FOVEA_CONTEXT_FULL:
      line << e.a << " tokens, it holds " << e.b;
      break;
    default:
      break;
  }
}

const char* field_name(uint32_t field) {
  static const char* const kNames[] = {
      "",         "preamble", "header",       "weights",        "name",
      "type",     "layout",   "shape",        "offset",         "size",
      "input",    "output",   "weight",       "state",          "value",
      "lifetime", "count",    "state memory", "planned memory", "scratch memory",
      "sequence"};
  return field < sizeof kNames / sizeof kNames[0] ? kNames[field] : "";
}

const char* table_name(uint32_t table) {
  static const char* const kNames[] = {"file",      "model",       "dim",    "weight",   "cache",
                                       "state",     "method",      "tensor", "operator", "update",
                                       "tokenizer", "fingerprint", "arena",  "session"};
  return table < sizeof kNames / sizeof kNames[0] ? kNames[table] : "item";
}

template <class Vector>
const char* name_at(const Vector* list, uint32_t index) {
  return index < size_of(list) ? text_of(list->Get(index)->name()) : "";
}

// The name of what the error concerns, or "".
const char* item_name(const Model& m, const fovea_error& e) {
  const schema::Model* root = m.root;
  const schema::Method* method = e.parent < m.method_count() ? m.method(e.parent) : nullptr;
  switch (e.table) {
    case FOVEA_TABLE_DIM:
      return name_at(root->dims(), e.index);
    case FOVEA_TABLE_WEIGHT:
      return name_at(root->weights(), e.index);
    case FOVEA_TABLE_CACHE:
      return name_at(root->caches(), e.index);
    case FOVEA_TABLE_STATE:
      return name_at(root->states(), e.index);
    case FOVEA_TABLE_METHOD:
      return name_at(root->methods(), e.index);
    case FOVEA_TABLE_TENSOR:
      return method ? name_at(method->tensors(), e.index) : "";
    case FOVEA_TABLE_OPERATOR:
      return method != nullptr && e.index < size_of(method->operators())
                 ? schema::EnumNameAttributes(method->operators()->Get(e.index)->attributes_type())
                 : "";
    default:
      return "";
  }
}

bool has_parent(uint32_t table) {
  return table == FOVEA_TABLE_TENSOR || table == FOVEA_TABLE_OPERATOR ||
         table == FOVEA_TABLE_UPDATE;
}

void place(Line& line, const fovea_model* model, const fovea_error& e) {
  line << " (" << table_name(e.table);
  if (e.table > FOVEA_TABLE_MODEL && e.table < FOVEA_TABLE_ARENA) line << " " << e.index;
  const char* name = model == nullptr ? "" : item_name(view(model), e);
  if (name[0] != '\0') line << " '" << name << "'";
  if (has_parent(e.table)) line << " of method " << e.parent;
  if (e.field != FOVEA_FIELD_NONE) line << ", " << field_name(e.field);
  const bool numbered = e.field == FOVEA_FIELD_INPUT || e.field == FOVEA_FIELD_OUTPUT ||
                        e.field == FOVEA_FIELD_WEIGHT || e.field == FOVEA_FIELD_SEQUENCE;
  if (numbered) line << " " << e.slot;
  line << ")";
}

}  // namespace
}  // namespace fovea

extern "C" size_t fovea_describe(const fovea_model* model, const fovea_error* error, char* text,
                                 size_t size) {
  fovea::Line line(text, size);
  line << fovea::problem(error->code);
  fovea::details(line, *error);
  if (error->code != FOVEA_OK) fovea::place(line, model, *error);
  return line.length();
}
