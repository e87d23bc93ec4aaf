// The runtime's walk over a FlatBuffer against the verifier that flatc generates.

#include <doctest/doctest.h>

#include <cstring>
#include <random>
#include <string>

#include "runtime/verify.h"
#include "tests/support/tiny_model.h"

namespace fovea::test {
namespace {

using Bytes = std::vector<unsigned char>;

std::unique_ptr<schema::TokenizerT> tokenizer() {
  auto t = std::make_unique<schema::TokenizerT>();
  t->name = "text";
  t->pieces = {"a", "b", "ab"};
  t->scores = {0, 1, 2};
  t->sorted = {0, 2, 1};
  t->words = {1, 2, 3};
  return t;
}

std::unique_ptr<schema::ChatT> chat() {
  auto c = std::make_unique<schema::ChatT>();
  for (const char* role : {"user", "system"}) {
    c->joins.push_back(std::make_unique<schema::ChatJoinT>());
    c->joins.back()->after = role;
    c->joins.back()->text = "\n";
  }
  return c;
}

// A header that has every table of the schema that a model can have, and every operator.
Bytes whole() {
  Bytes header;
  tiny_model([&](schema::ModelT& model) {
    for (const char* name : {"one", "two"}) model.labels.emplace_back(name);
    model.features = {"feature"};
    model.tokenizers.push_back(tokenizer());
    model.chat = chat();
    model.picture = std::make_unique<schema::PictureT>();
    model.picture->height = 3;
    model.special = std::make_unique<schema::SpecialTokensT>();
    model.special->end = {1, 2};
    model.fingerprint.push_back(std::make_unique<schema::FingerprintRunT>());
    model.fingerprint[0]->dims = {1};
    model.fingerprint[0]->inputs.push_back(std::make_unique<schema::BytesT>());
    model.fingerprint[0]->inputs[0]->data = {1, 2, 3};
    const auto append = [&](auto attributes) {
      model.methods[0]->operators.push_back(std::make_unique<schema::OperatorT>());
      model.methods[0]->operators.back()->attributes.Set(std::move(attributes));
    };
#define FOVEA_OPERATOR(Kind, name) append(schema::Kind##T());
#include "runtime/operators.inc"
#undef FOVEA_OPERATOR
    schema::AttentionT attention;
    attention.scoring = std::make_unique<schema::ScoringT>();
    attention.scoring->pairs_of = {1, 0};
    attention.dropout = std::make_unique<schema::DropoutT>();
    append(std::move(attention));
    flatbuffers::FlatBufferBuilder builder;
    builder.Finish(schema::Model::Pack(builder, &model), schema::ModelIdentifier());
    header.assign(builder.GetBufferPointer(), builder.GetBufferPointer() + builder.GetSize());
  });
  return header;
}

bool generated(const unsigned char* header, size_t size) {
  flatbuffers::Verifier verifier(header, size, 8, static_cast<flatbuffers::uoffset_t>(size / 16));
  return verifier.VerifyBuffer<schema::Model>(schema::ModelIdentifier());
}

class Comparison {
 public:
  void add(const unsigned char* header, size_t size) {
    const bool expected = generated(header, size);
    ++(expected ? accepted : refused);
    const bool found = verify_structure(header, size, nullptr) == FOVEA_OK;
    looser += found && !expected;
    stricter += !found && expected;
  }
  // The walk refuses, too, elements of vectors that refer to themselves.
  void check() const {
    MESSAGE(accepted, " accepted, ", refused, " refused, ", stricter, " by the walk alone");
    CHECK(looser == 0);
    CHECK(stricter <= accepted / 100);
  }
  int accepted = 0, refused = 0, looser = 0, stricter = 0;
};

TEST_CASE("a header with every table is well formed") {
  const Bytes header = whole();
  Comparison c;
  c.add(header.data(), header.size());
  CHECK(c.accepted == 1);
  CHECK(c.stricter == 0);
}

TEST_CASE("a header of which a bit is turned is judged as by the generated verifier") {
  Bytes header = whole();
  Comparison c;
  for (unsigned char& byte : header) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      byte ^= static_cast<unsigned char>(1u << bit);
      c.add(header.data(), header.size());
      byte ^= static_cast<unsigned char>(1u << bit);
    }
  }
  CHECK(c.refused > 1000);
  CHECK(c.accepted > 1000);
  c.check();
}

TEST_CASE("a header that ends early is judged as by the generated verifier") {
  const Bytes header = whole();
  Comparison c;
  for (size_t size = 0; size < header.size(); ++size) {
    const Bytes shorter(header.begin(), header.begin() + static_cast<std::ptrdiff_t>(size));
    c.add(shorter.data(), size);
  }
  CHECK(c.refused > 1000);
  c.check();
}

// Small numbers are offsets and counts more often than any bits.
TEST_CASE("a header with another number somewhere is judged as by the generated verifier") {
  Bytes header = whole();
  std::mt19937 random(1);
  Comparison c;
  for (int i = 0; i < 100000; ++i) {
    const size_t place = random() % (header.size() / 4) * 4;
    unsigned char kept[4];
    std::memcpy(kept, &header[place], 4);
    const uint32_t number = random() >> random() % 32;
    std::memcpy(&header[place], &number, 4);
    c.add(header.data(), header.size());
    std::memcpy(&header[place], kept, 4);
  }
  CHECK(c.refused > 10000);
  CHECK(c.accepted > 1000);
  c.check();
}

}  // namespace
}  // namespace fovea::test
