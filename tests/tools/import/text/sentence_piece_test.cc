// Models of SentencePiece, made by hand: what is read of them, and what is refused.

#include "tools/import/text/sentence_piece.h"

#include <doctest/doctest.h>

#include <cstring>
#include <string>
#include <vector>

#include "tests/support/temporary_folder.h"
#include "tests/tools/import/text/encoding.h"
#include "tests/tools/refused.h"
#include "tools/common/error.h"
#include "tools/import/text/tokenizer_folder.h"

namespace fovea::test {
namespace {

using Ids = std::vector<int32_t>;

constexpr uint32_t kPieceRows = 600;
const std::string kSpace = "\xE2\x96\x81";

std::string varint(uint64_t value) {
  std::string made;
  for (; value >= 0x80; value >>= 7) made += static_cast<char>(value | 0x80);
  return made + static_cast<char>(value);
}

std::string number(uint32_t field, uint64_t value) {
  return varint(field << 3) + varint(value);
}
std::string message(uint32_t field, const std::string& bytes) {
  return varint(field << 3 | 2) + varint(bytes.size()) + bytes;
}
std::string piece(const std::string& text, float score, uint32_t type = 1) {
  std::string bytes(sizeof score, '\0');
  std::memcpy(bytes.data(), &score, sizeof score);
  return message(1, message(1, text) + varint(2 << 3 | 5) + bytes + number(3, type));
}

std::string pieces() {
  return piece("<unk>", 0, 2) + piece("<s>", 0, 3) + piece("</s>", 0, 3) + piece(kSpace, -3) +
         piece("a", -4) + piece("b", -5) + piece("ab", -1) + piece(kSpace + "a", -2);
}

// model_type 1 or 2; no extra fields of the normalizer: its defaults.
std::string model(uint32_t type, const std::string& normalizer = "", const std::string& more = "") {
  const std::string whole = type == 2 ? piece("<x>", 0, 4) : "";
  return pieces() + whole + more + message(2, number(3, type)) + message(3, normalizer);
}

std::unique_ptr<schema::WordTokenizerT> parse(const std::string& bytes) {
  return tools::parse_sentence_piece({reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()},
                                     "t.model");
}

Ids encode_pieces(const std::string& bytes, const std::string& text, uint32_t flags = kBare) {
  return OnlyTokenizer(*parse(bytes), kPieceRows).encode({text}, flags);
}

std::string sentence_piece_refusal(const std::string& bytes) {
  return refusal([&] { parse(bytes); });
}

}  // namespace

TEST_CASE("BPE of SentencePiece merges what makes the best piece") {
  CHECK(encode_pieces(model(2), "ab") == Ids{3, 6});  // ab is better than _a
  CHECK(encode_pieces(model(2), "a") == Ids{7});
  CHECK(encode_pieces(model(2), "xyb") == Ids{3, 0, 5});
  CHECK(encode_pieces(model(2), "a<x>b") == Ids{7, 8, 5});
}

TEST_CASE("Unigram of SentencePiece") {
  CHECK(encode_pieces(model(1), "ab") == Ids{3, 6});
  CHECK(encode_pieces(model(1), "aab") == Ids{7, 6});
  CHECK(encode_pieces(model(1), "xyb") == Ids{3, 0, 5});
}

// Ids by SentencePiece 0.2.3.
TEST_CASE("user-defined pieces of Unigram score by their length") {
  const auto of = [](const std::string& listed, const std::string& text) {
    return encode_pieces(piece("<unk>", 0, 2) + listed + message(2, number(3, 1)) +
                             message(3, number(3, 0) + number(4, 0) + number(5, 0)),
                         text);
  };
  const std::string first = piece("a", -3.3f) + piece("b", -1.1f) + piece("aa", 0, 4);
  CHECK(of(first, "baaaaa") == Ids{2, 3, 3, 1});  // equal sums, but for rounding
  CHECK(of(piece("a", -0.7f) + piece("b", -3.3f) + piece("c", -1.1f) + piece("bb", -1.5f) +
               piece("bac", -100, 4),
           "bbbbac") == Ids{2, 4, 5});  // its own score does not matter
  // One of three bytes counts 0.2: another way has to be better, not as good.
  for (const float score : {0.19f, 0.2f, 0.21f}) {
    const std::string ab = piece("aab", 0, 4) + piece("aa", score) + piece("b", 0) + piece("a", -9);
    CHECK(of(ab, "aab") == (score > 0.2f ? Ids{2, 3} : Ids{1}));
  }
  // Two letters of two bytes each: 0.3.
  for (const float score : {0.29f, 0.31f}) {
    const std::string two = piece("\xC3\xA9\xC3\xA9", 0, 4) + piece("\xC3\xA9", score / 2);
    CHECK(of(two, "\xC3\xA9\xC3\xA9") == (score > 0.3f ? Ids{2, 2} : Ids{1}));
  }
}

TEST_CASE("spaces are as normalizer_spec says") {
  for (const uint32_t type : {1u, 2u}) {
    CHECK(encode_pieces(model(type), "  a   a ") == Ids{7, 7});
    CHECK(encode_pieces(model(type), " ").empty());
    CHECK(encode_pieces(model(type), kSpace).empty());
    CHECK(encode_pieces(model(type, number(3, 0)), " a  b") == Ids{4, 3, 5});
    CHECK(encode_pieces(model(type, number(4, 0)), " a  b ") == Ids{3, 7, 3, 3, 5, 3});
    CHECK(encode_pieces(model(type, number(5, 0)), "a") == Ids{0, 4});
  }
}

TEST_CASE("control pieces are found where they are asked for") {
  CHECK(encode_pieces(model(2), "a</s>", kBare | FOVEA_TEXT_SPECIAL) == Ids{7, 2});
  CHECK(encode_pieces(model(2), "a</s>") == Ids{7, 0});
}

TEST_CASE("decoding leaves out the space in front") {
  const OnlyTokenizer t(*parse(model(2)), kPieceRows);
  CHECK(t.decode({7, 3, 6}) == "a ab");
}

TEST_CASE("damaged and strange models are refused by place") {
  CHECK(says(sentence_piece_refusal(""), "t.model: has no pieces"));
  CHECK(says(sentence_piece_refusal(pieces() + "\x0A\x7F"), "damaged"));
  CHECK(says(sentence_piece_refusal(pieces() + "\x0B"), "damaged"));
  CHECK(says(sentence_piece_refusal(model(3)), "t.model: trainer_spec: model_type 3"));
  CHECK(says(sentence_piece_refusal(model(1, number(9, 1))),
             "t.model: normalizer_spec: field 9 is not known"));
  CHECK(says(sentence_piece_refusal(model(1) + number(7, 1)), "t.model: field 7 is not known"));
  CHECK(says(sentence_piece_refusal(piece("a", 0)), "has no unknown piece"));
  CHECK(says(sentence_piece_refusal(model(1, "", piece("", 0))), "pieces[8]:  is no sound piece"));
  CHECK(says(sentence_piece_refusal(model(1, "", piece("a", 0))), "the piece a twice"));
  CHECK(says(sentence_piece_refusal(model(1, "", piece("<unk>", 0, 2))), "two unknown pieces"));
  CHECK(says(sentence_piece_refusal(model(2, "", piece("c", 0, 5))), "unused"));
  CHECK(says(sentence_piece_refusal(model(2, "", piece("c d", 0, 4))), "has a space"));
  CHECK(says(sentence_piece_refusal(model(1, "", piece("c d", 0, 4))), "has a space"));
  CHECK(says(sentence_piece_refusal(pieces() + message(2, number(35, 1))),
             "not the pieces of all bytes"));
  CHECK(says(sentence_piece_refusal(pieces() + message(2, number(24, 1))),
             "treat_whitespace_as_suffix"));
  CHECK(says(sentence_piece_refusal(model(1, message(2, "abc"))), "charsmap is damaged"));
  // No byte more or less is taken for another model.
  const std::string whole = model(1);
  for (size_t size = 1; size < whole.size(); ++size) {
    (void)sentence_piece_refusal(whole.substr(0, size));
    std::string other = whole;
    other[size] = static_cast<char>(other[size] ^ 0x55);
    (void)sentence_piece_refusal(other);
  }
}

TEST_CASE("a folder's files count in one order, with what the config says") {
  const TemporaryFolder folder;
  const auto read = [&] {
    return std::move(tools::read_folder_tokenizers(folder.path(), kPieceRows).at(0));
  };
  write_bytes(folder.file("vocab.txt"), "[UNK]\n[CLS]\n[SEP]\na\n");
  CHECK(read()->kind == schema::TokenizerKind::WordPiece);
  write_bytes(folder.file("vocab.json"), R"({"<s>": 0, "</s>": 1, "a": 2, "b": 3, "ab": 4})");
  write_bytes(folder.file("merges.txt"), "#version: 0.2\na b\n");
  write_bytes(folder.file("tokenizer_config.json"), R"({"tokenizer_class": "RobertaTokenizer"})");
  OnlyTokenizer roberta(*read(), kPieceRows);
  CHECK(roberta.encode({"ab"}) == Ids{0, 4, 1});
  CHECK(roberta.encode({"ab", "a"}) == Ids{0, 4, 1, 1, 2, 1});
  write_bytes(folder.file("tokenizer_config.json"), R"({"tokenizer_class": "OtherTokenizer"})");
  CHECK_THROWS_AS(read(), tools::InputError);
  write_bytes(folder.file("tokenizer_config.json"), "{}");
  write_bytes(folder.file("config.json"), R"({"model_type": "gpt2"})");
  CHECK(OnlyTokenizer(*read(), kPieceRows).encode({"ab"}) == Ids{4});
  write_bytes(folder.file("tokenizer.model"), model(2));
  CHECK_THROWS_AS(read(), tools::InputError);
  write_bytes(folder.file("tokenizer_config.json"), R"({"tokenizer_class": "LlamaTokenizer",
      "added_tokens_decoder": {"1": {"content": "<s>"}, "9": {"content": "<y>", "special": false}}})");
  CHECK(OnlyTokenizer(*read(), kPieceRows).encode({"a<y>a"}) == Ids{1, 7, 9, 7});
  write_bytes(folder.file("tokenizer_config.json"),
              R"({"tokenizer_class": "T5Tokenizer", "add_bos_token": true})");
  CHECK(OnlyTokenizer(*read(), kPieceRows).encode({"a"}) == Ids{1, 7, 2});
  write_bytes(folder.file("tokenizer_config.json"), R"({"tokenizer_class": "LlamaTokenizer",
      "added_tokens_decoder": {"1": {"content": "<t>"}}})");
  CHECK_THROWS_AS(read(), tools::InputError);
  write_bytes(folder.file("tokenizer.json"), R"({"model": {"type": "Unigram", "unk_id": 0,
      "vocab": [["a", 0]]}})");
  CHECK(read()->kind == schema::TokenizerKind::Unigram);
}

}  // namespace fovea::test
