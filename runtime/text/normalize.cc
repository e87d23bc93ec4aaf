// Steps from the text that is given to the text that is split.

#include "runtime/checked.h"
#include "runtime/features.h"
#include "runtime/text/compose.h"
#include "runtime/text/hangul.h"
#include "runtime/text/prefix.h"
#include "runtime/text/ranges.h"
#include "runtime/text/utf8.h"
#include "runtime/verify.h"

namespace fovea {
namespace {

using schema::Normalization;
using schema::NormalizationKind;

constexpr uint32_t kLongestEntry = 64;  // bytes: each place of a text takes as many steps at most

// Entry i of a list of texts that lie one after the other.
Text entry(const flatbuffers::Vector<uint8_t>* bytes, const flatbuffers::Vector<uint32_t>* ends,
           uint32_t i) {
  if (bytes == nullptr) return {};
  const uint32_t begin = i == 0 ? 0 : ends->Get(i - 1);
  return {reinterpret_cast<const char*>(bytes->data()) + begin, ends->Get(i) - begin};
}

struct Keys {
  const Normalization& table;

  uint32_t size() const { return size_of(table.key_ends()); }
  Text at(uint32_t i) const { return entry(table.keys(), table.key_ends(), i); }
  Text value(uint32_t i) const { return entry(table.values(), table.value_ends(), i); }
};

bool add_jamo(uint32_t syllable, TextOutput* out) {
  const uint32_t index = syllable - hangul::kSyllable, tail = index % hangul::kTails;
  const uint32_t vowel = index / hangul::kTails % hangul::kVowels;
  return out->add(hangul::kLead + index / (hangul::kTails * hangul::kVowels)) &&
         out->add(hangul::kVowel + vowel) && (tail == 0 || out->add(hangul::kTail + tail));
}

bool replace(const Normalization& table, Text text, TextOutput* out) {
  const Keys keys = {table};
  const PrefixSearch<Keys> search(keys);
  while (text.size > 0) {
    size_t size = 0;
    const int32_t key = longest_prefix(search, text, &size, [](int32_t) { return true; });
    const CodePoint point = first_point(text);
    bool fits = true;
    if (key >= 0) {
      fits = out->add(keys.value(static_cast<uint32_t>(key)));
    } else if (table.hangul() && hangul::is_syllable(point.value)) {
      fits = add_jamo(point.value, out);
    } else if (!in_ranges(table.removed(), point.value)) {
      fits = out->add(Text{text.data, point.size});
    }
    if (!fits) return false;
    if (key < 0) size = point.size;
    text = {text.data + size, text.size - size};
  }
  return true;
}

Text strip(const Normalization& table, Text text) {
  while (table.left() && text.size > 0) {
    const CodePoint point = first_point(text);
    if (!is_space(point.value)) break;
    text = {text.data + point.size, text.size - point.size};
  }
  while (table.right() && text.size > 0 && is_space(last_point(text))) {
    text.size -= last_point_size(text);
  }
  return text;
}

bool run(const Normalization& table, Text text, char* room, size_t capacity, size_t* size) {
  TextOutput out = {room, capacity};
  bool fits = true;
  switch (table.kind()) {
    case NormalizationKind::Replace:
      fits = replace(table, text, &out);
      break;
    case NormalizationKind::Compose:
      fits = compose(table, text, &out);
      break;
    case NormalizationKind::Prepend:
      fits = (text.size == 0 || out.add(Keys{table}.value(0))) && out.add(text);
      break;
    case NormalizationKind::Strip:
      fits = out.add(strip(table, text));
      break;
  }
  *size = out.size;
  return fits;
}

// The largest of what the bytes of a text become, as `made` bytes of `of`.
struct Ratio {
  uint32_t made, of;

  void include(Ratio other) {
    if (uint64_t{other.made} * of > uint64_t{made} * other.of) *this = other;
  }
};

uint64_t growth(const Normalization& table, uint64_t size, uint64_t texts) {
  const Keys keys = {table};
  const uint32_t first =
      size_of(table.value_ends()) == 0 ? 0 : static_cast<uint32_t>(keys.value(0).size);
  if (table.kind() == NormalizationKind::Prepend) {
    return (Checked(size) + Checked(texts) * first).value();
  }
  Ratio most = {1, 1};
  if (table.kind() == NormalizationKind::Replace) {
    if (table.hangul()) most = {3, 1};  // of 3 bytes three jamo
    for (uint32_t i = 0; i < keys.size(); ++i) {
      most.include(
          {static_cast<uint32_t>(keys.value(i).size), static_cast<uint32_t>(keys.at(i).size)});
    }
  }
  const Checked made = Checked(size) * most.made;
  return made.within(UINT64_MAX - 1) ? made.value() / most.of + 1 : UINT64_MAX;
}

// Ends that ascend within `bytes`, each entry as long as allowed.
fovea_code verify_entries(const flatbuffers::Vector<uint8_t>* bytes,
                          const flatbuffers::Vector<uint32_t>* ends, uint32_t shortest,
                          const Where& where, fovea_error* error) {
  uint32_t begin = 0;
  for (uint32_t i = 0; i < size_of(ends); ++i) {
    const uint32_t end = ends->Get(i);
    FOVEA_TRY(check_at_most(end, size_of(bytes), where, error));
    if (end < begin || end - begin < shortest || end - begin > kLongestEntry) {
      return fail(error, FOVEA_BAD_VALUE, where, end, begin + kLongestEntry);
    }
    begin = end;
  }
  return FOVEA_OK;
}

size_t point_size(uint32_t point) {
  char bytes[4];
  return write_point(point, bytes);
}

// What composes gets no longer by it.
fovea_code verify_composition(const Normalization& table, const Where& where, fovea_error* error) {
  if (size_of(table.marks()) != size_of(table.mark_classes())) {
    return fail(error, FOVEA_BAD_SHAPE, where, size_of(table.mark_classes()),
                size_of(table.marks()));
  }
  for (uint32_t i = 0; i < size_of(table.compositions()); ++i) {
    const schema::Composition* c = table.compositions()->Get(i);
    if (point_size(c->composed()) > point_size(c->first()) + point_size(c->second())) {
      return fail(error, FOVEA_BAD_VALUE, where, c->composed(), c->first());
    }
  }
  return FOVEA_OK;
}

fovea_code verify_normalization(const Normalization& table, const Where& tokenizer,
                                fovea_error* error) {
  const Where where = tokenizer.at(FOVEA_FIELD_ATTRIBUTE, tokenizer.slot);
  FOVEA_TRY(check_at_most(static_cast<uint32_t>(table.kind()),
                          static_cast<uint32_t>(NormalizationKind::MAX), where, error));
  const bool prepends = table.kind() == NormalizationKind::Prepend;
  const uint32_t values = prepends ? 1 : size_of(table.key_ends());
  if (size_of(table.value_ends()) != values) {
    return fail(error, FOVEA_BAD_SHAPE, where, size_of(table.value_ends()), values);
  }
  FOVEA_TRY(verify_entries(table.keys(), table.key_ends(), 1, where, error));
  FOVEA_TRY(verify_entries(table.values(), table.value_ends(), 0, where, error));
  return verify_composition(table, where, error);
}

}  // namespace
}  // namespace fovea

extern "C" constexpr fovea_normalization fovea_feature_normalization = {fovea::verify_normalization,
                                                                        fovea::growth, fovea::run};
