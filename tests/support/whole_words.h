// Tokenizers that have all that tables of words may have.

#ifndef FOVEA_TESTS_SUPPORT_WHOLE_WORDS_H_
#define FOVEA_TESTS_SUPPORT_WHOLE_WORDS_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "schema/word_tokenizer.h"

namespace fovea::test::whole_words {

using schema::NormalizationKind;

inline void add(std::vector<uint8_t>& bytes, std::vector<uint32_t>& ends, const std::string& text) {
  bytes.insert(bytes.end(), text.begin(), text.end());
  ends.push_back(static_cast<uint32_t>(bytes.size()));
}

inline std::unique_ptr<schema::NormalizationT> step(NormalizationKind kind) {
  auto made = std::make_unique<schema::NormalizationT>();
  made->kind = kind;
  return made;
}

// Words between spaces.
inline std::unique_ptr<schema::SplitterT> spaces() {
  constexpr uint16_t kNone = 0x7FFF, kWord = 0x8000;
  auto made = std::make_unique<schema::SplitterT>();
  made->classes = 2;
  made->starts = {0, ' ', ' ' + 1};
  made->start_classes = {1, 0, 1};
  made->next = {kNone, 1, kNone, kWord | kNone, 1, kWord | kNone};
  made->drop = true;
  return made;
}

// A tokenizer that has all that tables of words may have. Pieces are given.
inline schema::WordTokenizerT whole() {
  schema::WordTokenizerT t;
  t.name = "text";
  t.pieces = {"?", "a", "b", "ab", "##b", "##a", "[S]", "[M]", "c d"};
  t.sorted = {5, 4, 0, 6, 7, 1, 3, 2, 8};
  t.unknown = 0;
  auto replace = step(NormalizationKind::Replace);
  for (const auto& [key, value] : {std::pair("A", "a"), {"\xC3\x84", "ab"}, {"\xE2\x82\xAC", ""}}) {
    add(replace->keys, replace->key_ends, key);
    add(replace->values, replace->value_ends, value);
  }
  replace->removed = {0, 9, 0x300, 0x302};
  replace->hangul = true;
  t.normalization.push_back(std::move(replace));
  auto compose = step(NormalizationKind::Compose);
  compose->marks = {0x302, 0x323};
  compose->mark_classes = {230, 220};
  compose->compositions = {{'a', 0x302, 0xE2}, {'b', 0x323, 0x1E05}};
  compose->hangul = true;
  t.normalization.push_back(std::move(compose));
  auto prepend = step(NormalizationKind::Prepend);
  add(prepend->values, prepend->value_ends, " ");
  t.normalization.push_back(std::move(prepend));
  t.normalization.push_back(step(NormalizationKind::Strip));
  t.normalization.back()->left = true;
  t.splitters.push_back(spaces());
  t.added = {{6, true, false, false, true, false},
             {7, false, false, true, false, true},
             {8, false, true, false, false, false}};
  t.added_texts = {"[S]", "m", "c d"};
  t.word_points = {'a', 'z' + 1};
  t.single = {6, -1, 6};
  t.pair = {6, -1, 6, -2, 6};
  t.pair_types = {0, 0, 0, 1, 1};
  t.truncate = 12;
  t.prefix = "a";
  t.spaces = t.cleanup = true;
  t.room = t.room_once = 400;
  return t;
}

inline schema::WordTokenizerT word_piece() {
  schema::WordTokenizerT t = whole();
  t.kind = schema::TokenizerKind::WordPiece;
  t.continuing = "##";
  t.longest_word = 20;
  return t;
}

inline schema::WordTokenizerT ranked_merges() {
  schema::WordTokenizerT t = whole();
  t.kind = schema::TokenizerKind::RankedMerges;
  t.bytes.assign(256, 0);
  t.bytes['a'] = 1;
  t.bytes['b'] = 2;
  t.merge_starts = {0, 0, 1, 1, 1, 1, 1, 1, 1, 1};
  t.merges = {{2, 3, 0}};
  t.whole_words = true;
  return t;
}

// Any spaces as U+2581, before words, and patterns in normalisation.
inline void escape(schema::WordTokenizerT& t) {
  auto matches = step(NormalizationKind::ReplaceMatches);
  add(matches->values, matches->value_ends, "ab");
  matches->words = spaces();
  t.normalization.push_back(std::move(matches));
  auto clusters = step(NormalizationKind::ReplaceClusters);
  add(clusters->keys, clusters->key_ends, "m");
  add(clusters->values, clusters->value_ends, "ba");
  clusters->words = spaces();
  clusters->words->drop = false;
  t.normalization.push_back(std::move(clusters));
  t.escape = t.decode_escape = t.prefix = "\xE2\x96\x81";
  t.prefix_level = 1;
  t.decode_bytes = t.prefix_once = true;
  t.decode_first = schema::FirstToken::NoLeadingSpace;
}

inline schema::WordTokenizerT character_merges() {
  schema::WordTokenizerT t = ranked_merges();
  t.kind = schema::TokenizerKind::CharacterMerges;
  t.sorted = {1, 3, 2};
  escape(t);
  return t;
}

// The trie has a, ab, b: its root's base is 1, that of `a` and `b` 300.
inline schema::WordTokenizerT unigram() {
  schema::WordTokenizerT t = whole();
  t.kind = schema::TokenizerKind::Unigram;
  constexpr uint32_t kFree = 0x1FF, kEnds = 0x200, kEnd = 256;
  t.trie.assign(900, kFree);
  const auto set = [&](uint32_t unit, uint32_t label, uint32_t base, bool ends) {
    t.trie[unit] = base << 10 | label | (ends ? kEnds : 0);
  };
  set(0, kFree, 1, false);
  set(1 + 'a', 'a', 300, true);
  set(300 + kEnd, kEnd, 1, false);
  set(300 + 'b', 'b', 500, true);
  set(500 + kEnd, kEnd, 3, false);
  set(1 + 'b', 'b', 600, true);
  set(600 + kEnd, kEnd, 2, false);
  t.longest_piece = 2;
  t.fine_scores.assign(t.pieces.size(), {0, 0xBFF00000});  // -1
  t.unknown_score = std::make_unique<schema::Wide>(0u, 0xC0240000u);
  t.bytes.assign(256, 0xFFFFFFFF);
  t.bytes['m'] = 7;
  t.rounds = true;
  escape(t);
  return t;
}

}  // namespace fovea::test::whole_words

#endif  // FOVEA_TESTS_SUPPORT_WHOLE_WORDS_H_
