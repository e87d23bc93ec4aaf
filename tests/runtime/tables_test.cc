// Tables that do not fit together.

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <vector>

#include "runtime/operator.h"
#include "tests/runtime/damage.h"
#include "tests/runtime/handmade.h"

namespace fovea::test {
namespace {

// Of the first attention, in the bytes of a matrix.
void add_slopes(schema::ModelT& m, schema::DType type) {
  auto slopes = std::make_unique<schema::WeightT>(*m.weights[8]);
  slopes->layout = schema::Layout::Plain;
  slopes->dtype = type;
  auto& attention = *op(m, schema::Attributes::Attention).attributes.AsAttention();
  slopes->shape = {attention.heads};
  slopes->size = attention.heads * (type == schema::DType::Float32 ? 4 : 2);
  attention.scoring = std::make_unique<schema::ScoringT>();
  op(m, schema::Attributes::Attention).weights = {static_cast<int32_t>(m.weights.size())};
  m.weights.push_back(std::move(slopes));
}

const Damage kDamages[] = {
    {"feature", FOVEA_UNKNOWN_FEATURE, [](auto& m) { m.features.push_back("telepathy"); }},
    {"a newer revision", FOVEA_UNKNOWN_REVISION, [](auto& m) { m.arithmetic_revision = 99; }},
    {"an older revision", FOVEA_UNKNOWN_REVISION, [](auto& m) { m.arithmetic_revision -= 1; }},
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
    {"a matrix of f16 as long as one of f32", FOVEA_BAD_VALUE,
     [](auto& m) { m.weights[3]->dtype = schema::DType::Float16; }},
    {"a matrix of f16", FOVEA_OK,
     [](auto& m) {
       m.weights[3]->dtype = schema::DType::Float16;
       m.weights[3]->size /= 2;
     }},
    {"a matrix of f16 that is misaligned", FOVEA_MISALIGNED,
     [](auto& m) {
       m.weights[3]->dtype = schema::DType::Float16;
       m.weights[3]->size /= 2;
       m.weights[3]->offset += 2;
     }},
    {"f16 in panels of a gate", FOVEA_OK,
     [](auto& m) {
       m.weights[6]->dtype = schema::DType::Float16;
       m.weights[6]->size /= 2;
     }},
    {"a table of f16", FOVEA_OK,
     [](auto& m) {
       m.weights[0]->dtype = schema::DType::Float16;
       m.weights[0]->size /= 2;
     }},
    {"a gain of f16", FOVEA_UNKNOWN_OPERATOR,
     [](auto& m) {
       m.weights[2]->dtype = schema::DType::Float16;
       m.weights[2]->size /= 2;
     }},
    {"positions of f16", FOVEA_UNKNOWN_OPERATOR,
     [](auto& m) {
       m.weights[1]->dtype = schema::DType::Float16;
       m.weights[1]->size /= 2;
     }},
    {"a bias of f16", FOVEA_BAD_VALUE,
     [](auto& m) {
       m.weights[8]->dtype = schema::DType::Float16;
       m.weights[8]->size /= 2;
     }},
    {"slopes", FOVEA_OK, [](auto& m) { add_slopes(m, schema::DType::Float32); }},
    {"slopes of f16", FOVEA_BAD_VALUE, [](auto& m) { add_slopes(m, schema::DType::Float16); }},
    {"slopes of f16 beside states of f16", FOVEA_BAD_VALUE,
     [](auto& m) {
       keep_caches(m, schema::DType::Float16);
       add_slopes(m, schema::DType::Float16);
     }},
    {"a matrix of integers", FOVEA_UNKNOWN_OPERATOR,
     [](auto& m) { m.weights[3]->dtype = schema::DType::Int32; }},
    {"a weight of no known type", FOVEA_BAD_VALUE,
     [](auto& m) { m.weights[3]->dtype = static_cast<schema::DType>(8); }},
    {"a matrix of pixels", FOVEA_BAD_VALUE,
     [](auto& m) { m.weights[3]->dtype = schema::DType::UInt8; }},
    {"a matrix of bf16", FOVEA_OK,
     [](auto& m) {
       m.weights[3]->dtype = schema::DType::BFloat16;
       m.weights[3]->size /= 2;
     }},
    {"a tensor of f16", FOVEA_BAD_VALUE,
     [](auto& m) { tensor(m, "h").dtype = schema::DType::Float16; }},
    {"a state of bf16", FOVEA_BAD_VALUE, [](auto& m) { keep_caches(m, schema::DType::BFloat16); }},
    {"a state of int32", FOVEA_BAD_VALUE, [](auto& m) { keep_caches(m, schema::DType::Int32); }},
    {"a state of int4", FOVEA_BAD_VALUE, [](auto& m) { keep_caches(m, schema::DType::Int4); }},
    {"a state of uint4", FOVEA_BAD_VALUE, [](auto& m) { keep_caches(m, schema::DType::UInt4); }},
    {"a state of no type", FOVEA_BAD_VALUE,
     [](auto& m) { keep_caches(m, static_cast<schema::DType>(99)); }},
    {"states of f16", FOVEA_OK, [](auto& m) { keep_caches(m, schema::DType::Float16); }},
    {"states of codes", FOVEA_OK, [](auto& m) { keep_caches(m, schema::DType::Int8); }},
    {"values of another type than keys", FOVEA_BAD_VALUE,
     [](auto& m) { m.states[1]->dtype = schema::DType::Float16; }},
    {"values of f32 beside keys of codes", FOVEA_BAD_VALUE,
     [](auto& m) {
       keep_caches(m, schema::DType::Int8);
       m.states[1]->dtype = schema::DType::Float32;
     }},
    {"states of f16 that lie as f32 would", FOVEA_BAD_VALUE,
     [](auto& m) {
       for (auto& state : m.states) state->dtype = schema::DType::Float16;
     }},
    {"capacity", FOVEA_BAD_VALUE, [](auto& m) { m.caches[0]->capacity = 40; }},
    {"context past capacity", FOVEA_BAD_VALUE, [](auto& m) { m.caches[0]->context = 49; }},
    {"more caches than there may be", FOVEA_BAD_VALUE,
     [](auto& m) {
       while (m.caches.size() < 33) {
         m.caches.push_back(std::make_unique<schema::CacheT>(*m.caches[0]));
       }
     }},
    {"as many caches as there may be", FOVEA_OK,
     [](auto& m) {
       while (m.caches.size() < 32) {
         m.caches.push_back(std::make_unique<schema::CacheT>(*m.caches[0]));
       }
     }},
    {"context of a run", FOVEA_OK, [](auto& m) { m.caches[0]->context = kTinyTokens; }},
    {"context smaller than a run", FOVEA_CONTEXT_TOO_SMALL,
     [](auto& m) {
       m.caches[0]->context = kTinyTokens - 1;
       m.methods[0]->lengths = -1;
     }},
    {"context smaller than the rows of several sequences", FOVEA_OK,
     [](auto& m) { m.caches[0]->context = kTinyTokens - 1; }},
    {"state's cache", FOVEA_BAD_VALUE, [](auto& m) { m.states[1]->cache = 1; }},
    {"state's offset", FOVEA_BAD_VALUE, [](auto& m) { m.states[1]->offset += 64; }},
    {"state's heads", FOVEA_BAD_SHAPE, [](auto& m) { m.states[1]->heads = 3; }},
    {"state's width", FOVEA_BAD_SHAPE, [](auto& m) { m.states[1]->width = kHuge; }},
    {"extent of zero", FOVEA_BAD_SHAPE, [](auto& m) { tensor(m, "h").extents[1] = 0; }},
    {"extents that overflow", FOVEA_BAD_SHAPE, [](auto& m) { tensor(m, "h").extents[1] = kHuge; }},
    {"extents that overflow at the maximum of a dim", FOVEA_BAD_SHAPE,
     [](auto& m) { tensor(m, "h").extents[0] = 1u << 28; }},
    {"rows that overflow at the maxima of two dims", FOVEA_BAD_SHAPE,
     [](auto& m) {
       tensor(m, "h").extents = {1u << 15, 1u << 13, 24};
       tensor(m, "h").dims = {0, 1, -1};
     }},
    {"extent without its dim", FOVEA_BAD_SHAPE,
     [](auto& m) {
       tensor(m, "h").dims[0] = -1;
       tensor(m, "h").extents[0] = kTinyTokens;
     }},
    {"dim out of range", FOVEA_BAD_VALUE, [](auto& m) { tensor(m, "h").dims[0] = 2; }},
    {"width from a dim", FOVEA_BAD_SHAPE, [](auto& m) { tensor(m, "qkv").dims[1] = 1; }},
    {"view past its base", FOVEA_BAD_SHAPE, [](auto& m) { tensor(m, "v").column += 1; }},
    {"view of a view", FOVEA_BAD_SHAPE, [](auto& m) { tensor(m, "v").base = 7; }},
    {"view of nothing", FOVEA_BAD_VALUE, [](auto& m) { tensor(m, "v").base = -1; }},
    {"tensors that overlap", FOVEA_BAD_PLAN,
     [](auto& m) { tensor(m, "h").offset = tensor(m, "x").offset; }},
    {"tensor offset", FOVEA_MISALIGNED, [](auto& m) { tensor(m, "h").offset += 4; }},
    {"a tensor over its neighbour's end", FOVEA_BAD_PLAN,
     [](auto& m) { tensor(m, "h").offset = tensor(m, "qkv").offset - 64; }},
    {"a tensor over an input", FOVEA_BAD_PLAN,
     [](auto& m) { tensor(m, "logits").offset = tensor(m, "lengths").offset; }},
    {"a tensor where one has died", FOVEA_OK,
     [](auto& m) {
       tensor(m, "qkv").last = 8;
       tensor(m, "gated").offset = tensor(m, "qkv").offset;
     }},
    {"a tensor where one is read for the last time", FOVEA_BAD_PLAN,
     [](auto& m) {
       tensor(m, "qkv").last = 8;
       tensor(m, "attended").offset = tensor(m, "qkv").offset;
     }},
    {"lifetime too short", FOVEA_BAD_PLAN, [](auto& m) { tensor(m, "x").last = 3; }},
    {"lifetime past the end", FOVEA_BAD_VALUE, [](auto& m) { tensor(m, "x").last = 99; }},
    {"read before written", FOVEA_BAD_PLAN,
     [](auto& m) { op(m, schema::Attributes::RmsNorm).inputs[0] = 5; }},
    {"input out of range", FOVEA_BAD_VALUE,
     [](auto& m) { op(m, schema::Attributes::Linear).inputs[0] = 50; }},
    {"one absent input more", FOVEA_OK,
     [](auto& m) { op(m, schema::Attributes::RmsNorm).inputs.push_back(-1); }},
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
     [](auto& m) { op(m, schema::Attributes::RotaryTable).attributes.AsRotaryTable()->cache = 1; }},
    {"rotary positions that no float has", FOVEA_BAD_VALUE,
     [](auto& m) { m.caches[0]->context = m.caches[0]->capacity = (1u << 24) + 16; }},
    {"rotary factor of 0", FOVEA_BAD_VALUE,
     [](auto& m) {
       op(m, schema::Attributes::RotaryTable).attributes.AsRotaryTable()->factor = 0;
     }},
    {"rotary factor below 0", FOVEA_BAD_VALUE,
     [](auto& m) {
       op(m, schema::Attributes::RotaryTable).attributes.AsRotaryTable()->factor = -1;
     }},
    {"infinite rotary factor", FOVEA_BAD_VALUE,
     [](auto& m) {
       op(m, schema::Attributes::RotaryTable).attributes.AsRotaryTable()->factor = INFINITY;
     }},
    {"rotary factor that is no number", FOVEA_BAD_VALUE,
     [](auto& m) {
       op(m, schema::Attributes::RotaryTable).attributes.AsRotaryTable()->factor = NAN;
     }},
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
    {"lengths that are no tensor", FOVEA_BAD_VALUE, [](auto& m) { m.methods[0]->lengths = 77; }},
    {"lengths that are no input", FOVEA_BAD_VALUE, [](auto& m) { m.methods[0]->lengths = 2; }},
    {"lengths that are no integers", FOVEA_BAD_SHAPE,
     [](auto& m) { m.methods[0]->lengths = add_input(m, 0, {1}, {0}); }},
    {"lengths of rank 2", FOVEA_BAD_SHAPE,
     [](auto& m) {
       tensor(m, "lengths").extents = {1, 1};
       tensor(m, "lengths").dims = {0, -1};
     }},
    {"more lengths than sequences", FOVEA_BAD_VALUE,
     [](auto& m) { tensor(m, "lengths").extents = {2}; }},
    {"packed rows that no dim counts", FOVEA_BAD_VALUE, [](auto& m) { m.methods[0]->packed = 2; }},
    {"a store of equal lengths where lengths are counted", FOVEA_BAD_SHAPE,
     [](auto& m) {
       const int32_t x = add_input(m, 0, {1, 1, 12}, {0, 1, -1});
       op(m, schema::Attributes::StoreKeyValue).inputs = {x, x};
     }},
    {"a store of packed rows where a dim is counted", FOVEA_BAD_SHAPE,
     [](auto& m) {
       m.dims.push_back(std::make_unique<schema::DimT>());
       m.dims.back()->max = 1;
       m.methods[0]->updates[0]->dim = 2;
     }},
    {"values in a batch of equal lengths, packed keys", FOVEA_BAD_SHAPE,
     [](auto& m) {
       m.dims[0]->max = 1;
       op(m, schema::Attributes::StoreKeyValue).inputs[1] =
           add_input(m, 0, {1, 1, 12}, {-1, 1, -1});
     }},
    {"values of other tokens than the keys", FOVEA_BAD_SHAPE,
     [](auto& m) {
       const int32_t values = add_input(m, 0, {4, 12}, {-1, -1});
       op(m, schema::Attributes::StoreKeyValue).inputs[1] = values;
     }},
    {"an operator writes an input", FOVEA_BAD_PLAN,
     [](auto& m) {
       const int32_t x = add_input(m, 0, {1, 24}, {1, -1});
       append(m, 0, schema::ActivationT(), {x}, {x});
     }},
    {"an operator writes a view of an input", FOVEA_BAD_PLAN,
     [](auto& m) {
       const int32_t x = add_input(m, 0, {1, 24}, {1, -1});
       const int32_t view = add_tensor(m, 0, {1, 12}, {1, -1});
       auto& t = *m.methods[0]->tensors[static_cast<size_t>(view)];
       t.storage = schema::Storage::View;
       t.offset = 0;
       t.base = x;
       append(m, 0, schema::ActivationT(), {view}, {view});
     }},
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
    {"fingerprint with too few dims", FOVEA_BAD_SHAPE,
     [](auto& m) { m.fingerprint.push_back(std::make_unique<schema::FingerprintRunT>()); }},
    {"fingerprint without inputs", FOVEA_BAD_SHAPE,
     [](auto& m) {
       m.fingerprint.push_back(std::make_unique<schema::FingerprintRunT>());
       m.fingerprint[0]->dims = {1, 1};
     }},
    {"nine tokenizers", FOVEA_BAD_VALUE,
     [](auto& m) {
       for (int i = 0; i < 9; ++i) m.tokenizers.push_back(std::make_unique<schema::TokenizerT>());
     }},
    {"tokenizer without sorted ids", FOVEA_BAD_SHAPE,
     [](auto& m) {
       m.tokenizers.push_back(std::make_unique<schema::TokenizerT>());
       m.tokenizers[0]->pieces = {"a", "b"};
       m.tokenizers[0]->sorted = {0};
     }},
};

TEST_CASE("tables that do not fit together are refused, each with its reason") {
  for (const Damage& damage : kDamages) check_damage(damage);
}

TEST_CASE("rotary embedding has positions that floats hold exactly") {
  for (const uint32_t tokens : {1u << 24, (1u << 24) + 1}) {
    Handmade m;
    const int32_t dim = m.dim("tokens", tokens);
    const int32_t y = m.tensor("y", {1, 2}, {dim, -1});
    m.op(schema::RotaryTableT(), {}, {y}, {m.weight(schema::Layout::Plain, {1})});
    const Image image = m.image(y);
    fovea_model model;
    fovea_error error;
    const fovea_code code = fovea_open(image.span(), {}, &model, &error);
    CHECK_MESSAGE(code == (tokens == 1u << 24 ? FOVEA_OK : FOVEA_BAD_VALUE), sentence(error));
  }
}

// Rows of 10 numbers as codes, for a matrix of 6 outputs and for the table that they come from.
struct CodesModel {
  Handmade m;
  int32_t table, matrix, y;
  schema::DType type;

