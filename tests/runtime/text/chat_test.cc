// Conversations with a tokenizer and joins made by hand.

#include "runtime/model.h"  // before fovea.hpp, whose inline namespace has a Model too

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "fovea/fovea.hpp"
#include "tests/support/tiny_text.h"

namespace fovea::test {
namespace {

using Ids = std::vector<int32_t>;

enum Piece : int32_t {
  kA,
  kB,
  kSpace,
  kFeed,
  kLess,
  kS,
  kE,
  kMore,
  kSeparator,  // U+001C, which Python takes for white space
  kFeedA,      // "\na", merged
  kBegin,      // <s>
  kEnd,        // <e>
  kPlain,      // <ab>, no special token
  kUnknown,
  kPieces
};

schema::WordTokenizerT tokenizer() {
  schema::WordTokenizerT t;
  t.room = t.room_once = 64;
  t.name = "text";
  t.kind = schema::TokenizerKind::RankedMerges;
  t.pieces = {"a", "b", " ", "\n", "<", "s", "e", ">", "\x1C", "\na", "<s>", "<e>", "<ab>", "?"};
  t.bytes.assign(256, UINT32_MAX);
  for (uint32_t i = 0; i <= kSeparator; ++i) {
    t.bytes[static_cast<unsigned char>(t.pieces[i][0])] = i;
  }
  t.unknown = kUnknown;
  t.merges.emplace_back(kA, kFeedA, 0);
  t.merge_starts.assign(kFeed + 1, 0);
  t.merge_starts.resize(kPieces + 1, 1);
  // id, special, normalized, strip_left, strip_right, single_word; by text
  t.added = {{kPlain, false, false, false, false, false},
             {kEnd, true, false, false, false, false},
             {kBegin, true, false, false, false, false}};
  t.added_texts = {"<ab>", "<e>", "<s>"};
  return t;
}

std::unique_ptr<schema::ChatJoinT> join(const char* after, const char* before, const char* text,
                                        bool left = false, bool right = false) {
  auto made = std::make_unique<schema::ChatJoinT>();
  made->after = after;
  made->before = before;
  made->text = text;
  made->strip_left = left;
  made->strip_right = right;
  return made;
}

std::unique_ptr<schema::ChatT> chat() {
  auto made = std::make_unique<schema::ChatT>();
  made->answer = "assistant";
  made->joins.push_back(join("", "user", "<s>\n"));
  made->joins.push_back(join("", "system", "<s"));
  made->joins.push_back(join("system", "user", "<e>", true, true));
  made->joins.push_back(join("user", "", "<e><s>"));
  made->joins.push_back(join("user", "assistant", "<e><s>"));
  made->joins.push_back(join("assistant", "user", "\n<e><s>\n", false, true));
  return made;
}

using Change = std::function<void(schema::ChatT&)>;

class Talk {
 public:
  explicit Talk(const schema::WordTokenizerT& t = tokenizer(), const Change& change = nullptr)
      : image_(tiny_model([&](schema::ModelT& model) {
          model.tokenizers.push_back(sorted_tokenizer(std::move(*t.packed())));
          model.chat = chat();
          if (change) change(*model.chat);
        })) {
    code = fovea_open(image_.span(), {}, &model, &error);
  }

  struct Said {
    const char* role;
    std::string content;
  };

  fovea_code tokenize(const std::vector<Said>& said, Ids* ids, size_t capacity,
                      const char* after = nullptr) {
    REQUIRE(code == FOVEA_OK);
    ids->assign(capacity, -7);
    size_t count = 0;
    const fovea_code result = fovea_chat_tokenize(&model, after, messages(said).data(),
                                                  static_cast<uint32_t>(said.size()), ids->data(),
                                                  capacity, &count, &error);
    ids->resize(result == FOVEA_OK ? count : 0);
    return result;
  }
  Ids ids(const std::vector<Said>& said, const char* after = nullptr) {
    Ids ids;
    REQUIRE(tokenize(said, &ids, room(said, after), after) == FOVEA_OK);
    return ids;
  }
  size_t room(const std::vector<Said>& said, const char* after = nullptr) {
    return fovea_chat_room(&model, after, messages(said).data(),
                           static_cast<uint32_t>(said.size()));
  }
  std::string refused(const std::vector<Said>& said, const char* after = nullptr) {
    Ids ids;
    CHECK(room(said, after) == SIZE_MAX);
    CHECK(tokenize(said, &ids, 1000, after) != FOVEA_OK);
    return sentence();
  }
  std::string sentence() {
    char line[512];
    fovea_describe(&model, &error, line, sizeof line);
    return line;
  }

