// Files from outside: every damage is refused, or does no harm.

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "runtime/preamble.h"
#include "tests/support/tiny_session.h"

namespace fovea::test {
namespace {

fovea_code open(const Image& image, fovea_error* error = nullptr) {
  fovea_model model;
  return fovea_open(image.span(), {}, &model, error);
}

Image copy(const Image& from, size_t size) {
  Image result(size);
  std::memcpy(result.data(), from.data(), std::min(size, from.size()));
  return result;
}

// Runs every method of a model that was accepted, at the maxima, with tokens that fit.
void run_all(const Image& image) {
  fovea_model model;
  fovea_error error;
  if (fovea_open(image.span(), {}, &model, &error) != FOVEA_OK) return;
  const fovea_memory memory = fovea_arena(&model, 1);
  if (memory.total > (1u << 26)) return;
  Image arena(memory.total);
  fovea_session* session;
  REQUIRE(fovea_bind(&model, {{arena.data(), arena.size()}, {}, {}}, nullptr, &session, &error) ==
          FOVEA_OK);
  for (uint32_t m = 0; m < fovea_method_count(&model); ++m) {
    for (int repeat = 0; repeat < 2; ++repeat) {
      const fovea_code code = fovea_run(session, m, &error);
      CHECK((code == FOVEA_OK || error.code == static_cast<uint32_t>(code)));
    }
  }
}

size_t header_end(const Image& image) {
  return reinterpret_cast<const Preamble*>(image.data())->weights_offset;
}

TEST_CASE("the tiny model opens, and its weights have their checksum") {
  const Image image = tiny_model();
  fovea_model model;
  fovea_error error;
  REQUIRE_MESSAGE(fovea_open(image.span(), {}, &model, &error) == FOVEA_OK, sentence(error));
  CHECK(fovea_check_weights(&model, &error) == FOVEA_OK);
  run_all(image);
}

TEST_CASE("header and weights may lie apart") {
  const Image image = tiny_model();
  const size_t split = header_end(image);
  const Image header = copy(image, split);
  Image weights(image.size() - split);
  std::memcpy(weights.data(), image.data() + split, weights.size());
  fovea_model model;
  CHECK(fovea_open(header.span(), weights.span(), &model, nullptr) == FOVEA_OK);
  CHECK(fovea_check_weights(&model, nullptr) == FOVEA_OK);
}

TEST_CASE("every truncation is refused") {
  const Image image = tiny_model();
  fovea_error error;
  for (size_t size = 0; size < image.size(); size += size < header_end(image) ? 1 : 37) {
    CHECK(open(copy(image, size), &error) == FOVEA_TRUNCATED);
  }
  CHECK(open(copy(image, image.size() + 1), &error) == FOVEA_TRUNCATED);
}

TEST_CASE("every flipped bit of preamble and header is noticed") {
  Image image = tiny_model();
  const size_t weights_crc = offsetof(Preamble, weights_crc);
  for (size_t bit = 0; bit < header_end(image) * 8; ++bit) {
    image.data()[bit / 8] ^= static_cast<unsigned char>(1 << bit % 8);
    CHECK_MESSAGE(open(image) != FOVEA_OK, bit);
    image.data()[bit / 8] ^= static_cast<unsigned char>(1 << bit % 8);
  }
  CHECK(weights_crc < header_end(image));
  CHECK(open(image) == FOVEA_OK);
}

TEST_CASE("every flipped bit under a right checksum is refused or harmless") {
  const Image good = tiny_model();
  size_t accepted = 0, refused = 0;
  for (size_t bit = 0; bit < header_end(good) * 8; ++bit) {
    Image image = copy(good, good.size());
    image.data()[bit / 8] ^= static_cast<unsigned char>(1 << bit % 8);
    if (header_end(image) == header_end(good)) fix_header_crc(image);
    if (open(image) == FOVEA_OK) {
      ++accepted;
      run_all(image);
    } else {
      ++refused;
    }
  }
  MESSAGE(refused, " flips refused, ", accepted, " accepted and run");
  CHECK(refused > accepted);
}

TEST_CASE("a flipped weight bit fails the weights' checksum only") {
  Image image = tiny_model();
  image.data()[image.size() - 9] ^= 4;
  fovea_model model;
  fovea_error error;
  CHECK(fovea_open(image.span(), {}, &model, &error) == FOVEA_OK);
  CHECK(fovea_check_weights(&model, &error) == FOVEA_BAD_CHECKSUM);
}

TEST_CASE("memory must be aligned") {
  const Image image = tiny_model();
  Image shifted(image.size() + 64);
  std::memcpy(shifted.data() + 4, image.data(), image.size());
  fovea_model model;
  fovea_error error;
  CHECK(fovea_open({shifted.data() + 4, image.size()}, {}, &model, &error) == FOVEA_MISALIGNED);
  CHECK(error.a == 4);
}

TEST_CASE("a newer format and another kind of file are told apart") {
  Image image = tiny_model();
  reinterpret_cast<Preamble*>(image.data())->version = 2;
  CHECK(open(image) == FOVEA_UNKNOWN_VERSION);
  image.data()[0] = 'G';
  CHECK(open(image) == FOVEA_NOT_A_MODEL);
}

// Each line alters the tables of a good model; the runtime says the code beside it.
struct Damage {
  const char* what;
  fovea_code code;
  void (*change)(schema::ModelT&);
};

schema::OperatorT& op(schema::ModelT& m, schema::Attributes kind) {
  for (auto& o : m.methods[0]->operators) {
    if (o->attributes.type == kind) return *o;
  }
  FAIL("no such operator");
  return *m.methods[0]->operators[0];
}

schema::TensorT& tensor(schema::ModelT& m, const char* name) {
  for (auto& t : m.methods[0]->tensors) {
    if (t->name == name) return *t;
  }
  FAIL("no such tensor");
  return *m.methods[0]->tensors[0];
}

constexpr uint32_t kHuge = std::numeric_limits<uint32_t>::max();

const Damage kDamages[] = {
    {"feature", FOVEA_UNKNOWN_FEATURE, [](auto& m) { m.features.push_back("telepathy"); }},
    {"revision", FOVEA_BAD_VALUE, [](auto& m) { m.arithmetic_revision = 99; }},
    {"dim of zero", FOVEA_BAD_VALUE, [](auto& m) { m.dims[1]->max = 0; }},
    {"dim too large", FOVEA_BAD_VALUE, [](auto& m) { m.dims[1]->max = kHuge; }},
    {"no sequences", FOVEA_BAD_VALUE, [](auto& m) { m.sequences = 0; }},
    {"fewer sequences than batch", FOVEA_BAD_VALUE, [](auto& m) { m.sequences = 1; }},
    {"weight size", FOVEA_BAD_VALUE, [](auto& m) { m.weights[3]->size += 64; }},
    {"weight offset", FOVEA_BAD_VALUE, [](auto& m) { m.weights[3]->offset += 1u << 20; }},
    {"weight alignment", FOVEA_MISALIGNED, [](auto& m) { m.weights[3]->offset += 4; }},
    {"weight shape", FOVEA_BAD_VALUE, [](auto& m) { m.weights[3]->shape[0] = kHuge; }},
    {"weight rank", FOVEA_BAD_VALUE, [](auto& m) { m.weights[3]->shape.push_back(1); }},
    {"weight layout", FOVEA_BAD_VALUE,
     [](auto& m) { m.weights[5]->layout = schema::Layout::Plain; }},
    {"capacity", FOVEA_BAD_VALUE, [](auto& m) { m.caches[0]->capacity = 40; }},
    {"context past capacity", FOVEA_BAD_VALUE, [](auto& m) { m.caches[0]->context = 49; }},
    {"state's cache", FOVEA_BAD_VALUE, [](auto& m) { m.states[1]->cache = 1; }},
    {"state's offset", FOVEA_BAD_VALUE, [](auto& m) { m.states[1]->offset += 64; }},
    {"state's heads", FOVEA_BAD_SHAPE, [](auto& m) { m.states[1]->heads = 3; }},
    {"state's width", FOVEA_BAD_SHAPE, [](auto& m) { m.states[1]->width = kHuge; }},
    {"extent of zero", FOVEA_BAD_SHAPE, [](auto& m) { tensor(m, "h").extents[2] = 0; }},
    {"extents that overflow", FOVEA_BAD_SHAPE, [](auto& m) { tensor(m, "h").extents[2] = kHuge; }},
    {"extent without its dim", FOVEA_BAD_SHAPE,
     [](auto& m) {
       tensor(m, "h").dims[1] = -1;
       tensor(m, "h").extents[1] = kTinyTokens;
     }},
    {"dim out of range", FOVEA_BAD_VALUE, [](auto& m) { tensor(m, "h").dims[1] = 2; }},
    {"width from a dim", FOVEA_BAD_SHAPE, [](auto& m) { tensor(m, "qkv").dims[2] = 1; }},
    {"view past its base", FOVEA_BAD_SHAPE, [](auto& m) { tensor(m, "v").column += 1; }},
    {"view of a view", FOVEA_BAD_SHAPE, [](auto& m) { tensor(m, "v").base = 7; }},
    {"view of nothing", FOVEA_BAD_VALUE, [](auto& m) { tensor(m, "v").base = -1; }},
    {"tensors that overlap", FOVEA_BAD_PLAN,
     [](auto& m) { tensor(m, "h").offset = tensor(m, "x").offset; }},
    {"tensor offset", FOVEA_MISALIGNED, [](auto& m) { tensor(m, "h").offset += 4; }},
    {"lifetime too short", FOVEA_BAD_PLAN, [](auto& m) { tensor(m, "x").last = 3; }},
    {"lifetime past the end", FOVEA_BAD_VALUE, [](auto& m) { tensor(m, "x").last = 99; }},
    {"read before written", FOVEA_BAD_PLAN,
     [](auto& m) { op(m, schema::Attributes::RmsNorm).inputs[0] = 5; }},
    {"input out of range", FOVEA_BAD_VALUE,
     [](auto& m) { op(m, schema::Attributes::Linear).inputs[0] = 50; }},
    {"input absent", FOVEA_BAD_VALUE,
     [](auto& m) { op(m, schema::Attributes::Linear).inputs[0] = -1; }},
    {"input type", FOVEA_BAD_VALUE,
     [](auto& m) { op(m, schema::Attributes::RmsNorm).inputs[0] = 0; }},
    {"output is input", FOVEA_BAD_PLAN,
     [](auto& m) { op(m, schema::Attributes::Linear).outputs[0] = 3; }},
    {"no output", FOVEA_BAD_PLAN,
     [](auto& m) { op(m, schema::Attributes::Linear).outputs.clear(); }},
    {"weight out of range", FOVEA_BAD_VALUE,
     [](auto& m) { op(m, schema::Attributes::Linear).weights[0] = 9; }},
    {"weight of another shape", FOVEA_BAD_SHAPE,
     [](auto& m) { op(m, schema::Attributes::Linear).weights[0] = 7; }},
    {"one state", FOVEA_BAD_VALUE,
     [](auto& m) { op(m, schema::Attributes::Attention).states.pop_back(); }},
    {"states in the wrong order", FOVEA_BAD_VALUE,
     [](auto& m) {
       op(m, schema::Attributes::Attention).states = {1, 0};
     }},
    {"heads that do not divide", FOVEA_BAD_VALUE,
     [](auto& m) { op(m, schema::Attributes::Attention).attributes.AsAttention()->heads = 3; }},
    {"no heads", FOVEA_BAD_VALUE,
     [](auto& m) { op(m, schema::Attributes::Attention).attributes.AsAttention()->kv_heads = 0; }},
    {"scale that is no number", FOVEA_BAD_VALUE,
     [](auto& m) {
       op(m, schema::Attributes::Attention).attributes.AsAttention()->scale =
           std::numeric_limits<float>::quiet_NaN();
     }},
    {"rotary cache", FOVEA_BAD_VALUE,
     [](auto& m) { op(m, schema::Attributes::Rotary).attributes.AsRotary()->cache = 1; }},
    {"rotary positions that no float has", FOVEA_BAD_VALUE,
     [](auto& m) { m.caches[0]->context = m.caches[0]->capacity = (1u << 24) + 16; }},
    {"rotary factor of 0", FOVEA_BAD_VALUE,
     [](auto& m) { op(m, schema::Attributes::Rotary).attributes.AsRotary()->factor = 0; }},
    {"rotary factor below 0", FOVEA_BAD_VALUE,
     [](auto& m) { op(m, schema::Attributes::Rotary).attributes.AsRotary()->factor = -1; }},
    {"infinite rotary factor", FOVEA_BAD_VALUE,
     [](auto& m) { op(m, schema::Attributes::Rotary).attributes.AsRotary()->factor = INFINITY; }},
    {"rotary factor that is no number", FOVEA_BAD_VALUE,
     [](auto& m) { op(m, schema::Attributes::Rotary).attributes.AsRotary()->factor = NAN; }},
    {"too few positions", FOVEA_BAD_VALUE,
     [](auto& m) { op(m, schema::Attributes::AddPositions).weights[0] = 0; }},
    {"unknown operator", FOVEA_UNKNOWN_OPERATOR,
     [](auto& m) { op(m, schema::Attributes::Linear).attributes.Reset(); }},
    {"update of no cache", FOVEA_BAD_VALUE, [](auto& m) { m.methods[0]->updates[0]->cache = 7; }},
    {"update twice", FOVEA_BAD_VALUE,
     [](auto& m) {
       auto twice = std::make_unique<schema::CacheUpdateT>(*m.methods[0]->updates[0]);
       m.methods[0]->updates.push_back(std::move(twice));
     }},
    {"update with another length", FOVEA_BAD_SHAPE,
     [](auto& m) { m.methods[0]->updates[0]->lengths = -1; }},
    {"store without update", FOVEA_BAD_VALUE, [](auto& m) { m.methods[0]->updates.clear(); }},
    {"no operators", FOVEA_BAD_VALUE, [](auto& m) { m.methods[0]->operators.clear(); }},
    {"method input that is no tensor", FOVEA_BAD_VALUE,
     [](auto& m) { m.methods[0]->inputs[0] = 77; }},
    {"too little memory", FOVEA_BAD_VALUE,
     [](auto& m) {
       m.memory = std::make_unique<schema::MemoryT>();
       m.memory->state = 64;
     }},
    {"fingerprint of no method", FOVEA_BAD_VALUE,
     [](auto& m) {
       m.fingerprint.push_back(std::make_unique<schema::FingerprintRunT>());
       m.fingerprint[0]->method = 2;
     }},
    {"tokenizer without sorted ids", FOVEA_BAD_SHAPE,
     [](auto& m) {
       m.tokenizers.push_back(std::make_unique<schema::TokenizerT>());
       m.tokenizers[0]->pieces = {"a", "b"};
       m.tokenizers[0]->sorted = {0};
     }},
};

TEST_CASE("tables that do not fit together are refused, each with its reason") {
  for (const Damage& damage : kDamages) {
    CAPTURE(std::string(damage.what));
    fovea_error error;
    const fovea_code code = open(tiny_model(damage.change), &error);
    CAPTURE(sentence(error));
    CHECK(code == damage.code);
    CHECK(error.code == static_cast<uint32_t>(code));
    CHECK(sentence(error).size() > 20);
    CHECK(sentence(error).find('\n') == std::string::npos);
  }
}

}  // namespace
}  // namespace fovea::test
