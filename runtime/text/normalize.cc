// Steps from the text that is given to the text that is split.

#include "runtime/features.h"
#include "runtime/text/compose.h"
#include "runtime/text/entries.h"
#include "runtime/text/hangul.h"
#include "runtime/text/prefix.h"
#include "runtime/text/ranges.h"
#include "runtime/text/utf8.h"
#include "runtime/verify.h"

namespace fovea {
namespace {

using schema::Normalization;
using schema::NormalizationKind;

bool add_jamo(uint32_t syllable, TextOutput* out) {
  const uint32_t index = syllable - hangul::kSyllable, tail = index % hangul::kTails;
  const uint32_t vowel = index / hangul::kTails % hangul::kVowels;
  return out->add(hangul::kLead + index / (hangul::kTails * hangul::kVowels)) &&
         out->add(hangul::kVowel + vowel) && (tail == 0 || out->add(hangul::kTail + tail));
}

bool replace(const Normalization& table, Text text, TextOutput* out) {
  const Keys keys = {table};
  while (text.size > 0) {
    size_t size = 0;
    const int32_t key = keys.find(text, &size);
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

fovea_code run(const Normalization& table, Text text, TextOutput* out) {
  bool fits = true;
  switch (table.kind()) {
    case NormalizationKind::Replace:
      fits = replace(table, text, out);
      break;
    case NormalizationKind::Compose:
      fits = compose(table, text, out);
      break;
    case NormalizationKind::Prepend:
      fits = (text.size == 0 || out->add(Keys{table}.value(0))) && out->add(text);
      break;
    default:
      fits = out->add(strip(table, text));
      break;
  }
  return fits ? FOVEA_OK : FOVEA_ARENA_TOO_SMALL;
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
                          static_cast<uint32_t>(NormalizationKind::Strip), where, error));
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

extern "C" constexpr fovea_normalization fovea_feature_normalization = {
    {fovea::verify_normalization, fovea::run}};
