#include "runtime/structure.h"
#include "runtime/verify.h"

namespace fovea {
namespace {

using structure::Field;
using structure::Kind;

constexpr auto kLayout = structure::layout_of(structure::Tables());

// By type of attributes: the number of its table, and one. 0: this program's list lacks it.
constexpr auto kTableOf = [] {
  std::array<uint8_t, static_cast<size_t>(schema::Attributes::MAX) + 1> numbers{};
#define FOVEA_OPERATOR(Kind, name)                         \
  numbers[static_cast<size_t>(schema::Attributes::Kind)] = \
      structure::number_of<schema::Kind>(structure::Tables()) + 1;
#include "runtime/operators.inc"
#undef FOVEA_OPERATOR
  return numbers;
}();

// FlatBuffers would call strncmp(), 130 bytes of firmware that nothing else needs.
bool has_identifier(const unsigned char* header, uint64_t size) {
  const char* id = schema::ModelIdentifier();
  constexpr uint64_t kOffset = sizeof(flatbuffers::uoffset_t);
  if (size < kOffset + flatbuffers::kFileIdentifierLength) return false;
  for (size_t i = 0; i < flatbuffers::kFileIdentifierLength; ++i) {
    if (header[kOffset + i] != static_cast<unsigned char>(id[i])) return false;
  }
  return true;
}

// Does what the generated Model::Verify() does, from the table of structure.h, with the checks of
// FlatBuffers' verifier; elements of vectors may not refer to themselves either. Places are bytes
// from the header's start.
//
// Parts of a FlatBuffer may be shared, so that a few bytes stand for many tables. The verifier
// counts a table each time it is referred to. Without sharing a table takes 16 bytes on the average
// or more: 4 for itself, 4 for the reference to it, and its fields; an empty one stands beside the
// operator whose attributes it is, which takes 24. Of strings of vectors the references are
// counted, which writers may well share. All that the later checks do is for a table or such a
// string, or bounded apart.
class Walk {
 public:
  Walk(const unsigned char* header, size_t size)
      : header_(header),
        strings_left_(size / sizeof(flatbuffers::uoffset_t)),
        verifier_(header, size, kDepth, static_cast<flatbuffers::uoffset_t>(size / kTableBytes)) {}

  // What the offset at `place` refers to is a table and well formed.
  bool refers_to_table(size_t place, size_t number) {
    const size_t offset = verifier_.VerifyOffset(place);
    return offset != 0 && table(place + offset, number);
  }

 private:
  static constexpr size_t kTableBytes = 16;
  static constexpr flatbuffers::uoffset_t kDepth = 8;  // a model's attributes lie four deep

  // NOLINTNEXTLINE(misc-no-recursion): bounded by kDepth
  bool table(size_t place, size_t number) {
    if (!verifier_.VerifyTableStart(header_ + place)) return false;
    const size_t first = kLayout.first[number];
    for (size_t i = first; i < kLayout.first[number + 1]; ++i) {
      if (!slot(place, i - first, kLayout.all[i])) return false;
    }
    return verifier_.EndTable();
  }

  // Where the field of a slot is; 0: it is absent.
  size_t place_of(size_t table, size_t slot) const {
    const auto at =
        static_cast<flatbuffers::voffset_t>((slot + 2) * sizeof(flatbuffers::voffset_t));
    const size_t offset =
        reinterpret_cast<const flatbuffers::Table*>(header_ + table)->GetOptionalFieldOffset(at);
    return offset == 0 ? 0 : table + offset;
  }

  bool slot(size_t table, size_t slot, Field field) {
    const size_t place = place_of(table, slot);
    if (place == 0) return true;
    switch (field.kind()) {
      case Kind::Scalar:
        return verifier_.Verify(place, field.argument()) &&
               verifier_.VerifyAlignment(place, field.argument());
      case Kind::Table:
        return refers_to_table(place, field.argument());
      case Kind::Union: {  // its type is the slot before it; one without a table is refused later
        const size_t type_place = place_of(table, slot - 1);
        const size_t type = type_place == 0 ? 0 : header_[type_place];
        const size_t number = type < kTableOf.size() ? kTableOf[type] : 0;
        return number != 0 ? refers_to_table(place, number - 1)
                           : verifier_.VerifyOffset(place) != 0;
      }
      default:
        return vector(place, field);
    }
  }

  bool vector(size_t place, Field field) {
    const size_t offset = verifier_.VerifyOffset(place);
    if (offset == 0) return false;
    const unsigned char* start = header_ + place + offset;
    if (field.kind() == Kind::String) return is_string(start);
    const bool scalars = field.kind() == Kind::Vector;
    if (!verifier_.VerifyVectorOrString(start, scalars ? field.argument() : sizeof(uint32_t))) {
      return false;
    }
    return scalars || elements(start, field);
  }

  bool is_string(const unsigned char* start) const {
    return verifier_.VerifyString(reinterpret_cast<const flatbuffers::String*>(start));
  }

  bool elements(const unsigned char* start, Field field) {
    const auto count = flatbuffers::ReadScalar<flatbuffers::uoffset_t>(start);
    if (field.kind() == Kind::Strings) {
      if (count > strings_left_) return false;
      strings_left_ -= count;
    }
    size_t place = static_cast<size_t>(start - header_);
    for (uint32_t i = 0; i < count; ++i) {
      place += sizeof(flatbuffers::uoffset_t);
      if (field.kind() == Kind::Tables) {
        if (!refers_to_table(place, field.argument())) return false;
        continue;
      }
      const size_t offset = verifier_.VerifyOffset(place);
      if (offset == 0 || !is_string(header_ + place + offset)) return false;
    }
    return true;
  }

  const unsigned char* header_;
  size_t strings_left_;
  flatbuffers::Verifier verifier_;
};

}  // namespace

fovea_code verify_structure(const unsigned char* header, uint64_t size, fovea_error* error) {
  constexpr size_t kModel = structure::number_of<schema::Model>(structure::Tables());
  if (has_identifier(header, size) &&
      Walk(header, static_cast<size_t>(size)).refers_to_table(0, kModel)) {
    return FOVEA_OK;
  }
  return fail(error, FOVEA_BAD_STRUCTURE, {FOVEA_TABLE_FILE, 0, 0, FOVEA_FIELD_HEADER});
}

}  // namespace fovea
