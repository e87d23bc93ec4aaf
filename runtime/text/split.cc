#include "runtime/text/split.h"

#include "runtime/text/utf8.h"
#include "runtime/verify.h"

namespace fovea {
namespace {

constexpr uint32_t kEnds = 0x8000;  // of an entry: a word may end before this code point
constexpr uint32_t kNone = 0x7FFF;  // of an entry: no next state

}  // namespace

fovea_code verify_splitter(const schema::Splitter& splitter, const Where& where,
                           fovea_error* error) {
  const uint32_t ranges = size_of(splitter.starts()), width = splitter.classes() + 1;
  const uint32_t entries = size_of(splitter.next());
  const Where at_classes = where.at(FOVEA_FIELD_EXTENTS);
  if (ranges == 0 || size_of(splitter.start_classes()) != ranges) {
    return fail(error, FOVEA_BAD_SHAPE, at_classes, size_of(splitter.start_classes()), ranges);
  }
  for (uint32_t i = 0; i < ranges; ++i) {
    const uint32_t start = splitter.starts()->Get(i);
    const bool ascends = i == 0 ? start == 0 : start > splitter.starts()->Get(i - 1);
    if (!ascends) return fail(error, FOVEA_BAD_VALUE, at_classes, start, 0);
    FOVEA_TRY(check_below(splitter.start_classes()->Get(i), splitter.classes(), at_classes, error));
  }
  const uint32_t states = width == 0 ? 0 : entries / width;
  if (states == 0 || states > kNone || entries % width != 0) {
    return fail(error, FOVEA_BAD_SHAPE, where.at(FOVEA_FIELD_STATE), entries, width);
  }
  for (uint32_t i = 0; i < entries; ++i) {
    const uint32_t state = splitter.next()->Get(i) & kNone;
    if (state == kNone) continue;
    FOVEA_TRY(check_below(state, states, where.at(FOVEA_FIELD_STATE, i), error));
  }
  return FOVEA_OK;
}

bool Words::next(Text* word) {
  if (found_ == 0) {
    const Text from = text_;
    found_ = match();
    while (found_ == 0 && text_.size > 0 && steps_ > 0) {
      take(first_point(text_).size);
      found_ = match();
    }
    const size_t between = from.size - text_.size;
    if (between > 0 && !table_.drop() && steps_ > 0) {
      *word = {from.data, between};
      return true;
    }
  }
  *word = take(found_);
  found_ = 0;
  return word->size > 0 && steps_ > 0;
}

// Bytes of the word that begins here, 0 where none does.
size_t Words::match() {
  const uint32_t width = table_.classes() + 1;
  size_t end = 0, at = 0;
  uint32_t state = 0;
  while (state != kNone && steps_ > 0) {
    --steps_;
    uint32_t kind = table_.classes(), size = 0;
    if (at < text_.size) {
      const CodePoint point = first_point({text_.data + at, text_.size - at});
      kind = class_of(point.value);
      size = static_cast<uint32_t>(point.size);
    }
    const uint32_t entry = table_.next()->Get(state * width + kind);
    if ((entry & kEnds) != 0) end = at;
    if (size == 0) break;
    state = entry & kNone;
    at += size;
  }
  return end;
}

// That of the last start that is not above the code point; the first start is 0.
uint32_t Words::class_of(uint32_t point) const {
  const auto& starts = *table_.starts();
  uint32_t low = 0, high = starts.size();
  while (high - low > 1) {
    const uint32_t middle = low + (high - low) / 2;
    (starts.Get(middle) <= point ? low : high) = middle;
  }
  return table_.start_classes()->Get(low);
}

Text Words::take(size_t size) {
  const Text front = {text_.data, size};
  text_ = {text_.data + size, text_.size - size};
  return front;
}

}  // namespace fovea
