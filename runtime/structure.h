// What the schema's tables hold, as a byte for each field, made by the compiler from flatc's
// static reflection. FlatBuffers' generated verifiers are a function for each table: 5 KB of
// firmware, and more with each operator.

#ifndef FOVEA_RUNTIME_STRUCTURE_H_
#define FOVEA_RUNTIME_STRUCTURE_H_

#include <array>
#include <type_traits>
#include <utility>

#include "runtime/schema.h"

namespace fovea::structure {

template <class... T>
struct List {};

// All tables that a model consists of, with the operators of this program's list.
#define FOVEA_OPERATOR(Kind, name) schema::Kind,
using Tables = List<
#include "runtime/operators.inc"
    schema::Model, schema::Dim, schema::Weight, schema::Cache, schema::CacheUpdate, schema::State,
    schema::Method, schema::Tensor, schema::Operator, schema::Scoring, schema::Dropout,
    schema::ReportRange, schema::Memory, schema::Tokenizer, schema::SpecialTokens, schema::Chat,
    schema::ChatJoin, schema::FingerprintRun, schema::Bytes, schema::Audio, schema::Picture,
    schema::Search, schema::GridWindows>;
#undef FOVEA_OPERATOR

template <class T, class... U>
constexpr uint8_t number_of(List<U...>) {
  constexpr bool same[] = {std::is_same_v<T, U>...};
  uint8_t i = 0;
  while (!same[i]) ++i;  // does not compile where the table is missing in Tables
  return i;
}

enum class Kind : uint8_t { Scalar, Vector, Strings, String, Union, Table, Tables };

// Its argument: bytes of a scalar or of a vector's element, the number of a table.
class Field {
 private:
  static constexpr size_t kSizes = 16, kTable = static_cast<size_t>(Kind::Table) * kSizes;

 public:
  static constexpr size_t kMostSize = kSizes - 1, kMostTables = (256 - kTable) / 2;

  constexpr Field() = default;
  constexpr Field(Kind kind, size_t argument) {
    const size_t first = kind == Kind::Tables  ? kTable + kMostTables
                         : kind == Kind::Table ? kTable
                                               : static_cast<size_t>(kind) * kSizes;
    code_ = static_cast<uint8_t>(first + argument);
  }
  constexpr Kind kind() const {
    if (code_ < kTable) return static_cast<Kind>(code_ / kSizes);
    return code_ < kTable + kMostTables ? Kind::Table : Kind::Tables;
  }
  constexpr uint8_t argument() const {
    if (code_ < kTable) return code_ % kSizes;
    return static_cast<uint8_t>((code_ - kTable) % kMostTables);
  }

 private:
  uint8_t code_ = 0;
};

// A field by the type that its accessor returns.
template <class T>
struct FieldOf {
  static_assert(std::is_arithmetic_v<T> || std::is_enum_v<T>);
  static constexpr Field value{Kind::Scalar, sizeof(T)};
};
template <class T>
struct FieldOf<const T*> {
  static constexpr Field value{Kind::Table, number_of<T>(Tables())};
};
template <>
struct FieldOf<const void*> {
  static constexpr Field value{Kind::Union, 0};
};
template <>
struct FieldOf<const flatbuffers::String*> {
  static constexpr Field value{Kind::String, 1};
};
template <class T>
struct FieldOf<const flatbuffers::Vector<T>*> {
  static_assert(sizeof(T) <= Field::kMostSize);
  static constexpr Field value{Kind::Vector, sizeof(T)};
};
template <class T>
struct FieldOf<const flatbuffers::Vector<flatbuffers::Offset<T>>*> {
  static constexpr Field value{Kind::Tables, number_of<T>(Tables())};
};
template <>
struct FieldOf<const flatbuffers::Vector<flatbuffers::Offset<flatbuffers::String>>*> {
  static constexpr Field value{Kind::Strings, 0};
};

// The fields of table i are all[first[i]] to all[first[i + 1]], in the order of their slots.
template <size_t tables, size_t fields>
struct Layout {
  std::array<uint16_t, tables + 1> first{};
  std::array<Field, fields> all{};
};

template <class T, size_t count, size_t... I>
constexpr void append(std::array<Field, count>& all, uint16_t& end, std::index_sequence<I...>) {
  ((all[end++] = FieldOf<typename T::Traits::template FieldType<I>>::value), ...);
}

template <class... T>
constexpr auto layout_of(List<T...>) {
  static_assert(sizeof...(T) <= Field::kMostTables);
  Layout<sizeof...(T), (size_t{0} + ... + T::Traits::fields_number)> layout;
  uint16_t end = 0;
  size_t table = 0;
  ((append<T>(layout.all, end, std::make_index_sequence<T::Traits::fields_number>()),
    layout.first[++table] = end),
   ...);
  return layout;
}

}  // namespace fovea::structure

#endif  // FOVEA_RUNTIME_STRUCTURE_H_
