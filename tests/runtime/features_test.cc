// Parts of the runtime that a program may do without.

#include "runtime/features.h"

#include <doctest/doctest.h>

#include <memory>

#include "runtime/model.h"
#include "schema/word_tokenizer.h"
#include "tests/runtime/handmade.h"

namespace fovea::test {
namespace {

enum Feature : uint32_t {
  kCaches,
  kDerivedDims,
  kPackedRows,
  kTexts,
  kAlone,  // those above need no other
  kScoredMerges = kAlone,
  kWords,
  kNormalization,
  kWordPiece,
  kRankedMerges,
  kUnigram,
  kCharacterMerges,
  kTextMatches,
  kEscapedSpaces,
  kChat,
  kFeatures
};

// All operators, with the features of a mask.
fovea_operators with(uint32_t mask) {
  fovea_operators list = fovea_all_operators;
  if ((mask >> kCaches & 1) == 0) list.features.caches = nullptr;
  if ((mask >> kDerivedDims & 1) == 0) list.features.derived_dims = nullptr;
  if ((mask >> kPackedRows & 1) == 0) list.features.packed_rows = nullptr;
  if ((mask >> kTexts & 1) == 0) list.features.texts = nullptr;
  if ((mask >> kScoredMerges & 1) == 0) list.features.scored_merges = nullptr;
  if ((mask >> kWords & 1) == 0) list.features.words = nullptr;
  if ((mask >> kNormalization & 1) == 0) list.features.normalization = nullptr;
  if ((mask >> kWordPiece & 1) == 0) list.features.word_piece = nullptr;
  if ((mask >> kRankedMerges & 1) == 0) list.features.ranked_merges = nullptr;
  if ((mask >> kUnigram & 1) == 0) list.features.unigram = nullptr;
  if ((mask >> kCharacterMerges & 1) == 0) list.features.character_merges = nullptr;
  if ((mask >> kTextMatches & 1) == 0) list.features.text_matches = nullptr;
  if ((mask >> kEscapedSpaces & 1) == 0) list.features.escaped_spaces = nullptr;
  if ((mask >> kChat & 1) == 0) list.features.chat = nullptr;
  return list;
}

uint32_t needs(const fovea_model& model) {
  return fovea::needs(*view(&model).root) | fovea_feature_texts.needs(*view(&model).root);
}

// y = relu(x), whose first extent may follow a dim.
Image relu(Handmade& m, int32_t rows) {
  const int32_t x = m.input("x", {rows < 0 ? 3u : 1u, 4}, {rows, -1});
  const int32_t y = m.tensor("y", {rows < 0 ? 3u : 1u, 4}, {rows, -1});
  m.op(schema::ActivationT(), {x}, {y});
  return m.image(y);
}

// A model that needs no more than this feature.
Image model_of(Feature feature) {
  Handmade m;
  int32_t rows = -1;
  if (feature == kCaches) m.cache(20, 1, 4, 4);
  if (feature == kDerivedDims) rows = m.derived("rows", m.dim("tokens", 9), 1, -1, 0, 1, 2);
  if (feature == kTexts) m.model.special = std::make_unique<schema::SpecialTokensT>();
  if (feature == kPackedRows) {
    rows = m.dim("tokens", 9);
    m.method.packed = static_cast<uint32_t>(rows);
    m.method.lengths = m.input("lengths", {1}, {-1}, schema::DType::Int32);
  }
  return relu(m, rows);
}

TEST_CASE("a model that needs a feature is refused without it, by name") {
  const char* const sentences[] = {
      "this program does not contain caches of keys and values (model)",
      "this program does not contain dims that follow from others (model)",
      "this program does not contain packed rows of several sequences (model)",
      "this program does not contain tokenizers or special tokens (model)"};
  for (uint32_t i = 0; i < kAlone; ++i) {
    const Image image = model_of(static_cast<Feature>(i));
    fovea_model model;
    fovea_error error;
    const fovea_operators alone = with(1u << i), others = with(~(1u << i));
    CHECK(fovea_open_with(&alone, image.span(), {}, &model, &error) == FOVEA_OK);
    CHECK(needs(model) == 1u << i);
    CHECK(fovea_open_with(&others, image.span(), {}, &model, &error) == FOVEA_UNKNOWN_FEATURE);
    CHECK(error.a == i + 1);
    CHECK(sentence(error) == sentences[i]);
  }
}

// What a model with a tokenizer of this kind is refused by, without one feature.
std::string refused_without(Feature feature, schema::TokenizerKind kind, bool normalizes) {
  const Image image = tiny_model([&](schema::ModelT& model) {
    schema::WordTokenizerT t;
    t.room = t.room_once = 64;
    t.kind = kind;
    if (normalizes) {
      t.normalization.push_back(std::make_unique<schema::NormalizationT>());
      if (feature == kTextMatches) {
        t.normalization[0]->kind = schema::NormalizationKind::ReplaceMatches;
      }
    }
    if (feature == kEscapedSpaces) t.decode_bytes = normalizes;
    model.tokenizers.push_back(t.packed());
  });
  fovea_model model;
  fovea_error error;
  const fovea_operators list = with(~(1u << feature));
  const fovea_code code = fovea_open_with(&list, image.span(), {}, &model, &error);
  return code == FOVEA_UNKNOWN_FEATURE ? sentence(error) : "";
}

TEST_CASE("a tokenizer needs its kind, and no other") {
  using Kind = schema::TokenizerKind;
  const std::string without = "this program does not contain ";
  CHECK(refused_without(kScoredMerges, Kind::ScoredMerges, false) ==
        without + "tokenizers that merge by score (model)");
  CHECK(refused_without(kWords, Kind::WordPiece, false) == without + "tokenizers of words (model)");
  CHECK(refused_without(kNormalization, Kind::WordPiece, true) ==
        without + "normalisation of texts (model)");
  CHECK(refused_without(kWordPiece, Kind::WordPiece, false) ==
        without + "WordPiece tokenizers (model)");
  CHECK(refused_without(kRankedMerges, Kind::RankedMerges, false) ==
        without + "byte-level BPE tokenizers (model)");
  CHECK(refused_without(kWords, Kind::RankedMerges, false) ==
        without + "tokenizers of words (model)");
  CHECK(refused_without(kUnigram, Kind::Unigram, false) == without + "Unigram tokenizers (model)");
  CHECK(refused_without(kCharacterMerges, Kind::CharacterMerges, false) ==
        without + "BPE tokenizers of characters (model)");
  CHECK(refused_without(kTextMatches, Kind::Unigram, true) ==
        without + "replacement of what patterns find in texts (model)");
  CHECK(refused_without(kEscapedSpaces, Kind::Unigram, true) ==
        without + "tokenizers that write spaces otherwise (model)");
  CHECK(refused_without(kTextMatches, Kind::Unigram, false).empty());
  CHECK(refused_without(kEscapedSpaces, Kind::Unigram, false).empty());
  CHECK(refused_without(kCharacterMerges, Kind::RankedMerges, false).empty());
  CHECK(refused_without(kRankedMerges, Kind::CharacterMerges, false).empty());
  CHECK(refused_without(kUnigram, Kind::CharacterMerges, false).empty());
  CHECK(refused_without(kRankedMerges, Kind::WordPiece, false).empty());
  CHECK(refused_without(kScoredMerges, Kind::Characters, false).empty());
  CHECK(refused_without(kWords, Kind::Characters, false).empty());
  CHECK(refused_without(kWordPiece, Kind::ScoredMerges, false).empty());
  CHECK(refused_without(kNormalization, Kind::WordPiece, false).empty());
}

TEST_CASE("joins of conversations need their feature, a file without them does not") {
  for (const bool joins : {false, true}) {
    const Image image = tiny_model([&](schema::ModelT& model) {
      model.chat = std::make_unique<schema::ChatT>();
      if (joins) model.chat->joins.push_back(std::make_unique<schema::ChatJoinT>());
    });
    fovea_model model;
    fovea_error error;
    const fovea_operators list = with(~(1u << kChat)), no_texts = with(~(1u << kTexts));
    CHECK(fovea_open_with(&list, image.span(), {}, &model, &error) ==
          (joins ? FOVEA_UNKNOWN_FEATURE : FOVEA_OK));
    if (joins) CHECK(sentence(error) == "this program does not contain conversations (model)");
    CHECK(fovea_open_with(&no_texts, image.span(), {}, &model, &error) == FOVEA_UNKNOWN_FEATURE);
  }
}

TEST_CASE("any part of a feature needs it") {
  const auto needed = [](void (*change)(Handmade&)) {
    Handmade m;
    change(m);
    const Image image = relu(m, -1);
    fovea_model model;
    const fovea_operators none = with(0);
    fovea_error error;
    const fovea_code code = fovea_open_with(&none, image.span(), {}, &model, &error);
    return code == FOVEA_UNKNOWN_FEATURE ? error.a : 0;
  };
  CHECK(needed([](Handmade&) {}) == 0);
  CHECK(needed([](Handmade& m) { m.model.caches.push_back(std::make_unique<schema::CacheT>()); }) ==
        kCaches + 1);
  CHECK(needed([](Handmade& m) { m.model.states.push_back(std::make_unique<schema::StateT>()); }) ==
        kCaches + 1);
  CHECK(needed([](Handmade& m) {
          m.method.updates.push_back(std::make_unique<schema::CacheUpdateT>());
        }) == kCaches + 1);
  CHECK(needed([](Handmade& m) { m.method.lengths = 0; }) == kPackedRows + 1);
  CHECK(needed([](Handmade& m) { m.derived("half", m.dim("whole", 8), 1, -1, 0, 0, 2); }) ==
        kDerivedDims + 1);
  CHECK(needed([](Handmade& m) {
          m.model.tokenizers.push_back(std::make_unique<schema::TokenizerT>());
        }) == kTexts + 1);
}

// Operators name caches and states that are not there; nothing of the feature is called.
TEST_CASE("operators cannot ask for caches that are not linked in") {
  const auto opened = [](void (*change)(schema::ModelT&)) {
    const Image image = tiny_model([&](schema::ModelT& m) {
      m.caches.clear();
      m.states.clear();
      for (auto& method : m.methods) method->updates.clear();
      change(m);
    });
    fovea_model model;
    const fovea_operators list = with(1u << kPackedRows);
    return fovea_open_with(&list, image.span(), {}, &model, nullptr);
  };
  CHECK(opened([](schema::ModelT&) {}) == FOVEA_BAD_VALUE);
  CHECK(opened([](schema::ModelT& m) {
          for (auto& method : m.methods) {
            for (auto& op : method->operators) op->states.clear();
          }
        }) == FOVEA_BAD_VALUE);
}

// Blocks of a dim that is set may become too few; without derived dims there are no others.
TEST_CASE("blocks of keys do not follow a dim that is set") {
  Handmade m;
  const int32_t tokens = m.dim("tokens", 3), blocks = m.dim("blocks", 4);
  const int32_t x = m.input("x", {1, 4}, {tokens, -1});
  const int32_t keys = m.tensor("keys", {1, 1, 4, 16}, {-1, blocks, -1, -1});
  const int32_t values = m.tensor("values", {1, 16, 4}, {-1, blocks, -1});
  const int32_t y = m.tensor("y", {1, 4}, {tokens, -1});
  schema::StoreKeyValueT store;
  store.heads = 1;
  store.key_width = store.value_width = 4;
  m.op(store, {x, x}, {keys, values});
  m.op(schema::ActivationT(), {x}, {y});
  const Image image = m.image(y);
  for (const uint32_t mask : {0u, ~0u}) {
    const fovea_operators list = with(mask);
    fovea_model model;
    fovea_error error;
    CHECK(fovea_open_with(&list, image.span(), {}, &model, &error) == FOVEA_BAD_SHAPE);
    CHECK(error.table == FOVEA_TABLE_OPERATOR);
  }
}

TEST_CASE("a program without features runs, sets dims and looks at fingerprints") {
  Handmade m;
  const int32_t rows = m.dim("rows", 5);
  auto run = std::make_unique<schema::FingerprintRunT>();
  run->dims = {2};
  run->inputs.push_back(std::make_unique<schema::BytesT>());
  run->inputs[0]->data.assign(2 * 4 * sizeof(float), 0);
  run->crc = fovea_crc32(0, run->inputs[0]->data.data(), run->inputs[0]->data.size());
  m.model.fingerprint.push_back(std::move(run));
  const Image image = relu(m, rows);
  fovea_model model;
  const fovea_operators none = with(0);
  REQUIRE(fovea_open_with(&none, image.span(), {}, &model, nullptr) == FOVEA_OK);
  CHECK(needs(model) == 0);
  Image arena(fovea_arena(&model, 1).total);
  fovea_session* session;
  REQUIRE(fovea_bind(&model, {{arena.data(), arena.size()}, {}, {}}, nullptr, &session, nullptr) ==
          FOVEA_OK);
  REQUIRE(fovea_set_dim(session, 0, 3, nullptr) == FOVEA_OK);
  CHECK(fovea_check_fingerprint(session, nullptr) == FOVEA_OK);
  CHECK(fovea_get_dim(session, 0) == 3);
  bool finished;
  CHECK(fovea_run_for(session, 0, 0, &finished, nullptr) == FOVEA_OK);
  CHECK(fovea_check_fingerprint(session, nullptr) == FOVEA_BUSY);
  fovea_cancel(session);
  CHECK(fovea_reset(session, 0, nullptr) == FOVEA_OK);
}

}  // namespace
}  // namespace fovea::test
