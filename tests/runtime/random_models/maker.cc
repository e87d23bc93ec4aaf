#include "tests/runtime/random_models/maker.h"

#include <cstdlib>
#include <cstring>
#include <string>

#include "kernels/formats.h"
#include "kernels/kernels.h"
#include "runtime/checked.h"
#include "runtime/layout.h"
#include "runtime/preamble.h"
#include "tests/runtime/random_models/codes.h"

namespace fovea::test {
namespace {

template <class T>
T& add_named(std::vector<std::unique_ptr<T>>& list, const char* prefix) {
  list.push_back(std::make_unique<T>());
  list.back()->name = prefix + std::to_string(list.size() - 1);
  return *list.back();
}

}  // namespace

uint32_t Maker::max_of(const Shape& shape, size_t i) const {
  const int32_t dim = shape.dims[i];
  return shape.extents[i] * (dim < 0 ? 1 : made_.model.dims[static_cast<size_t>(dim)]->max);
}

uint32_t Maker::width() {
  return r.of({1u, 2u, 3u, 4u, 6u, 8u, 12u, 15u, 16u, 17u, 24u, 31u, 32u, 33u, 48u, 49u, 80u});
}

// Blocks enough for the keys of d0 rows of d1 sequences, or for twice as many.
void Maker::add_derived_dim() {
  const uint32_t x = model().dims[0]->max, y = model().dims[1]->max;
  auto& dim = add_named(model().dims, "d");
  dim.x = 0;
  dim.a = r.between(1, 2);
  dim.y = 1;
  dim.b = 15;
  dim.c = static_cast<int32_t>(r.below(20));
  dim.d = 16;
  dim.max = (dim.a * x + dim.b * y + static_cast<uint32_t>(dim.c)) / dim.d;
}

void Maker::add_shared() {
  schema::ModelT& m = model();
  m.format = static_cast<uint32_t>(kFormatVersion);
  m.arithmetic_revision = kernels::kArithmeticRevision;
  add_named(m.dims, "d").max = r.of({1u, 2u, 3u, 7u, 8u, 15u, 16u, 17u, 24u, 31u, 33u, 40u});
  add_named(m.dims, "d").max = r.between(1, 3);
  if (r.percent(50)) add_named(m.dims, "d").max = r.between(1, 20);
  m.sequences = m.dims[1]->max + r.below(2);
  if (r.percent(50)) add_derived_dim();
  const uint32_t caches = r.below(3);
  for (uint32_t c = 0; c < caches; ++c) {
    auto& cache = add_named(m.caches, "c");
    cache.context = r.between(1, 70);
    cache.capacity = static_cast<uint32_t>(round_up(cache.context, 16)) + 16 * r.below(2);
    if (r.percent(30)) cache.ring = 16;  // as finish_rings() makes it
    const uint32_t layers = r.between(c == 0 ? 1 : 0, 2);
    for (uint32_t i = 0; i < layers; ++i) {
      StatePair pair = {c, 0, 0, r.between(1, 3), r.between(1, 20), r.between(1, 20)};
      using schema::DType;
      const DType type = r.of({DType::Float32, DType::Float32, DType::Float16, DType::Int8});
      for (uint32_t part = 0; part < 2; ++part) {
        auto& state = add_named(m.states, "s");
        state.dtype = type;
        state.cache = c;
        state.layout = static_cast<schema::StateLayout>(part);
        state.heads = pair.heads;
        state.width = part == 0 ? pair.key_width : pair.value_width;
        (part == 0 ? pair.keys : pair.values) = static_cast<int32_t>(m.states.size() - 1);
      }
      pairs_.push_back(pair);
    }
    if (!r.percent(40)) continue;
    auto& rows = add_named(m.states, "s");
    rows.cache = c;
    rows.layout = schema::StateLayout::Values;
    rows.heads = 1;
    rows.width = r.between(1, 20);
    row_states_.push_back({c, static_cast<int32_t>(m.states.size() - 1), rows.width});
  }
}

template <class W>
void Maker::fill(const schema::WeightT& weight) {
  for (uint64_t i = 0; i < weight.size / sizeof(W); ++i) {
    W element;
    kernels::narrow(value(), element);
    std::memcpy(weight_bytes(weight) + i * sizeof element, &element, sizeof element);
  }
}

void Maker::fill(const schema::WeightT& weight) {
  switch (weight.dtype) {
#define FOVEA_FORMAT(name, Element, type) \
  case schema::DType::type:               \
    return fill<kernels::Element>(weight);
#include "kernels/formats.inc"
#undef FOVEA_FORMAT
    case schema::DType::Int8:
    case schema::DType::Int4:
    case schema::DType::UInt4:
      return fill_code_panels(weight, made_.weights.data(), r);
    default:
      std::abort();
  }
}

// Matrices, which only operators with formats take, come in all of them.
int32_t Maker::weight(schema::Layout layout, std::vector<uint32_t> shape) {
  constexpr schema::DType kFormats[] = {
#define FOVEA_FORMAT_CODES FOVEA_FORMAT
#define FOVEA_FORMAT(name, Element, type) schema::DType::type,
#include "kernels/formats.inc"
#undef FOVEA_FORMAT
  };
  constexpr uint32_t kCount = sizeof kFormats / sizeof kFormats[0];
  auto& made = add_named(model().weights, "w");
  while (made_.weights.size() % 16 != 0) made_.weights.push_back(0.0f);
  made.layout = layout;
  if (layout == schema::Layout::Panels16 || layout == schema::Layout::GatedPanels16) {
    made.dtype = kFormats[r.below(kCount)];
  }
  made.offset = made_.weights.size() * sizeof(float);
  const auto rank = static_cast<uint32_t>(shape.size());
  made.size = fovea::weight_bytes(layout, shape.data(), rank, made.dtype).value();
  made.shape = std::move(shape);
  made_.weights.resize(made_.weights.size() + made.size / sizeof(float));
  fill(made);
  return static_cast<int32_t>(model().weights.size() - 1);
}

int32_t Maker::rows_for(int32_t weight, int32_t x) {
  const schema::DType type = model().weights[static_cast<size_t>(weight)]->dtype;
  if (!is_codes(type)) return x;
  const Shape in = shape_of(x);
  const bool groups = is_in_groups(type);
  const size_t words =
      groups ? kernels::group_row_words(in.width()) : kernels::code_row_words(in.width());
  const int32_t codes = tensor(in.with_width(static_cast<uint32_t>(words)), schema::DType::Int32);
  groups ? op(schema::QuantizeGroupsT(), {x}, {codes}) : op(schema::QuantizeT(), {x}, {codes});
  return codes;
}

unsigned char* Maker::weight_bytes(const schema::WeightT& weight) {
  return reinterpret_cast<unsigned char*>(made_.weights.data()) + weight.offset;
}

float* Maker::weight_data(int32_t weight) {
  return reinterpret_cast<float*>(weight_bytes(*model().weights[static_cast<size_t>(weight)]));
}

int32_t Maker::tensor(const Shape& shape, schema::DType type) {
  auto& made = add_named(method_->tensors, "t");
  made.dtype = type;
  made.extents = shape.extents;
  made.dims = shape.dims;
  return static_cast<int32_t>(method_->tensors.size() - 1);
}

int32_t Maker::input(const Shape& shape, schema::DType type) {
  const int32_t made = tensor(shape, type);
  method_->inputs.push_back(static_cast<uint32_t>(made));
  return made;
}

int32_t Maker::view(int32_t base, uint32_t column, uint32_t width) {
  const int32_t made = tensor(shape_of(base).with_width(width));
  auto& t = *method_->tensors[static_cast<size_t>(made)];
  t.storage = schema::Storage::View;
  t.base = base;
  t.column = column;
  return made;
}

Shape Maker::shape_of(int32_t tensor) const {
  const auto& t = *method_->tensors[static_cast<size_t>(tensor)];
  return {t.extents, t.dims};
}

uint32_t Maker::owner(int32_t tensor) const {
  const auto& t = *method_->tensors[static_cast<size_t>(tensor)];
  return static_cast<uint32_t>(t.storage == schema::Storage::View ? t.base : tensor);
}

bool Maker::may_write(int32_t y, const std::vector<int32_t>& inputs) const {
  for (uint32_t input : method_->inputs) {
    if (input == owner(y)) return false;
  }
  for (int32_t x : inputs) {
    if (x >= 0 && x != y && owner(x) == owner(y)) return false;
  }
  return true;
}

int32_t Maker::any_live() {
  return r.percent(60) ? live_.back() : r.of(live_);
}

int32_t Maker::any_sequence() {
  for (int tries = 0; tries < 8; ++tries) {
    const int32_t x = any_live();
    const size_t rank = shape_of(x).rank();
    if (rank == 2 || rank == 3) return x;
  }
  return -1;
}

int32_t Maker::any_sequence_or(int32_t x) {
  const int32_t other = any_sequence();
  return other < 0 ? x : other;
}

// Mostly [batch, tokens, width] and [tokens, width], now and then of other ranks.
Shape Maker::random_rows() {
  const auto extent = [&](uint32_t most) -> std::pair<uint32_t, int32_t> {
    if (!r.percent(70)) return {r.between(1, most), -1};
    return {r.percent(90) ? 1 : 2,
            static_cast<int32_t>(r.below(static_cast<uint32_t>(model().dims.size())))};
  };
  Shape shape;
  const uint32_t rank = r.percent(85) ? r.between(2, 3) : r.of({1u, 4u, 5u});
  for (uint32_t i = 1; i < rank; ++i) {
    std::pair<uint32_t, int32_t> e = i + 1 == rank ? extent(30) : extent(3);
    if (i + 1 == rank && r.percent(50)) e = {1, 0};
    if (i + 1 < rank && r.percent(60)) e = {1, 1};
    if (rank > 3 && i + 1 < rank) e = {r.between(1, 2), -1};
    shape.extents.push_back(e.first);
    shape.dims.push_back(e.second);
  }
  shape.extents.push_back(width());
  shape.dims.push_back(-1);
  return shape;
}

void Maker::add_source() {
  const Shape rows = random_rows();
  if (rows.rank() >= 2 && r.percent(40)) {
    const Shape ids = {{rows.extents.begin(), rows.extents.end() - 1},
                       {rows.dims.begin(), rows.dims.end() - 1}};
    schema::EmbeddingT attributes;
    attributes.scale = r.real();
    const int32_t in = input(ids, schema::DType::Int32), y = tensor(rows);
    op(attributes, {in}, {y},
       {weight(r.of({schema::Layout::Plain, schema::Layout::Panels16}),
               {r.between(3, 40), rows.width()})});
    return offer(y);
  }
  if (r.percent(80)) return offer(input(rows));
  schema::PatchesT patches;
  patches.patch = r.between(1, 4);
  patches.height = patches.patch * r.between(1, 4);
  patches.width = patches.patch * r.between(1, 4);
  patches.channels = r.between(1, 3);
  Shape image = {{patches.height, patches.width, patches.channels}, {-1, -1, -1}};
  Shape y = {{patches.height / patches.patch * (patches.width / patches.patch),
              patches.patch * patches.patch * patches.channels},
             {-1, -1}};
  if (r.percent(50)) {
    for (Shape* s : {&image, &y}) {
      s->extents.insert(s->extents.begin(), 1);
      s->dims.insert(s->dims.begin(), 1);
    }
  }
  const int32_t out = tensor(y);
  if (r.percent(50)) {
    schema::PixelPatchesT pixels;
    pixels.patch = patches.patch;
    pixels.height = patches.height;
    pixels.width = patches.width;
    pixels.channels = patches.channels;
    pixels.shrink = r.percent(50) ? 1 : r.between(2, 4);
    const size_t rank = image.extents.size();
    image.extents[rank - 3] *= pixels.shrink;
    image.extents[rank - 2] *= pixels.shrink;
    const std::vector<uint32_t> numbers = {patches.channels};
    op(pixels, {input(image, schema::DType::UInt8)}, {out},
       {weight(schema::Layout::Plain, numbers), weight(schema::Layout::Plain, numbers)});
  } else {
    op(patches, {input(image)}, {out});
  }
  offer(out);
}

void Maker::add_method(const char* name) {
  method_ = std::make_unique<schema::MethodT>();
  method_->name = name;
  live_.clear();
  if (r.percent(50)) {
    method_->lengths = input({{1}, {1}}, schema::DType::Int32);
    method_->tensors.back()->name = "lengths";
  }
  add_source();
  const uint32_t operators = r.between(1, 8);
  for (uint32_t i = 0; i < operators; ++i) {
    const uint32_t kind = r.below(10);
    if (kind < 5) add_row_operator(*this);
    if (kind >= 5 && kind < 8) add_sequence_operator(*this);
    if (kind >= 8) add_tensor_attention(*this);
  }
  for (uint32_t c = 0; c < model().caches.size(); ++c) {
    if (r.percent(60)) {
      add_cache_update(*this, c);
    } else if (!pairs_.empty()) {
      const StatePair pair = r.of(pairs_);
      bool updated = false;
      for (const auto& u : method_->updates) updated = updated || u->cache == pair.cache;
      if (!updated && pair.cache <= c) add_cross_attention(*this, pair);
    }
  }
  while (method_->operators.empty()) add_row_operator(*this);
  const bool all = r.percent(60);
  for (int32_t t : live_) {
    const bool view = method_->tensors[static_cast<size_t>(t)]->storage == schema::Storage::View;
    if (!view && (all || r.percent(25))) method_->outputs.push_back(static_cast<uint32_t>(t));
  }
  model().methods.push_back(std::move(method_));
}

// Rings hold what windows of at most kMostBefore show after a run of the most rows that any tensor
// has, and may be a little larger; tokens go round in them a few times.
static void finish_rings(schema::ModelT& model, Random& r) {
  uint32_t most = 1;
  for (const auto& method : model.methods) {
    for (const auto& t : method->tensors) {
      if (t->extents.size() < 2) continue;
      const size_t at = t->extents.size() - 2;
      const int32_t dim = t->dims.empty() ? -1 : t->dims[at];
      const uint32_t max = dim < 0 ? 1 : model.dims[static_cast<size_t>(dim)]->max;
      most = std::max(most, t->extents[at] * max);
    }
  }
  for (auto& cache : model.caches) {
    if (cache->ring == 0) continue;
    cache->ring = (most + kMostBefore + 30) / 16 * 16 + 16 * r.below(2);
    cache->capacity = 16 + cache->ring;
  }
}

RandomModel make_random_model(uint64_t seed, bool special) {
  RandomModel made;
  Random random(seed);
  Maker maker(random, special, &made);
  maker.add_shared();
  const uint32_t methods = random.between(1, 3);
  for (uint32_t i = 0; i < methods; ++i) maker.add_method(("m" + std::to_string(i)).c_str());
  finish_rings(made.model, random);
  plan_model(made.model);
  return made;
}

}  // namespace fovea::test
