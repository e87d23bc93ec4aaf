// Conversations: contents and what stands between them, to token ids.

#include "runtime/checked.h"
#include "runtime/text/added.h"
#include "runtime/text/encoding.h"
#include "runtime/text/joins.h"
#include "runtime/text/ranges.h"
#include "runtime/text/utf8.h"

namespace fovea {
namespace {

// As Python's str.strip has it.
bool is_stripped(uint32_t point) {
  return is_space(point) || (point >= 0x1C && point <= 0x1F);
}

Text strip_left(Text text) {
  while (text.size > 0) {
    const CodePoint point = first_point(text);
    if (!is_stripped(point.value)) break;
    text = {text.data + point.size, text.size - point.size};
  }
  return text;
}

Text strip_right(Text text) {
  while (text.size > 0 && is_stripped(last_point(text))) text.size -= last_point_size(text);
  return text;
}

Text text_of_join(const schema::ChatJoin& join) {
  return {text_of(join.text()), size_of(join.text())};
}

// Messages that a model's joins have been found for.
class Conversation {
 public:
  Conversation(const schema::Chat& chat, const char* after, const fovea_message* messages,
               uint32_t count)
      : chat_(chat), after_(after), messages_(messages), count_(count) {}

  fovea_code check(fovea_error* error) const {
    for (uint32_t i = 0; i <= count_; ++i) {
      FOVEA_TRY(check_join(role_before(i), role_behind(i), i, error));
      if (i < count_) FOVEA_TRY(check_content(i, error));
    }
    return FOVEA_OK;
  }

  // Whether what is in the context already ends within a text.
  bool goes_on() const { return after_ != nullptr; }
  // Joins and contents by turns, 2 * count + 1 of them.
  uint32_t parts() const { return 2 * count_ + 1; }
  Text part(uint32_t i) const { return i % 2 == 0 ? text_of_join(join(i / 2)) : content(i / 2); }

  fovea_code check_join(const char* before, const char* behind, uint32_t i,
                        fovea_error* error) const {
    if (find_join(chat_, before, behind) >= 0) return FOVEA_OK;
    fail_name(error, FOVEA_NO_SUCH_TURN, {FOVEA_TABLE_CHAT, i}, behind);
    if (error != nullptr) {
      error->a = i;
      error->b = static_cast<uint64_t>(int64_t{find_join(chat_, before, nullptr, /*any=*/true)});
    }
    return FOVEA_NO_SUCH_TURN;
  }

 private:
  fovea_code check_content(uint32_t i, fovea_error* error) const {
    const fovea_message& message = messages_[i];
    const Where where = {FOVEA_TABLE_CHAT, i};
    if (message.role == nullptr || (message.content.data == nullptr && message.content.size > 0)) {
      return fail(error, FOVEA_BAD_ARGUMENT, where);
    }
    if (!chat_.filled()) return FOVEA_OK;
    const Text whole = {static_cast<const char*>(message.content.data), message.content.size};
    return strip_left(whole).size > 0 ? FOVEA_OK : fail(error, FOVEA_EMPTY_CONTENT, where, i);
  }

  // Of the contents around join i.
  const char* role_before(uint32_t i) const { return i == 0 ? after_ : messages_[i - 1].role; }
  const char* role_behind(uint32_t i) const { return i == count_ ? nullptr : messages_[i].role; }

  const schema::ChatJoin& join(uint32_t i) const {
    const int32_t found = find_join(chat_, role_before(i), role_behind(i));
    return *chat_.joins()->Get(static_cast<uint32_t>(found));
  }

  Text content(uint32_t i) const {
    const fovea_span& span = messages_[i].content;
    Text text = {static_cast<const char*>(span.data), span.size};
    if (text.size == 0) return {};
    if (join(i).strip_right()) text = strip_left(text);
    if (join(i + 1).strip_left()) text = strip_right(text);
    return text;
  }