  fovea_model model = {};
  fovea_error error = {};
  fovea_code code;

 private:
  static std::vector<fovea_message> messages(const std::vector<Said>& said) {
    std::vector<fovea_message> list;
    for (const Said& one : said) {
      list.push_back({one.role, {one.content.data(), one.content.size()}});
    }
    return list;
  }

  Image image_;
};

const std::string kRefusedTurn = "a message of the role 'user' may not stand ";

}  // namespace

TEST_CASE("joins stand around contents; their special tokens are tokens") {
  Talk talk;
  CHECK(talk.ids({{"user", "b"}}) == Ids{kBegin, kFeed, kB, kEnd, kBegin});
  CHECK(talk.ids({{"user", "b"}, {"assistant", "a"}, {"user", "b"}}) ==
        Ids{kBegin, kFeed, kB, kEnd, kBegin, kA, kFeed, kEnd, kBegin, kFeed, kB, kEnd, kBegin});
}

TEST_CASE("a conversation goes on behind an answer") {
  Talk talk;
  CHECK(talk.ids({{"user", "b"}}, "assistant") ==
        Ids{kFeed, kEnd, kBegin, kFeed, kB, kEnd, kBegin});
  CHECK(std::string(fovea_chat_role(&talk.model)) == "assistant");
  CHECK(fovea_chat_missing(&talk.model) == nullptr);
}

TEST_CASE("what stands before each text stands before none that goes on") {
  schema::WordTokenizerT with_prefix = tokenizer(), prepended = tokenizer(), marked = tokenizer();
  with_prefix.prefix = " ";
  prepended.normalization.push_back(std::make_unique<schema::NormalizationT>());
  prepended.normalization[0]->kind = schema::NormalizationKind::Prepend;
  prepended.normalization[0]->values = {' '};
  prepended.normalization[0]->value_ends = {1};
  marked.prefix = " ";
  marked.prefix_once = true;
  for (const schema::WordTokenizerT* t : {&with_prefix, &prepended}) {
    Talk talk(*t);
    const Ids first = {kBegin, kSpace, kFeed, kB, kEnd, kBegin};
    const Ids answer = {kSpace, kA};
    const Ids then = {kFeed, kEnd, kBegin, kSpace, kFeed, kB, kEnd, kBegin};
    CHECK(talk.ids({{"user", "b"}}) == first);
    CHECK(talk.ids({{"user", "b"}}, "assistant") == then);
    Ids whole = first;
    whole.insert(whole.end(), answer.begin(), answer.end());
    whole.insert(whole.end(), then.begin(), then.end());
    CHECK(talk.ids({{"user", "b"}, {"assistant", "a"}, {"user", "b"}}) == whole);
  }
  // Only what begins the whole text is marked.
  const auto bare = [](schema::ChatT& c) { c.joins[0]->text = "\n"; };
  Talk talk(marked, bare);
  CHECK(talk.ids({{"user", "b"}}) == Ids{kSpace, kFeed, kB, kEnd, kBegin});
  CHECK(talk.ids({{"user", "b"}}, "assistant") ==
        Ids{kFeed, kEnd, kBegin, kFeed, kB, kEnd, kBegin});
}

TEST_CASE("special tokens that a content spells are text, other added tokens are not") {
  Talk talk;
  const Ids text = {kBegin, kFeed, kLess, kE, kMore, kLess, kS, kMore, kPlain, kEnd, kBegin};
  CHECK(talk.ids({{"user", "<e><s><ab>"}}) == text);
  // Nor one that begins in a join and ends in a content.
  CHECK(talk.ids({{"system", "><ab>"}, {"user", "b"}}) ==
        Ids{kLess, kS, kMore, kPlain, kEnd, kB, kEnd, kBegin});
}

TEST_CASE("special tokens found in normalised text are those of joins, too") {
  schema::WordTokenizerT t = tokenizer();
  t.added = {{kPlain, false, false, false, false, false},
             {kEnd, true, true, false, false, false},
             {kBegin, true, true, false, false, false}};
  Talk talk(t);
  const Ids text = {kBegin, kFeed, kLess, kE, kMore, kPlain, kEnd, kBegin};
  CHECK(talk.ids({{"user", "<e><ab>"}}) == text);
}

TEST_CASE("words go across the borders of joins and contents") {
  Talk talk;
  CHECK(talk.ids({{"user", "ab"}}) == Ids{kBegin, kFeedA, kB, kEnd, kBegin});
  CHECK(talk.ids({{"user", "a"}, {"assistant", ""}, {"user", ""}}) ==
        Ids{kBegin, kFeedA, kEnd, kBegin, kFeed, kEnd, kBegin, kFeed, kEnd, kBegin});
}

TEST_CASE("white space goes where joins say so") {
  Talk talk;
  const std::string space = "\xC2\xA0\n\x1C ";
  CHECK(talk.ids({{"system", "a" + space}, {"user", space + "b "}}) ==
        Ids{kLess, kS, kA, kEnd, kB, kSpace, kEnd, kBegin});
  CHECK(talk.ids({{"system", " a"}, {"user", " \x1C"}}) ==
        Ids{kLess, kS, kSpace, kA, kEnd, kEnd, kBegin});
  CHECK(talk.ids({{"user", " a\x1C"}}) == Ids{kBegin, kFeed, kSpace, kA, kSeparator, kEnd, kBegin});
}

TEST_CASE("white space on one side of a join goes by itself") {
  Talk talk;
  CHECK(talk.ids({{"user", " "}, {"assistant", "a "}, {"user", " b "}}) ==
        Ids{kBegin, kFeed, kSpace, kEnd, kBegin, kA, kSpace, kFeed, kEnd, kBegin, kFeed, kB, kSpace,
            kEnd, kBegin});
}

TEST_CASE("a special token takes white space of the content beside it") {
  schema::WordTokenizerT t = tokenizer();
  t.added[1] = {kEnd, true, false, true, false, false};
  t.added[2] = {kBegin, true, false, false, true, false};
  Talk talk(t);
  CHECK(talk.ids({{"user", "\n b \n"}}) == Ids{kBegin, kB, kEnd, kBegin});
}

TEST_CASE("stray bytes of a content are U+FFFD") {
  Talk talk;
  const Ids three = {kBegin, kFeed, kB, kUnknown, kUnknown, kUnknown, kB, kEnd, kBegin};
  CHECK(talk.ids({{"user",
                   "b\xC3"
                   "b"}}) == three);
  CHECK(talk.ids({{"user",
                   "b\xEF\xBF\xBD"
                   "b"}}) == three);
}

TEST_CASE("orders that have no join are refused, and said") {
  Talk talk;
  CHECK(talk.refused({{"user", "a"}, {"user", "a"}}) ==
        kRefusedTurn +
            "behind one of the role 'user', only: the answer, 'assistant' (chat, message 1)");
  CHECK(talk.error.code == FOVEA_NO_SUCH_TURN);
  CHECK(talk.refused({{"robot", "a"}}) ==
        "a message of the role 'robot' may not stand first in a conversation, only: 'user', "
        "'system' (chat, message 0)");
  CHECK(talk.refused({{"system", "a"}}) ==
        "an answer may not stand behind one of the role 'system', only: 'user' (chat, message 1)");
  CHECK(talk.refused({{"user", "a"}}, "robot") ==
        kRefusedTurn + "there: no conversation of this model goes so (chat, message 0)");
  CHECK(
      talk.refused({}) ==
      "an answer may not stand first in a conversation, only: 'user', 'system' (chat, message 0)");
  fovea_span text;
  CHECK(fovea_chat_join(&talk.model, "user", "user", &text, &talk.error) == FOVEA_NO_SUCH_TURN);
  REQUIRE(fovea_chat_join(&talk.model, "user", nullptr, &text, &talk.error) == FOVEA_OK);
  CHECK(std::string(static_cast<const char*>(text.data), text.size) == "<e><s>");
}

TEST_CASE("empty contents are refused where joins would not hold") {
  Talk free, filled(tokenizer(), [](schema::ChatT&chat) { chat.filled = true; });
  CHECK(free.ids({{"user", " "}}) == Ids{kBegin, kFeed, kSpace, kEnd, kBegin});
  CHECK(filled.refused({{"user", "a"}, {"assistant", " \n\xC2\xA0"}, {"user", "a"}}) ==
        "a message has nothing but white space, which this model's conversations do not have "
        "(chat, message 1)");
  CHECK(filled.error.code == FOVEA_EMPTY_CONTENT);
  CHECK(filled.ids({{"user", " a"}}) == Ids{kBegin, kFeed, kSpace, kA, kEnd, kBegin});
}

TEST_CASE("the room that is named always suffices, and no byte behind it is touched") {
  Talk talk;
  const std::vector<Talk::Said> said = {
      {"user", "ab\xC3<e>  \n"}, {"assistant", "\xFF\xFF"}, {"user", "a"}};
  const Ids wanted = talk.ids(said);
  bool fits = false;
  for (size_t capacity = 0; capacity <= talk.room(said); ++capacity) {
    Ids ids;
    const fovea_code code = talk.tokenize(said, &ids, capacity);
    CHECK((code == FOVEA_OK || code == FOVEA_ARENA_TOO_SMALL));
    CHECK((code == FOVEA_OK) >= fits);
    fits = code == FOVEA_OK;
    if (fits) CHECK(ids == wanted);
    if (!fits) CHECK(talk.error.b == talk.room(said) * sizeof(int32_t));
  }
  CHECK(fits);
}

TEST_CASE("the room is that of the text, the text itself and where its parts end") {
  Talk talk;
  const size_t size = std::string("<s>\nb<e><s>").size();
  CHECK(talk.room({{"user", "b"}}) ==
        fovea_encode_room(&talk.model, 0, size) + 3 + size / sizeof(int32_t) + 1);
}

TEST_CASE("an answer ends with the token that stands first behind it") {
  Talk talk;
  CHECK(fovea_chat_is_end(&talk.model, kEnd));  // behind a line feed
  CHECK_FALSE(fovea_chat_is_end(&talk.model, kBegin));
  CHECK_FALSE(fovea_chat_is_end(&talk.model, -1));
  Talk plain(tokenizer(), [](schema::ChatT& c) { c.joins[5]->text = "a<e>"; });
  CHECK_FALSE(fovea_chat_is_end(&plain.model, kEnd));
}

TEST_CASE("joins that are not sound are refused when the file is opened") {
  const auto opened = [](const Change& change) { return Talk(tokenizer(), change).code; };
  CHECK(opened(nullptr) == FOVEA_OK);
  CHECK(opened([](schema::ChatT& c) { c.tokenizer = 1; }) == FOVEA_BAD_VALUE);
  CHECK(opened([](schema::ChatT& c) { c.answer = ""; }) == FOVEA_BAD_VALUE);
  CHECK(opened([](schema::ChatT& c) { c.answer = std::string(32, 'r'); }) == FOVEA_BAD_VALUE);
  CHECK(opened([](schema::ChatT& c) { c.joins[1]->after = std::string(32, 'r'); }) ==
        FOVEA_BAD_VALUE);
  CHECK(opened([](schema::ChatT& c) { c.joins[1]->before = std::string(32, 'r'); }) ==
        FOVEA_BAD_VALUE);
  CHECK(opened([](schema::ChatT& c) { c.joins[1]->text = std::string(65537, ' '); }) ==
        FOVEA_BAD_VALUE);
  CHECK(opened([](schema::ChatT& c) {
          while (c.joins.size() < 65) c.joins.push_back(join("a", "b", "c"));
        }) == FOVEA_BAD_VALUE);
  const Image characters = tiny_model([](schema::ModelT& model) {
    schema::TokenizerT t;
    t.kind = schema::TokenizerKind::Characters;
    t.pieces = {"a"};
    model.tokenizers.push_back(sorted_tokenizer(std::move(t)));
    model.chat = chat();
  });
  fovea_model model;
  fovea_error error;
  CHECK(fovea_open(characters.span(), {}, &model, &error) == FOVEA_BAD_VALUE);
  CHECK(error.table == FOVEA_TABLE_TOKENIZER);
}

TEST_CASE("a file may say why it has no conversations") {
  Talk talk(tokenizer(), [](schema::ChatT& c) {
    c = {};
    c.missing = "it rained";
  });
  const api::Chat chat = api::Model(talk.model).chat();
  CHECK_FALSE(chat);
  CHECK(std::string(chat.missing()) == "it rained");
  CHECK(chat.room(nullptr, nullptr, 0) == SIZE_MAX);
  int32_t ids[8];
  CHECK(chat.tokenize(nullptr, nullptr, 0, ids, 8).error().code() == FOVEA_BAD_ARGUMENT);
  CHECK(chat.join(nullptr, "user").error().code() == FOVEA_BAD_ARGUMENT);
  CHECK_FALSE(chat.is_end(kEnd));
}

TEST_CASE("the C++ interface says the same") {
  Talk talk;
  const api::Chat chat = api::Model(talk.model).chat();
  REQUIRE(chat);
  const fovea_message asked[] = {{"user", {"b", 1}}};
  int32_t ids[1000];
  REQUIRE(chat.room(chat.role(), asked, 1) <= 1000);
  const auto count = chat.tokenize(chat.role(), asked, 1, ids, 1000);
  REQUIRE(count);
  CHECK(Ids(ids, ids + *count) == talk.ids({{"user", "b"}}, "assistant"));
  CHECK(chat.join(nullptr, "user")->size == 4);
  CHECK(chat.is_end(kEnd));
}

}  // namespace fovea::test
