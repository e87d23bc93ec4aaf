#include "runtime/describe_place.h"

#include "runtime/definition.h"

namespace fovea {
namespace {

const char* field_name(uint32_t field) {
  static const char* const kNames[] = {
      "",         "preamble", "header",       "weights",        "name",
      "type",     "layout",   "shape",        "offset",         "size",
      "input",    "output",   "weight",       "state",          "value",
      "lifetime", "count",    "state memory", "planned memory", "scratch memory",
      "sequence", "ring",     "window",       "kept keys"};
  return field < sizeof kNames / sizeof kNames[0] ? kNames[field] : "";
}

// Null where there is no such item, or it has no name.
template <class Vector>
const flatbuffers::String* string_at(const Vector* list, uint32_t index) {
  return index < size_of(list) ? list->Get(index)->name() : nullptr;
}

template <class Vector>
const char* name_at(const Vector* list, uint32_t index) {
  return text_of(string_at(list, index));
}

// The name of an item of a model's own table, or "".
const char* item_name(const Concern& c) {
  const schema::Model* root = c.model.root;
  switch (c.error.table) {
    case FOVEA_TABLE_DIM:
      return name_at(root->dims(), c.error.index);
    case FOVEA_TABLE_WEIGHT:
      return name_at(root->weights(), c.error.index);
    case FOVEA_TABLE_CACHE:
      return name_at(root->caches(), c.error.index);
    case FOVEA_TABLE_STATE:
      return name_at(root->states(), c.error.index);
    case FOVEA_TABLE_TOKENIZER:
      return name_at(root->tokenizers(), c.error.index);
    default:
      return "";
  }
}

bool lists(const flatbuffers::Vector<uint32_t>* list, uint32_t value) {
  for (uint32_t i = 0; i < size_of(list); ++i) {
    if (list->Get(i) == value) return true;
  }
  return false;
}

// What a tensor is to a caller of the method: "input", "output" or "tensor".
const char* role_of(const schema::Method& method, uint32_t tensor) {
  if (lists(method.inputs(), tensor)) return "input";
  return lists(method.outputs(), tensor) ? "output" : "tensor";
}

// " 'h'" where the tensor has a name.
void say_name(Line& line, const char* name) {
  if (name[0] != '\0') (line << " ").name(name);
}

void say_tensor(Line& line, const Concern& c, uint32_t tensor) {
  const schema::Method* method = c.method(c.error.parent);
  const char* name = method == nullptr ? "" : name_at(method->tensors(), tensor);
  line << (method == nullptr ? "tensor" : role_of(*method, tensor));
  if (name[0] == '\0') line << " " << tensor;
  say_name(line, name);
  line << " of ";
  say_method(line, c, c.error.parent);
}

// The operator that the error names, or null.
const schema::Operator* operator_of(const Concern& c) {
  const schema::Method* method = c.method(c.error.parent);
  if (method == nullptr || c.error.index >= size_of(method->operators())) return nullptr;
  return method->operators()->Get(c.error.index);
}

// The index of what the operator has in the error's slot, or -1.
int32_t operand_of(const Concern& c) {
  const schema::Operator* op = operator_of(c);
  if (op == nullptr) return -1;
  const flatbuffers::Vector<int32_t>* list = nullptr;
  if (c.error.field == FOVEA_FIELD_INPUT) list = op->inputs();
  if (c.error.field == FOVEA_FIELD_OUTPUT) list = op->outputs();
  if (c.error.field == FOVEA_FIELD_WEIGHT) list = op->weights();
  if (c.error.field == FOVEA_FIELD_STATE) list = op->states();
  return c.error.slot < size_of(list) ? list->Get(c.error.slot) : -1;
}

// What the model calls the operand in the error's slot; null where it has no name for it.
const flatbuffers::String* own_name(const Concern& c) {
  const int32_t operand = operand_of(c);
  if (operand < 0) return nullptr;
  const uint32_t index = static_cast<uint32_t>(operand);
  const schema::Model* root = c.model.root;
  if (c.error.field == FOVEA_FIELD_WEIGHT) return string_at(root->weights(), index);
  if (c.error.field == FOVEA_FIELD_STATE) return string_at(root->states(), index);
  return string_at(c.method(c.error.parent)->tensors(), index);
}

// " 'matrix', here 'qkv'" after the word input, output, weight or state: the operator's name for it
// and the model's. " 1" where the operator has no such operand.
void say_operand(Line& line, const Concern& c) {
  const schema::Operator* op = operator_of(c);
  const char* name =
      op == nullptr ? "" : operand_name(op->attributes_type(), c.error.field, c.error.slot);
  if (name[0] == '\0') line << " " << c.error.slot;
  say_name(line, name);
  const flatbuffers::String* own = own_name(c);
  if (size_of(own) > 0 && !is_name(own, name)) (line << ", here ").name(text_of(own));
}

// Data that a caller put into an input concerns that input, whichever operator looks at it.
bool is_callers(const Concern& c, int32_t operand) {
  return c.error.code == FOVEA_OUT_OF_RANGE && c.error.field == FOVEA_FIELD_INPUT && operand >= 0 &&
         lists(c.method(c.error.parent)->inputs(), static_cast<uint32_t>(operand));
}

// "scoring.kept": the schema's names of the attribute that the slot tells of (operators/check.h).
// "value" where there is none.
void say_attribute(Line& line, uint32_t slot) {
  const uint32_t kind = slot >> 16, outer = slot & 0xFF, inner = slot >> 8 & 0xFF;
  const bool known = kind > 0 && kind <= static_cast<uint32_t>(schema::Attributes::MAX);
  const flatbuffers::TypeTable* table =
      known ? schema::AttributesTypeTable()->type_refs[kind - 1]() : nullptr;
  if (table == nullptr || outer >= table->num_elems) {
    line << field_name(FOVEA_FIELD_ATTRIBUTE);
    return;
  }
  line << table->names[outer];
  const int16_t type = table->type_codes[outer].sequence_ref;
  if (inner == 0 || type < 0) return;
  const flatbuffers::TypeTable& part = *table->type_refs[type]();
  if (inner <= part.num_elems) line << "." << part.names[inner - 1];
}

void say_operator(Line& line, const Concern& c) {
  const int32_t operand = operand_of(c);
  if (is_callers(c, operand)) return say_tensor(line, c, static_cast<uint32_t>(operand));
  const schema::Operator* op = operator_of(c);
  line << "operator " << c.error.index;
  if (op != nullptr) line << " (" << schema::EnumNameAttributes(op->attributes_type()) << ")";
  line << " of ";
  say_method(line, c, c.error.parent);
  if (c.error.field == FOVEA_FIELD_NONE) return;
  line << ", ";
  if (c.error.field == FOVEA_FIELD_ATTRIBUTE) return say_attribute(line, c.error.slot);
  line << field_name(c.error.field);
  if (c.error.field >= FOVEA_FIELD_INPUT && c.error.field <= FOVEA_FIELD_STATE)
    say_operand(line, c);
}

void say_update(Line& line, const Concern& c) {
  line << "update " << c.error.index << " of ";
  say_method(line, c, c.error.parent);
  if (c.error.field != FOVEA_FIELD_NONE) line << ", " << field_name(c.error.field);
}

// An item of one of the model's own tables, or the file, the arena, the session.
void say_item(Line& line, const Concern& c) {
  const uint32_t table = c.error.table;
  line << table_name(table);
  if (table > FOVEA_TABLE_MODEL && table < FOVEA_TABLE_ARENA) line << " " << c.error.index;
  say_name(line, item_name(c));
  if (c.error.field == FOVEA_FIELD_NONE) return;
  line << ", " << field_name(c.error.field);
  const bool numbered = c.error.field == FOVEA_FIELD_INPUT || c.error.field == FOVEA_FIELD_OUTPUT ||
                        c.error.field == FOVEA_FIELD_WEIGHT ||
                        c.error.field == FOVEA_FIELD_SEQUENCE;
  if (numbered) line << " " << c.error.slot;
}

}  // namespace

const char* table_name(uint32_t table) {
  static const char* const kNames[] = {"file",      "model",       "dim",    "weight",   "cache",
                                       "state",     "method",      "tensor", "operator", "update",
                                       "tokenizer", "fingerprint", "arena",  "session",  "chat"};
  return table < sizeof kNames / sizeof kNames[0] ? kNames[table] : "item";
}

void say_method(Line& line, const Concern& c, uint32_t index) {
  const schema::Method* method = c.method(index);
  const char* name = method == nullptr ? "" : text_of(method->name());
  line << "method";
  if (name[0] == '\0') line << " " << index;
  say_name(line, name);
}

void say_place(Line& line, const Concern& c) {
  switch (c.error.table) {
    case FOVEA_TABLE_METHOD:
      say_method(line, c, c.error.index);
      if (c.error.field != FOVEA_FIELD_NONE) line << ", " << field_name(c.error.field);
      if ((c.error.field == FOVEA_FIELD_INPUT || c.error.field == FOVEA_FIELD_OUTPUT) &&
          c.error.code != FOVEA_BAD_ARGUMENT) {
        line << " " << c.error.slot;
      }
      return;
    case FOVEA_TABLE_TENSOR:
      say_tensor(line, c, c.error.index);
      if (c.error.field == FOVEA_FIELD_NONE || c.error.code == FOVEA_WRONG_SHAPE) return;
      line << ", " << field_name(c.error.field);
      if (c.error.field == FOVEA_FIELD_SEQUENCE) line << " " << c.error.slot;
      return;
    case FOVEA_TABLE_OPERATOR:
      return say_operator(line, c);
    case FOVEA_TABLE_UPDATE:
      return say_update(line, c);
    case FOVEA_TABLE_CHAT:
      line << (c.error.field == FOVEA_FIELD_ATTRIBUTE ? "chat, join " : "chat, message ")
           << c.error.index;
      return;
    default:
      return say_item(line, c);
  }
}

}  // namespace fovea
