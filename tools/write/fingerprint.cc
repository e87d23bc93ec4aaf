#include "tools/write/fingerprint.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <span>

#include "runtime/dims.h"
#include "runtime/layout.h"
#include "runtime/operator.h"
#include "tools/graph/dims.h"

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

uint32_t max_of(const ModelT& model, const schema::TensorT& lengths) {
  return lengths.extents[0] * (lengths.dims.empty() || lengths.dims[0] < 0
                                   ? 1
                                   : std::min(model.dims[lengths.dims[0]]->max, kMostPerDim));
}

// Tokens that one sequence may add in a run, so that the caches hold what all methods add.
uint32_t most_tokens(const ModelT& model, const MethodT& method) {
  uint32_t most = kMostPerDim;
  for (const auto& update : method.updates) {
    const uint32_t context = model.caches[update->cache]->context;
    const bool appends = update->mode == schema::UpdateMode::Append;
    const uint32_t share = appends ? context / appending_methods(model, update->cache) : context;
    most = std::min(most, std::max(share, 1u));
  }
  return most;
}

// Few tokens may be too few for a convolution: as many more as it takes, which the maxima are.
void derive_some(const ModelT& model, std::vector<uint32_t>& dims) {
  derive_dims(model, dims);
  for (size_t i = 0; i < dims.size();) {
    size_t base = i;
    while (is_derived(*model.dims[base])) base = static_cast<size_t>(model.dims[base]->x);
    const uint32_t most = model.dims[base]->max;
    if (dims[i] > 0 || dims[base] == most) {
      ++i;
      continue;
    }
    dims[base] = dims[base] > most / 2 ? most : 2 * dims[base];
    derive_dims(model, dims);
    i = 0;
  }
}

// A few of everything.
std::vector<uint32_t> choose_dims(const ModelT& model) {
  std::vector<uint32_t> dims;
  for (const auto& dim : model.dims) dims.push_back(std::min(dim->max, kMostPerDim));
  for (const auto& method : model.methods) {
    const uint32_t most = most_tokens(model, *method);
    for (const auto& update : method->updates) {
      const bool packed = method->lengths >= 0 && method->packed == update->dim;
      const uint32_t sequences = packed ? max_of(model, *method->tensors[method->lengths]) : 1;
      dims[update->dim] = std::min(dims[update->dim], most * sequences);
    }
  }
  derive_some(model, dims);
  return dims;
}

uint32_t extent(const schema::TensorT& tensor, size_t i, const std::vector<uint32_t>& dims) {
  const int32_t dim = tensor.dims.empty() ? -1 : tensor.dims[i];
  return tensor.extents[i] * (dim < 0 ? 1 : dims[dim]);
}

// One sequence has no rows, some have one, and one has several; what is left goes to the last.
std::vector<uint32_t> choose_lengths(const ModelT& model, const MethodT& method,
                                     const std::vector<uint32_t>& dims) {
  if (method.lengths < 0) return {};
  const uint32_t most = most_tokens(model, method);
  std::vector<uint32_t> lengths(extent(*method.tensors[method.lengths], 0, dims), 0);
  uint32_t left = dims[method.packed];
  const auto give = [&](size_t sequence, uint32_t rows) {
    const uint32_t given = std::min({rows, left, most - lengths[sequence]});
    lengths[sequence] += given;
    left -= given;
  };
  for (size_t b = 2; b < lengths.size(); ++b) give(b, 1);
  give(0, most);
  for (size_t b = lengths.size(); b-- > 0;) give(b, most);
  return lengths;
}

// Token ids lie below the vocabulary.
int32_t make_id(const ModelT& model, const MethodT& method, int32_t input, Random& random) {
  for (const auto& op : method.operators) {
    const auto found = std::find(op->inputs.begin(), op->inputs.end(), input);
    if (found == op->inputs.end()) continue;
    const uint32_t ids = find_operator(fovea_all_operators, op->attributes.type)->ids;
    if ((ids >> (found - op->inputs.begin()) & 1) != 0) {
      return static_cast<int32_t>(random.below(model.weights[op->weights[0]]->shape[0]));
    }
  }
  return 0;
}

// Boxes lie within their tables.
bool make_boxes(const ModelT& model, const MethodT& method, int32_t input, Random& random,
                std::span<int32_t> numbers) {
  for (const auto& op : method.operators) {
    const auto found = std::find(op->inputs.begin(), op->inputs.end(), input);
    if (found == op->inputs.end()) continue;
    const uint32_t boxes = find_operator(fovea_all_operators, op->attributes.type)->boxes;
    if ((boxes >> (found - op->inputs.begin()) & 1) == 0) continue;
    const auto rows = [&](size_t weight) { return model.weights[op->weights[weight]]->shape[0]; };
    for (size_t i = 0; i < numbers.size(); i += 4) {
      for (const size_t side : {0, 1}) {  // left and right, top and bottom
        const uint32_t places = rows(side), sizes = rows(3 - side);
        const uint32_t first = random.below(places);
        numbers[i + side] = static_cast<int32_t>(first);
        numbers[i + side + 2] =
            static_cast<int32_t>(first + random.below(std::min(places - first, sizes)));
      }
    }
    return true;
  }
  return false;
}

std::vector<uint8_t> make_input(const ModelT& model, const MethodT& method, int32_t input,
                                const std::vector<uint32_t>& dims, Random& random) {
  const schema::TensorT& tensor = *method.tensors[input];
  size_t elements = 1;
  for (size_t i = 0; i < tensor.extents.size(); ++i) elements *= extent(tensor, i, dims);
  std::vector<uint8_t> bytes(elements * tensor_element_bytes(tensor.dtype));
  if (input == method.lengths) {
    std::memcpy(bytes.data(), choose_lengths(model, method, dims).data(), bytes.size());
    return bytes;
  }
  std::vector<int32_t> boxes(tensor.dtype == DType::Int32 ? elements : 0);
  if (make_boxes(model, method, input, random, boxes)) {
    std::memcpy(bytes.data(), boxes.data(), bytes.size());
    return bytes;
  }
  for (size_t i = 0; i < elements; ++i) {
    if (tensor.dtype == DType::UInt8) {
      bytes[i] = static_cast<uint8_t>(random.below(256));
    } else if (tensor.dtype == DType::Int32) {
      const int32_t value = make_id(model, method, input, random);
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
  const std::vector<uint32_t> lengths = choose_lengths(model, method, dims);
  for (const auto& update : method.updates) {
    const bool packed = method.lengths >= 0 && method.packed == update->dim;
    const uint32_t added =
        packed ? *std::max_element(lengths.begin(), lengths.end()) : dims[update->dim];
    uint32_t& tokens = filled[update->cache];
    tokens = added + (update->mode == schema::UpdateMode::Append ? tokens : 0);
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
