#include "tests/runtime/random_models/mutate.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace fovea::test {
namespace {

template <class T>
void mutate_number(T& value, Random& r) {
  const uint64_t was = static_cast<uint64_t>(value);
  switch (r.below(6)) {
    case 0:
      value = static_cast<T>(was + 1);
      break;
    case 1:
      value = static_cast<T>(was - 1);
      break;
    case 2:
      value = static_cast<T>(was * 2);
      break;
    case 3:
      value = static_cast<T>(r.below(4));
      break;
    case 4:
      value = static_cast<T>(r.below(64));
      break;
    default:
      value = r.percent(30) ? static_cast<T>(r.next()) : static_cast<T>(-1);
  }
}

template <class T>
void mutate_list(std::vector<T>& list, Random& r) {
  const uint32_t size = static_cast<uint32_t>(list.size());
  switch (r.below(5)) {
    case 0:
      if (size > 0) list.erase(list.begin() + r.below(size));
      break;
    case 1:
      list.push_back(static_cast<T>(r.below(12)));
      break;
    case 2:
      if (size > 1) std::swap(list[r.below(size)], list[r.below(size)]);
      break;
    default:
      if (size > 0) mutate_number(list[r.below(size)], r);
  }
}

template <class T>
T* one_of(std::vector<std::unique_ptr<T>>& list, Random& r) {
  return list.empty() ? nullptr : list[r.below(static_cast<uint32_t>(list.size()))].get();
}

void mutate_tensor(schema::TensorT& t, Random& r) {
  switch (r.below(6)) {
    case 0:
      return mutate_list(t.extents, r);
    case 1:
      return mutate_list(t.dims, r);
    case 2:
      return mutate_number(t.column, r);
    case 3:
      return mutate_number(t.base, r);
    case 4:
      t.storage = static_cast<schema::Storage>(r.below(2));
      return;
    default:
      t.dtype = r.of({schema::DType::Float32, schema::DType::Int32, schema::DType::UInt8});
  }
}

void mutate_attention(schema::AttentionT* a, Random& r) {
  uint32_t* const fields[] = {&a->heads, &a->kv_heads, &a->key_width, &a->value_width,
                              &a->key_tokens};
  a->causal = r.percent(50);
  if (r.percent(80)) mutate_number(*fields[r.below(5)], r);
  if (a->scoring) {
    uint32_t* const limits[] = {&a->scoring->before, &a->scoring->after, &a->scoring->kept};
    mutate_number(*limits[r.below(3)], r);
  }
  if (a->dropout) mutate_number(a->dropout->layer, r);
  if (a->range) {
    uint32_t* const range[] = {&a->range->first_head, &a->range->heads, &a->range->first_query,
                               &a->range->queries};
    mutate_number(*range[r.below(4)], r);
    a->range->last ^= r.percent(30);
  }
  if (r.percent(20)) a->scoring = a->scoring ? nullptr : std::make_unique<schema::ScoringT>();
}

void mutate_windows(schema::GridWindowsT& w, Random& r) {
  uint32_t* const fields[] = {&w.lines, &w.columns, &w.high,       &w.wide,
                              &w.down,  &w.right,   &w.apart_down, &w.apart_right,
                              &w.above, &w.below,   &w.before,     &w.after};
  mutate_number(*fields[r.below(12)], r);
}

// Whether the attributes are of convolutions.
bool mutate_convolution(schema::AttributesUnion& attributes, Random& r) {
  if (auto* c = attributes.AsConvolution()) {
    uint32_t* const fields[] = {&c->taps,   &c->stride, &c->dilation,
                                &c->groups, &c->before, &c->after};
    mutate_number(*fields[r.below(6)], r);
  } else if (auto* grid = attributes.AsGridConvolution()) {
    if (r.percent(30)) {
      mutate_number(grid->groups, r);
    } else if (r.percent(5)) {
      grid->windows.reset();
    } else if (grid->windows) {
      mutate_windows(*grid->windows, r);
    }
  } else if (auto* depthwise = attributes.AsDepthwiseConvolution()) {
    if (depthwise->windows) mutate_windows(*depthwise->windows, r);
  } else {
    return false;
  }
  return true;
}

// Whether the attributes are of pictures.
bool mutate_picture(schema::AttributesUnion& attributes, Random& r) {
  if (auto* i = attributes.AsPatches()) {
    uint32_t* const fields[] = {&i->height, &i->width, &i->channels, &i->patch};
    mutate_number(*fields[r.below(4)], r);
  } else if (auto* pixels = attributes.AsPixelPatches()) {
    uint32_t* const fields[] = {&pixels->height, &pixels->width, &pixels->channels, &pixels->patch,
                                &pixels->shrink};
    mutate_number(*fields[r.below(5)], r);
  } else if (auto* w = attributes.AsWindows()) {
    uint32_t* const fields[] = {&w->lines, &w->columns, &w->high, &w->wide, &w->down, &w->right};
    mutate_number(*fields[r.below(6)], r);
    if (r.percent(20)) w->joins = !w->joins;
  } else if (auto* tiles = attributes.AsTiles()) {
    uint32_t* const fields[] = {&tiles->lines, &tiles->high,  &tiles->wide,
                                &tiles->down,  &tiles->right, &tiles->first};
    mutate_number(*fields[r.below(6)], r);
    if (r.percent(20)) tiles->ends = !tiles->ends;
  } else if (auto* g = attributes.AsResizeGrid()) {
    uint32_t* const fields[] = {&g->lines, &g->columns, &g->made_lines, &g->made_columns};
    mutate_number(*fields[r.below(4)], r);
  } else {
    return false;
  }
  return true;
}

// Whether the attributes are of series: sound and what is normalised over time.
bool mutate_series(schema::AttributesUnion& attributes, Random& r) {
  if (auto* w = attributes.AsSpectrum()) {
    uint32_t* const fields[] = {&w->frame, &w->stride, &w->size, &w->before, &w->after};
    mutate_number(*fields[r.below(5)], r);
  } else if (auto* filters = attributes.AsFilters()) {
    mutate_list(r.percent(50) ? filters->firsts : filters->counts, r);
  } else if (auto* group = attributes.AsGroupNorm()) {
    mutate_number(group->groups, r);
    if (r.percent(30)) group->missing = !group->missing;
  } else if (auto* inverse = attributes.AsInverseGroupNorm()) {
    mutate_number(inverse->groups, r);
    if (r.percent(30)) inverse->missing = !inverse->missing;
  } else if (auto* observed = attributes.AsObserved()) {
    mutate_number(observed->more, r);
  } else {
    return false;
  }
  return true;
}

// Attributes have no list of fields, so another operator's of the same kind or new ones do.
void mutate_attributes(schema::AttributesUnion& attributes, Random& r) {
  if (mutate_picture(attributes, r) || mutate_series(attributes, r)) return;
  if (mutate_convolution(attributes, r)) return;
  if (auto* a = attributes.AsAttention()) {
    mutate_attention(a, r);
  } else if (auto* s = attributes.AsStoreKeyValue()) {
    uint32_t* const fields[] = {&s->heads, &s->key_width, &s->value_width};
    mutate_number(*fields[r.below(3)], r);
  } else if (auto* o = attributes.AsRotary()) {
    uint32_t* const fields[] = {&o->heads, &o->head_width};
    mutate_number(*fields[r.below(2)], r);
  } else if (auto* rms = attributes.AsRmsNorm()) {
    mutate_number(rms->groups, r);
  } else if (auto* layer = attributes.AsLayerNorm()) {
    mutate_number(layer->groups, r);
  } else if (auto* table = attributes.AsRotaryTable()) {
    mutate_number(table->cache, r);
    if (r.percent(20)) mutate_number(table->most, r);
  } else if (auto* p = attributes.AsAddPositions()) {
    mutate_number(p->cache, r);
  } else if (auto* t = attributes.AsSelectToken()) {
    mutate_number(t->index, r);
  } else if (auto* pool = attributes.AsPool()) {
    mutate_number(pool->first, r);
  } else if (auto* route = attributes.AsRoute()) {
    if (r.percent(50)) mutate_number(route->experts, r);
    route->kind = static_cast<schema::RouteKind>(r.below(4));
  } else if (auto* gated = attributes.AsGatedExperts()) {
    gated->limit = r.of({0.0f, 1.0f, -1.0f});
    gated->function = static_cast<schema::Function>(r.below(8));
  } else if (r.percent(30)) {
    attributes.Set(schema::ActivationT());
  }
}

void mutate_operator(schema::OperatorT& o, Random& r) {
  switch (r.below(5)) {
    case 0:
      return mutate_list(o.outputs, r);
    case 1:
      return mutate_list(o.weights, r);
    case 2:
      return mutate_list(o.states, r);
    case 3:
      return mutate_attributes(o.attributes, r);
    default:
      return mutate_list(o.inputs, r);
  }
}

void mutate_update(schema::CacheUpdateT& u, Random& r) {
  switch (r.below(4)) {
    case 0:
      return mutate_number(u.cache, r);
    case 1:
      return mutate_number(u.dim, r);
    default:
      u.mode = static_cast<schema::UpdateMode>(r.below(2));
  }
}

void mutate_dim(schema::DimT& d, Random& r) {
  switch (r.below(8)) {
    case 0:
      return mutate_number(d.x, r);
    case 1:
      return mutate_number(d.y, r);
    case 2:
      return mutate_number(d.c, r);
    case 3:
    case 4: {
      uint32_t* const factors[] = {&d.a, &d.b, &d.d};
      return mutate_number(*factors[r.below(3)], r);
    }
    default:
      return mutate_number(d.max, r);
  }
}

void mutate_method(schema::MethodT& method, Random& r) {
  switch (r.below(11)) {
    case 9:
      return mutate_number(method.lengths, r);
    case 10:
      return mutate_number(method.packed, r);
    case 0:
      return mutate_list(method.inputs, r);
    case 1:
      return mutate_list(method.outputs, r);
    case 2:
      if (auto* u = one_of(method.updates, r)) mutate_update(*u, r);
      return;
    case 3:
      if (!method.updates.empty()) method.updates.pop_back();
      return;
    case 4: {
      auto& ops = method.operators;
      if (ops.size() < 2) return;
      const uint32_t i = r.below(static_cast<uint32_t>(ops.size()) - 1);
      return std::swap(ops[i], ops[i + 1]);
    }
    case 5:
      if (method.operators.size() > 1) {
        method.operators.erase(method.operators.begin() +
                               r.below(static_cast<uint32_t>(method.operators.size())));
      }
      return;
    case 6:
      if (auto* t = one_of(method.tensors, r)) mutate_tensor(*t, r);
      return;
    default:
      if (auto* o = one_of(method.operators, r)) mutate_operator(*o, r);
  }
}

}  // namespace

void mutate(schema::ModelT& m, Random& r) {
  switch (r.below(12)) {
    case 0:
      if (auto* d = one_of(m.dims, r)) mutate_dim(*d, r);
      return;
    case 1:
      if (auto* c = one_of(m.caches, r)) {
        uint32_t* const fields[] = {&c->context, &c->capacity, &c->ring};
        mutate_number(*fields[r.below(3)], r);
      }
      return;
    case 2:
      if (auto* s = one_of(m.states, r)) {
        if (r.percent(20)) s->dtype = static_cast<schema::DType>(r.below(8));
        uint32_t* const fields[] = {&s->cache, &s->heads, &s->width};
        mutate_number(*fields[r.below(3)], r);
      }
      return;
    case 3:
      return mutate_number(m.sequences, r);
    case 4:
      if (auto* w = one_of(m.weights, r)) {
        if (r.percent(30)) {
          w->dtype = static_cast<schema::DType>(r.below(8));
        } else {
          mutate_list(w->shape, r);
        }
      }
      return;
    default:
      if (auto* method = one_of(m.methods, r)) mutate_method(*method, r);
  }
}

}  // namespace fovea::test
