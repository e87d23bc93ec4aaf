#include "tools/write/fingerprint.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <span>

#include "runtime/operator.h"
#include "tools/graph/uses.h"

namespace fovea::tools {
namespace {

using schema::DType;
using schema::MethodT;
using schema::ModelT;

constexpr uint32_t kMostPerDim = 8;

// Not yet known. Not zero: FlatBuffers leave out fields that have their default.
constexpr uint32_t kUnknownCrc = 1;

// Knuth's MMIX generator; the upper bits are the good ones.
class Random {
 public:
  uint32_t below(uint32_t limit) { return static_cast<uint32_t>(next() >> 33) % limit; }
  // In [-1, 1), a multiple of 2^-23.
  float real() {
    return static_cast<float>(static_cast<int32_t>(next() >> 40) - (1 << 23)) * 0x1p-23f;
  }

 private:
  uint64_t next() { return state_ = state_ * 6364136223846793005u + 1442695040888963407u; }
  uint64_t state_ = 1;
};

uint32_t appending_methods(const ModelT& model, uint32_t cache) {
  uint32_t count = 0;
  for (const auto& method : model.methods) {
    for (const auto& update : method->updates) {
      count += update->cache == cache && update->mode == schema::UpdateMode::Append;
    }
  }
  return count;
}

// A few of everything, and no more tokens than the caches hold when all methods add to them.
std::vector<uint32_t> choose_dims(const ModelT& model) {
  std::vector<uint32_t> dims;
  for (const auto& dim : model.dims) dims.push_back(std::min(dim->max, kMostPerDim));
  for (const auto& method : model.methods) {
    for (const auto& update : method->updates) {
      if (update->mode != schema::UpdateMode::Append) continue;
      const uint32_t share =
          model.caches[update->cache]->context / appending_methods(model, update->cache);
      dims[update->dim] = std::min(dims[update->dim], std::max(share, 1u));
    }
  }
  return dims;
}

uint32_t extent(const schema::TensorT& tensor, size_t i, const std::vector<uint32_t>& dims) {
  const int32_t dim = tensor.dims.empty() ? -1 : tensor.dims[i];
  return tensor.extents[i] * (dim < 0 ? 1 : dims[dim]);
}

// Token ids lie below the vocabulary, lengths are the tokens of the operator that takes them.
int32_t make_integer(const ModelT& model, const MethodT& method, int32_t input,
                     const std::vector<uint32_t>& dims, Random& random) {
  for (const auto& op : method.operators) {
    const auto found = std::find(op->inputs.begin(), op->inputs.end(), input);
    if (found == op->inputs.end()) continue;
    const uint32_t ids = find_operator(fovea_all_operators, op->attributes.type)->ids;
    if ((ids >> (found - op->inputs.begin()) & 1) != 0) {
      return static_cast<int32_t>(random.below(model.weights[op->weights[0]]->shape[0]));
    }
    const schema::TensorT& rows = *method.tensors[op->inputs[0]];
    return static_cast<int32_t>(extent(rows, rows.extents.size() - 2, dims));
  }
  return 0;
}

std::vector<uint8_t> make_input(const ModelT& model, const MethodT& method, int32_t input,
                                const std::vector<uint32_t>& dims, Random& random) {
  const schema::TensorT& tensor = *method.tensors[input];
  size_t elements = 1;
  for (size_t i = 0; i < tensor.extents.size(); ++i) elements *= extent(tensor, i, dims);
  std::vector<uint8_t> bytes(elements * 4);
  for (size_t i = 0; i < elements; ++i) {
    if (tensor.dtype == DType::Int32) {
      const int32_t value = make_integer(model, method, input, dims, random);
      std::memcpy(&bytes[i * 4], &value, 4);
    } else {
      const float value = random.real();
      std::memcpy(&bytes[i * 4], &value, 4);
    }
  }
  return bytes;
}

// Counts what a run adds to the caches; false where it would overfill one.
bool fits(const ModelT& model, const MethodT& method, const std::vector<uint32_t>& dims,
          std::vector<uint32_t>& filled) {
  for (const auto& update : method.updates) {
    uint32_t& tokens = filled[update->cache];
    tokens = dims[update->dim] + (update->mode == schema::UpdateMode::Append ? tokens : 0);
    if (tokens > model.caches[update->cache]->context) return false;
  }
  return true;
}

}  // namespace

void add_fingerprint(ModelT& model) {
  Random random;
  const std::vector<uint32_t> dims = choose_dims(model);
  std::vector<uint32_t> filled(model.caches.size(), 0);
  model.fingerprint.clear();
  for (size_t m = 0; m < model.methods.size(); ++m) {
    const MethodT& method = *model.methods[m];
    if (!fits(model, method, dims, filled)) continue;
    auto run = std::make_unique<schema::FingerprintRunT>();
    run->method = static_cast<uint32_t>(m);
    run->dims = dims;
    run->crc = kUnknownCrc;
    for (const uint32_t input : method.inputs) {
      run->inputs.push_back(std::make_unique<schema::BytesT>());
      run->inputs.back()->data =
          make_input(model, method, static_cast<int32_t>(input), dims, random);
    }
    model.fingerprint.push_back(std::move(run));
  }
}

}  // namespace fovea::tools