  const schema::Chat& chat_;
  const char* after_;
  const fovea_message* messages_;
  uint32_t count_;
};

// Bytes of a text whose stray bytes are U+FFFD.
uint64_t mended_size(Text text) {
  uint64_t size = 0;
  while (text.size > 0) {
    const CodePoint point = first_point(text);
    size += point.well_formed ? point.size : 3;
    text = {text.data + point.size, text.size - point.size};
  }
  return size;
}

// Where the parts of a conversation end in its text.
struct Places {
  const char* text;
  const uint32_t* ends;
  uint32_t count;

  // Within one join: they have the even numbers.
  static bool within_join(const void* places, const char* begin, const char* end) {
    const Places& p = *static_cast<const Places*>(places);
    if (begin < p.text || end > p.text + p.ends[p.count - 1]) return false;
    const auto first = static_cast<uint32_t>(begin - p.text);
    const auto last = static_cast<uint32_t>(end - p.text);
    uint32_t low = 0, high = p.count - 1;
    while (low < high) {
      const uint32_t middle = low + (high - low) / 2;
      if (p.ends[middle] <= first) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low % 2 == 0 && last <= p.ends[low];
  }
};

uint64_t size_of_text(const Conversation& c) {
  Checked size(0);
  for (uint32_t i = 0; i < c.parts(); ++i) size = size + mended_size(c.part(i));
  return size.value();
}

// Numbers of 32 bits: for ids, the places of parts, and the text.
uint64_t room_of(const Encoding& job, const Conversation& c, uint64_t size) {
  const Checked ids(encoding_room(job.table, job.features, size));
  return (ids + c.parts() + size / sizeof(int32_t) + 1).value();
}

fovea_code no_room(const Encoding& job, const Conversation& c, uint64_t size, size_t capacity) {
  const Checked needed = Checked(room_of(job, c, size)) * sizeof(int32_t);
  return fail(job.error, FOVEA_ARENA_TOO_SMALL, job.where, uint64_t{capacity} * sizeof(int32_t),
              needed.value());
}

// The whole text lies at the end of the caller's array, in front of it where its parts end: so it
// is split into words as one text, whatever the borders are, and special tokens are those of joins
// alone.
fovea_code encode(Encoding job, const Conversation& c) {
  const size_t capacity = job.ids->capacity;
  const uint64_t size = size_of_text(c);
  const uint64_t numbers = size / sizeof(int32_t) + 1 + c.parts();
  if (size > INT32_MAX || numbers > capacity) return no_room(job, c, size, capacity);
  job.ids->capacity -= static_cast<size_t>(numbers);
  auto* ends = reinterpret_cast<uint32_t*>(job.ids->data + job.ids->capacity);
  TextOutput out = {reinterpret_cast<char*>(ends + c.parts()), static_cast<size_t>(size)};
  for (uint32_t i = 0; i < c.parts(); ++i) {
    for (Text text = c.part(i); text.size > 0;) {
      const CodePoint point = first_point(text);
      out.add(point.value);
      text = {text.data + point.size, text.size - point.size};
    }
    ends[i] = static_cast<uint32_t>(out.size);
  }
  const Places places = {out.data, ends, c.parts()};
  job.specials = {true, Places::within_join, &places};
  job.goes_on = c.goes_on();
  const fovea_code code = job.features.words->encode(job, {out.data, out.size});
  return code == FOVEA_ARENA_TOO_SMALL ? no_room(job, c, size, capacity) : code;
}

Encoding job_of(const fovea_model* model, const schema::Chat& chat, Ids* ids, fovea_error* error) {
  const schema::Tokenizer& t = *view(model).root->tokenizers()->Get(chat.tokenizer());
  return {t,    view(model).operators->features, {}, {FOVEA_TABLE_TOKENIZER, chat.tokenizer()}, ids,
          error};
}

// Whether a join begins with the token, white space apart.
bool begins_with_token(const schema::Tokenizer& t, const schema::ChatJoin& join, int32_t id) {
  constexpr size_t kEnough = 256;  // bytes: the longest added token
  Text text = strip_left(text_of_join(join));
  if (text.size > kEnough) text.size = kEnough;
  Specials specials;
  specials.counted = true;
  for (const bool normalized : {false, true}) {
    AddedTokens parts(t, normalized, specials, text);
    TextPart part;
    if (parts.next(&part) && part.id >= 0) return part.id == id;
  }
  return false;
}

}  // namespace
}  // namespace fovea

extern "C" {

const char* fovea_chat_role(const fovea_model* model) {
  const fovea::schema::Chat* chat = fovea::chat_of(model);
  return chat == nullptr ? nullptr : chat->answer()->c_str();
}

const char* fovea_chat_missing(const fovea_model* model) {
  const auto* chat = model == nullptr ? nullptr : fovea::view(model).root->chat();
  if (chat == nullptr || fovea::size_of(chat->missing()) == 0) return nullptr;
  return fovea::chat_of(model) == nullptr ? chat->missing()->c_str() : nullptr;
}

fovea_code fovea_chat_join(const fovea_model* model, const char* after, const char* before,
                           fovea_span* text, fovea_error* error) {
  using namespace fovea;
  const schema::Chat* chat = chat_of(model);
  if (chat == nullptr || text == nullptr) {
    return fail(error, FOVEA_BAD_ARGUMENT, {FOVEA_TABLE_CHAT});
  }
  FOVEA_TRY(Conversation(*chat, nullptr, nullptr, 0).check_join(after, before, 0, error));
  const auto found = static_cast<uint32_t>(find_join(*chat, after, before));
  const Text join = text_of_join(*chat->joins()->Get(found));
  *text = {join.data, join.size};
  return succeed(error);
}

size_t fovea_chat_room(const fovea_model* model, const char* after, const fovea_message* messages,
                       uint32_t count) {
  using namespace fovea;
  const schema::Chat* chat = chat_of(model);
  if (chat == nullptr || (messages == nullptr && count > 0)) return SIZE_MAX;
  const Conversation conversation(*chat, after, messages, count);
  if (count > INT32_MAX / 2 || conversation.check(nullptr) != FOVEA_OK) return SIZE_MAX;
  const uint64_t size = size_of_text(conversation);
  const uint64_t room = room_of(job_of(model, *chat, nullptr, nullptr), conversation, size);
  return room > SIZE_MAX / sizeof(int32_t) ? SIZE_MAX : static_cast<size_t>(room);
}

fovea_code fovea_chat_tokenize(const fovea_model* model, const char* after,
                               const fovea_message* messages, uint32_t count, int32_t* ids,
                               size_t capacity, size_t* ids_count, fovea_error* error) {
  using namespace fovea;
  const schema::Chat* chat = chat_of(model);
  if (chat == nullptr || (messages == nullptr && count > 0) || count > INT32_MAX / 2 ||
      ids_count == nullptr || (ids == nullptr && capacity > 0)) {
    return fail(error, FOVEA_BAD_ARGUMENT, {FOVEA_TABLE_CHAT});
  }
  const Conversation conversation(*chat, after, messages, count);
  FOVEA_TRY(conversation.check(error));
  Ids list = {ids, capacity};
  FOVEA_TRY(encode(job_of(model, *chat, &list, error), conversation));
  *ids_count = list.count;
  return succeed(error);
}

bool fovea_chat_is_end(const fovea_model* model, int32_t id) {
  using namespace fovea;
  const schema::Chat* chat = chat_of(model);
  if (fovea_is_end(model, id)) return true;
  if (chat == nullptr || id < 0) return false;
  const schema::Tokenizer& t = *view(model).root->tokenizers()->Get(chat->tokenizer());
  for (uint32_t i = 0; i < size_of(chat->joins()); ++i) {
    const schema::ChatJoin& join = *chat->joins()->Get(i);
    const bool behind = is_role(join.after(), chat->answer()->c_str()) && join.before() != nullptr;
    if (behind && begins_with_token(t, join, id)) return true;
  }
  return false;
}

}  // extern "C"
