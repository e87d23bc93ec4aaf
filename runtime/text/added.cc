#include "runtime/text/added.h"

#include "runtime/text/prefix.h"
#include "runtime/text/ranges.h"
#include "runtime/text/utf8.h"
#include "runtime/verify.h"

namespace fovea {
namespace {

constexpr uint32_t kLongestText = 256;  // bytes: each place of a text takes as many steps at most

// Half of the table's texts.
struct Texts {
  const schema::Tokenizer& table;
  uint32_t first, end;

  uint32_t size() const { return end - first; }
  Text at(uint32_t i) const {
    const flatbuffers::String* s = words_of(table).added_texts()->Get(first + i);
    return {s->c_str(), s->size()};
  }
};

// Where those begin that are looked for in the normalised text.
uint32_t first_normalized(const schema::Tokenizer& table) {
  uint32_t low = 0, high = size_of(words_of(table).added());
  while (low < high) {
    const uint32_t middle = low + (high - low) / 2;
    if (words_of(table).added()->Get(middle)->normalized()) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}

// Bytes of white space that a text begins with.
size_t leading_space(Text text) {
  size_t size = 0;
  while (size < text.size) {
    const CodePoint point = first_point({text.data + size, text.size - size});
    if (!is_space(point.value)) break;
    size += point.size;
  }
  return size;
}

// Where the white space begins that the first `end` bytes end with, not before `least`.
size_t trailing_space(Text text, size_t least, size_t end) {
  while (end > least && is_space(last_point({text.data, end}))) {
    end -= last_point_size({text.data, end});
  }
  return end > least ? end : least;
}

}  // namespace

AddedTokens::AddedTokens(const schema::Tokenizer& table, bool normalized, const Specials& specials,
                         Text text)
    : table_(table), specials_(specials), text_(text) {
  const uint32_t middle = first_normalized(table);
  first_ = normalized ? middle : 0;
  end_ = normalized ? size_of(words_of(table).added()) : middle;
  if (first_ == end_) search_ = text.size;
}

// The token that begins at a place, its number within the half; -1 where there is none.
int32_t AddedTokens::match(size_t at, size_t* size) const {
  const Texts texts = {table_, first_, end_};
  return longest_prefix(PrefixSearch<Texts>(texts), {text_.data + at, text_.size - at}, size,
                        [](int32_t) { return true; });
}

bool AddedTokens::is_word_point(uint32_t point) const {
  return in_ranges(words_of(table_).word_points(), point);
}

bool AddedTokens::counts(const schema::AddedToken& token, size_t begin, size_t end) const {
  if (token.special()) {
    if (!specials_.counted) return false;
    const bool all = specials_.inside == nullptr;
    if (!all && !specials_.inside(specials_.places, text_.data + begin, text_.data + end)) {
      return false;
    }
  }
  if (!token.single_word()) return true;
  return (begin == 0 || !is_word_point(last_point({text_.data, begin}))) &&
         (end == text_.size ||
          !is_word_point(first_point({text_.data + end, text_.size - end}).value));
}

void AddedTokens::take(const schema::AddedToken& token, size_t begin, size_t end) {
  if (token.strip_left()) begin = trailing_space(text_, from_, begin);
  if (token.strip_right()) {
    if (end >= space_end_) space_end_ = end + leading_space({text_.data + end, text_.size - end});
    end = space_end_;
  }
  // As in `tokenizers`, a token within white space that one before it has taken counts, too.
  if (begin < from_) begin = from_;
  if (end < begin) end = begin;
  token_ = {{text_.data + begin, end - begin}, static_cast<int32_t>(token.id())};
}

bool AddedTokens::next(TextPart* part) {
  while (token_.id < 0 && search_ < text_.size) {
    size_t size = 0;
    const int32_t found = match(search_, &size);
    if (found < 0) {
      ++search_;
      continue;
    }
    const auto* token = words_of(table_).added()->Get(first_ + static_cast<uint32_t>(found));
    const size_t begin = search_;
    search_ += size;
    if (counts(*token, begin, search_)) take(*token, begin, search_);
  }
  const size_t begin =
      token_.id < 0 ? text_.size : static_cast<size_t>(token_.text.data - text_.data);
  if (begin > from_) {
    *part = {{text_.data + from_, begin - from_}};
    from_ = begin;
    return true;
  }
  if (token_.id < 0) return false;
  *part = token_;
  from_ = begin + token_.text.size;
  token_ = {};
  return true;
}

fovea_code verify_added(const schema::Tokenizer& t, const Where& where, fovea_error* error) {
  const uint32_t count = size_of(words_of(t).added());
  if (size_of(words_of(t).added_texts()) != count) {
    return fail_at(error, FOVEA_BAD_SHAPE, where, FOVEA_FIELD_COUNT,
                   size_of(words_of(t).added_texts()), count);
  }
  for (uint32_t i = 0; i < count; ++i) {
    const Where where_token = where.at(FOVEA_FIELD_ATTRIBUTE, i);
    FOVEA_TRY(
        check_below(words_of(t).added()->Get(i)->id(), size_of(t.pieces()), where_token, error));
    const uint32_t size = size_of(words_of(t).added_texts()->Get(i));
    if (size == 0) return fail(error, FOVEA_BAD_VALUE, where_token, 0, kLongestText);
    FOVEA_TRY(check_at_most(size, kLongestText, where_token, error));
  }
  return FOVEA_OK;
}

}  // namespace fovea