  explicit CodesModel(schema::DType format = schema::DType::Int8) : type(format) {
    const bool groups = is_in_groups(type);
    const int32_t rows = m.dim("rows", 4);
    const int32_t ids = m.input("ids", {1}, {rows}, schema::DType::Int32);
    const int32_t x = m.tensor("x", {1, 10}, {rows, -1});
    const int32_t codes =
        m.tensor("codes", {1, groups ? 5u : 4u}, {rows, -1}, schema::DType::Int32);
    y = m.tensor("y", {1, 6}, {rows, -1});
    table = codes_weight(schema::Layout::Plain, {5, 10});
    matrix = codes_weight(schema::Layout::Panels16, {6, 10});
    m.op(schema::EmbeddingT(), {ids}, {x}, {table});
    groups ? m.op(schema::QuantizeGroupsT(), {x}, {codes})
           : m.op(schema::QuantizeT(), {x}, {codes});
    m.op(schema::LinearT(), {codes}, {y}, {matrix, m.weight(schema::Layout::Row16, {6})});
  }
  int32_t codes_weight(schema::Layout layout, std::vector<uint32_t> shape) {
    const int32_t made = m.weight(layout, shape);
    schema::WeightT& w = weight(made);
    w.dtype = type;
    w.size = weight_bytes(layout, shape.data(), 2, w.dtype).value();
    return made;
  }
  schema::WeightT& weight(int32_t i) { return *m.model.weights[static_cast<size_t>(i)]; }
  schema::TensorT& tensor(size_t i) { return *m.method.tensors[i]; }
};

TEST_CASE("codes: matrices take rows of them, of the right width") {
  const struct {
    const char* what;
    fovea_code code;
    void (*change)(CodesModel&);
  } cases[] = {
      {"as it is", FOVEA_OK, [](auto&) {}},
      {"rows of another width", FOVEA_BAD_SHAPE, [](auto& c) { c.tensor(2).extents[1] = 5; }},
      {"a matrix of another width", FOVEA_BAD_SHAPE,
       [](auto& c) {
         c.weight(c.matrix).shape[1] = 13;
         c.weight(c.matrix).size += 64;
       }},
      {"as many words", FOVEA_OK,
       [](auto& c) {
         c.weight(c.matrix).shape[1] = 12;  // what is past the codes is 0
       }},
      {"numbers for a matrix of codes", FOVEA_BAD_VALUE,
       [](auto& c) { c.m.method.operators[2]->inputs[0] = 1; }},
      {"codes for a matrix of numbers", FOVEA_BAD_VALUE,
       [](auto& c) {
         c.weight(c.matrix).dtype = schema::DType::Float16;
         c.weight(c.matrix).size = 10 * 16 * 2;
       }},
      {"codes of numbers that are none", FOVEA_BAD_VALUE,
       [](auto& c) { c.tensor(2).dtype = schema::DType::Float32; }},
      {"panels without what belongs to them", FOVEA_BAD_VALUE,
       [](auto& c) { c.weight(c.matrix).size -= 64; }},
      {"a table without its numbers", FOVEA_BAD_VALUE,
       [](auto& c) { c.weight(c.table).size -= 4; }},
      {"codes as a bias", FOVEA_BAD_VALUE,
       [](auto& c) {
         schema::WeightT& bias = c.weight(2);
         bias.dtype = schema::DType::Int8;
         bias.size = weight_bytes(bias.layout, bias.shape.data(), 1, bias.dtype).value();
       }},
      {"codes as a tensor", FOVEA_BAD_VALUE,
       [](auto& c) { c.tensor(2).dtype = schema::DType::Int8; }},
      {"more codes than a sum has room for", FOVEA_BAD_VALUE,
       [](auto& c) {
         schema::WeightT& w = c.weight(c.matrix);
         w.shape[1] = kernels::kMostCodes + 1;
         w.size = weight_bytes(w.layout, w.shape.data(), 2, w.dtype).value();
         c.m.weights.resize(c.m.weights.size() + w.size / sizeof(float));
       }},
  };
  for (const auto& c : cases) {
    CAPTURE(c.what);
    CodesModel model;
    c.change(model);
    const Image image = model.m.image(model.y);
    fovea_model opened;
    fovea_error error;
    const fovea_code code = fovea_open(image.span(), {}, &opened, &error);
    CHECK_MESSAGE(code == c.code, sentence(error));
  }
}

TEST_CASE("codes in groups: matrices take rows of them, of the right width") {
  const struct {
    const char* what;
    fovea_code code;
    void (*change)(CodesModel&);
  } cases[] = {
      {"as it is", FOVEA_OK, [](auto&) {}},
      {"rows without what sums begin with", FOVEA_BAD_SHAPE,
       [](auto& c) {
         c.tensor(2).extents[1] = 4;
         c.m.method.operators[1]->attributes.Set(schema::QuantizeT());
       }},
      {"what makes others", FOVEA_BAD_SHAPE,
       [](auto& c) { c.m.method.operators[1]->attributes.Set(schema::QuantizeT()); }},
      {"rows of another width", FOVEA_BAD_SHAPE, [](auto& c) { c.tensor(2).extents[1] = 6; }},
      {"a matrix of another width", FOVEA_BAD_SHAPE,
       [](auto& c) {
         c.weight(c.matrix).shape[1] = 33;
         c.weight(c.matrix).size = 6 * 64;
       }},
      {"as many words", FOVEA_OK, [](auto& c) { c.weight(c.matrix).shape[1] = 12; }},
      {"panels without what belongs to them", FOVEA_BAD_VALUE,
       [](auto& c) { c.weight(c.matrix).size -= 64; }},
      {"a table without its numbers", FOVEA_BAD_VALUE,
       [](auto& c) { c.weight(c.table).size -= 4; }},
  };
  for (const auto& c : cases) {
    CAPTURE(c.what);
    CodesModel model(schema::DType::Int4);
    CHECK(model.weight(model.matrix).size == 3 * 64);
    CHECK(model.weight(model.table).size == 5 * 12);
    c.change(model);
    const Image image = model.m.image(model.y);
    fovea_model opened;
    fovea_error error;
    const fovea_code code = fovea_open(image.span(), {}, &opened, &error);
    CHECK_MESSAGE(code == c.code, sentence(error));
  }
}

// More columns than there can be, so that the bytes of a panel would not fit.
TEST_CASE("codes: bytes of more columns than numbers of 32 bits count are too many") {
  const uint32_t shape[] = {16, 1u << 31, 4};
  for (const schema::DType type :
       {schema::DType::Int8, schema::DType::Int4, schema::DType::UInt4}) {
    CHECK(weight_bytes(schema::Layout::Panels16, shape, 2, type).within(kMaxBytes));
    CHECK(!weight_bytes(schema::Layout::Plain, shape, 3, type).within(kMaxBytes));
  }
}

// The queries, keys and values come from a matrix of f16, other layers' from f32.
TEST_CASE("operators are found by kind and format, in any order") {
  const Image image = tiny_model([](schema::ModelT& m) {
    m.weights[3]->dtype = schema::DType::Float16;
    m.weights[3]->size /= 2;
  });
  std::vector<const fovea_operator*> copy(fovea_all_operators.items,
                                          fovea_all_operators.items + fovea_all_operators.count);
  const fovea_operator** const all = copy.data();
  const fovea_operator** const end = all + copy.size();
  std::swap(all[1], *std::find(all, end, &fovea_operator_linear_f16));
  std::sort(all, all + 3, std::less<>());
  fovea_model model;
  fovea_error error;
  do {
    const fovea_operators list = {all, fovea_all_operators.count, fovea_all_operators.features};
    CHECK(fovea_open_with(&list, image.span(), {}, &model, &error) == FOVEA_OK);
  } while (std::next_permutation(all, all + 3, std::less<>()));

  const fovea_operators lacking = {
      all, static_cast<uint32_t>(std::remove(all, end, &fovea_operator_linear_f16) - all),
      fovea_all_operators.features};
  CHECK(fovea_open_with(&lacking, image.span(), {}, &model, &error) == FOVEA_UNKNOWN_OPERATOR);
  CHECK(error.a == static_cast<uint64_t>(schema::Attributes::Linear));
  CHECK(error.b == static_cast<uint64_t>(schema::DType::Float16));
  CHECK(sentence(error).find("Float16") != std::string::npos);
}

}  // namespace
}  // namespace fovea::test
