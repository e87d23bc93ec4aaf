// What a single table may say: each limit, and what is just within it.

#include <doctest/doctest.h>

#include <memory>
#include <vector>

#include "tests/runtime/damage.h"

namespace fovea::test {
namespace {

const Damage kModels[] = {
    {"another format", FOVEA_UNKNOWN_VERSION, [](auto& m) { m.format = 2; }},
    {"more dims than there may be", FOVEA_BAD_VALUE,
     [](auto& m) {
       while (m.dims.size() < 17) m.dims.push_back(std::make_unique<schema::DimT>(*m.dims[0]));
     }},
    {"as many dims as there may be", FOVEA_OK,
     [](auto& m) {
       while (m.dims.size() < 16) m.dims.push_back(std::make_unique<schema::DimT>(*m.dims[0]));
     }},
    {"more sequences than there may be", FOVEA_BAD_VALUE,
     [](auto& m) { m.sequences = (1u << 16) + 1; }},
    {"more tokens than extents count", FOVEA_BAD_VALUE,
     [](auto& m) { m.dims[1]->max = (1u << 31) + 1; }},
    {"another size of planned memory", FOVEA_BAD_VALUE,
     [](auto& m) {
       m.memory = std::make_unique<schema::MemoryT>();
       m.memory->state = 9664;
       m.memory->planned = 1;
     }},
};

const Damage kWeights[] = {
    {"a weight without a shape", FOVEA_BAD_VALUE, [](auto& m) { m.weights[3]->shape.clear(); }},
    {"a weight of no columns", FOVEA_BAD_SHAPE, [](auto& m) { m.weights[3]->shape[1] = 0; }},
    {"a weight of more columns than extents count", FOVEA_BAD_VALUE,
     [](auto& m) { m.weights[3]->shape[1] = (1u << 31) + 1; }},
    {"a weight of more bytes than there may be", FOVEA_BAD_VALUE,
     [](auto& m) {
       m.weights[3]->shape = {1u << 31, 1u << 31};
       m.weights[3]->size = uint64_t{1} << 63;
     }},
    {"a weight that ends behind the file", FOVEA_BAD_VALUE,
     [](auto& m) { m.weights[8]->offset += 64; }},
    {"a weight that lies behind the end of the file", FOVEA_BAD_VALUE,
     [](auto& m) { m.weights[8]->offset = uint64_t{0} - 64; }},
};

const Damage kCaches[] = {
    {"a cache of no slots", FOVEA_BAD_VALUE, [](auto& m) { m.caches[0]->capacity = 0; }},
    {"a cache of no context", FOVEA_BAD_VALUE, [](auto& m) { m.caches[0]->context = 0; }},
    {"a cache of more slots than extents count", FOVEA_BAD_VALUE,
     [](auto& m) { m.caches[0]->capacity = (1u << 31) + 16; }},
    {"a ring larger than its cache", FOVEA_BAD_VALUE, [](auto& m) { m.caches[0]->ring = 64; }},
    {"a ring of a part of a panel", FOVEA_BAD_VALUE, [](auto& m) { m.caches[0]->ring = 24; }},
    {"a ring for more tokens than positions count", FOVEA_BAD_VALUE,
     [](auto& m) {
       m.caches[0]->ring = 48;
       m.caches[0]->context = 1u << 31;
     }},
    {"a state of no known layout", FOVEA_BAD_VALUE,
     [](auto& m) { m.states[1]->layout = static_cast<schema::StateLayout>(99); }},
    {"a state of no heads", FOVEA_BAD_SHAPE, [](auto& m) { m.states[1]->heads = 0; }},
    {"a state of no width", FOVEA_BAD_SHAPE, [](auto& m) { m.states[1]->width = 0; }},
    {"a state of more bytes than there may be", FOVEA_BAD_VALUE,
     [](auto& m) { m.states[1]->heads = m.states[1]->width = kHuge; }},
    {"an update of no known mode", FOVEA_BAD_VALUE,
     [](auto& m) { m.methods[0]->updates[0]->mode = static_cast<schema::UpdateMode>(99); }},
    {"an update by no dim", FOVEA_BAD_VALUE, [](auto& m) { m.methods[0]->updates[0]->dim = 2; }},
};

const Damage kTensors[] = {
    {"a tensor without extents", FOVEA_BAD_SHAPE,
     [](auto& m) {
       tensor(m, "h").extents.clear();
       tensor(m, "h").dims.clear();
     }},
    {"a tensor of nine extents", FOVEA_BAD_VALUE,
     [](auto& m) {
       tensor(m, "h").extents.assign(9, 1);
       tensor(m, "h").dims.assign(9, -1);
     }},
    {"a tensor of an extent without a dim", FOVEA_BAD_SHAPE,
     [](auto& m) { tensor(m, "h").dims.pop_back(); }},
    {"a tensor of no known storage", FOVEA_BAD_VALUE,
     [](auto& m) { tensor(m, "h").storage = static_cast<schema::Storage>(99); }},
    {"a tensor that ends before it begins", FOVEA_BAD_VALUE,
     [](auto& m) {
       tensor(m, "h").first = 5;
       tensor(m, "h").last = 4;
     }},
    {"a planned tensor at a column", FOVEA_BAD_VALUE, [](auto& m) { tensor(m, "h").column = 1; }},
    {"a tensor behind all memory", FOVEA_BAD_VALUE,
     [](auto& m) { tensor(m, "h").offset = uint64_t{1} << 48; }},
    {"a view of another type", FOVEA_BAD_SHAPE,
     [](auto& m) { tensor(m, "v").dtype = schema::DType::Int32; }},
    {"a view of another rank", FOVEA_BAD_SHAPE,
     [](auto& m) {
       tensor(m, "v").extents = {1, 1, 12};
       tensor(m, "v").dims = {1, -1, -1};
     }},
    {"a view of other rows", FOVEA_BAD_SHAPE, [](auto& m) { tensor(m, "v").extents[0] = 2; }},
    {"a view of the rows of another dim", FOVEA_BAD_SHAPE,
     [](auto& m) { tensor(m, "v").dims[0] = 0; }},
};

const Damage kEnds[] = {
    {"more inputs than there may be", FOVEA_BAD_VALUE,
     [](auto& m) { m.methods[0]->inputs.assign(65, 0); }},
    {"an input that is not there from the first", FOVEA_BAD_PLAN,
     [](auto& m) { tensor(m, "tokens").first = 1; }},
    {"an input that is not there to the last", FOVEA_BAD_PLAN,
     [](auto& m) { tensor(m, "tokens").last = 4; }},
    {"an output that is not there to the last", FOVEA_BAD_PLAN,
     [](auto& m) {
       m.methods[0]->outputs.push_back(2);
       tensor(m, "x").last = 3;
     }},
    {"an output that is a view", FOVEA_BAD_PLAN,
     [](auto& m) {
       for (uint32_t i = 0; i < m.methods[0]->tensors.size(); ++i) {
         if (m.methods[0]->tensors[i]->name == "v") m.methods[0]->outputs.push_back(i);
       }
     }},
    {"an output that is no tensor", FOVEA_BAD_VALUE,
     [](auto& m) { m.methods[0]->outputs.push_back(77); }},
};

}  // namespace

TEST_CASE("models, weights, caches, tensors and methods beyond a limit are refused") {
  for (const Damage& damage : kModels) check_damage(damage);
  for (const Damage& damage : kWeights) check_damage(damage);
  for (const Damage& damage : kCaches) check_damage(damage);
  for (const Damage& damage : kTensors) check_damage(damage);
  for (const Damage& damage : kEnds) check_damage(damage);
}

}  // namespace fovea::test
