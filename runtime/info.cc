// What a model says of itself, and a session's inputs and outputs.

#include "runtime/dims.h"
#include "runtime/layout.h"
#include "runtime/session.h"

namespace fovea {

// As strcmp(), which C libraries for firmware tune for speed: 700 bytes.
bool is_name(const flatbuffers::String* string, const char* name) {
  const char* text = text_of(string);
  for (; *text == *name; ++text, ++name) {
    if (*text == '\0') return true;
  }
  return false;
}

namespace {

const flatbuffers::Vector<uint32_t>* interface_of(const Model& m, uint32_t method, bool outputs) {
  if (method >= m.method_count()) return nullptr;
  return outputs ? m.method(method)->outputs() : m.method(method)->inputs();
}

// Describes a tensor at the frame's dims.
fovea_tensor describe_tensor(const Frame& f, uint32_t index) {
  const schema::Tensor* t = f.tensor(static_cast<int32_t>(index));
  fovea_tensor out = {};
  out.name = text_of(t->name());
  out.type = static_cast<uint32_t>(t->dtype());
  out.rank = t->extents()->size();
  out.bytes = tensor_element_bytes(t->dtype());
  for (uint32_t i = 0; i < out.rank; ++i) {
    out.extents[i] = f.extent(t, i);
    out.dims[i] = t->dims() == nullptr ? -1 : t->dims()->Get(i);
    out.bytes *= out.extents[i];
  }
  if (f.memory.planned != nullptr) out.data = f.memory.planned + t->offset();
  return out;
}

fovea_code interface_info(const fovea_model* model, uint32_t method, uint32_t index, bool outputs,
                          fovea_tensor* out) {
  const Model m = view(model);
  const auto* list = interface_of(m, method, outputs);
  if (index >= size_of(list) || out == nullptr) return FOVEA_BAD_ARGUMENT;
  uint32_t maxima[kMaxDims] = {};
  for (uint32_t i = 0; i < m.dim_count(); ++i) maxima[i] = m.root->dims()->Get(i)->max();
  Frame f;
  f.set_method(m.root, method);
  f.dims = maxima;
  *out = describe_tensor(f, list->Get(index));
  return FOVEA_OK;
}

fovea_code find_tensor(fovea_session* s, uint32_t method, const char* name, bool outputs,
                       fovea_tensor* out, uint32_t* index, fovea_error* error) {
  FOVEA_TRY(check_method(s, method, error));
  const Where where = {FOVEA_TABLE_METHOD, method, method,
                       outputs ? FOVEA_FIELD_OUTPUT : FOVEA_FIELD_INPUT};
  if (name == nullptr || out == nullptr) return fail(error, FOVEA_BAD_ARGUMENT, where);
  const auto* list = interface_of(s->model, method, outputs);
  const Frame f = frame_of(*s, method);
  for (uint32_t i = 0; i < size_of(list); ++i) {
    *index = list->Get(i);
    const schema::Tensor* t = f.tensor(static_cast<int32_t>(*index));
    if (is_name(t->name(), name)) {
      *out = describe_tensor(f, *index);
      return succeed(error);
    }
  }
  return fail_name(error, FOVEA_NO_SUCH_NAME, where, name);
}

template <class Vector>
int32_t find_name(const Vector* list, const char* name) {
  for (uint32_t i = 0; name != nullptr && i < size_of(list); ++i) {
    if (is_name(list->Get(i)->name(), name)) return static_cast<int32_t>(i);
  }
  return -1;
}

}  // namespace
}  // namespace fovea

extern "C" {

uint32_t fovea_method_count(const fovea_model* model) {
  return fovea::view(model).method_count();
}

uint32_t fovea_dim_count(const fovea_model* model) {
  return fovea::view(model).dim_count();
}

uint32_t fovea_cache_count(const fovea_model* model) {
  return fovea::view(model).cache_count();
}

uint32_t fovea_input_count(const fovea_model* model, uint32_t method) {
  return fovea::size_of(fovea::interface_of(fovea::view(model), method, false));
}

uint32_t fovea_output_count(const fovea_model* model, uint32_t method) {
  return fovea::size_of(fovea::interface_of(fovea::view(model), method, true));
}

const char* fovea_method_name(const fovea_model* model, uint32_t method) {
  const fovea::Model m = fovea::view(model);
  return method < m.method_count() ? fovea::text_of(m.method(method)->name()) : nullptr;
}

fovea_code fovea_dim_info(const fovea_model* model, uint32_t index, fovea_dim* out) {
  const fovea::Model m = fovea::view(model);
  if (index >= m.dim_count() || out == nullptr) return FOVEA_BAD_ARGUMENT;
  const auto* dim = m.root->dims()->Get(index);
  *out = {fovea::text_of(dim->name()), dim->max(), fovea::is_derived(*dim)};
  return FOVEA_OK;
}

fovea_code fovea_cache_info(const fovea_model* model, uint32_t index, fovea_cache* out) {
  const fovea::Model m = fovea::view(model);
  if (index >= m.cache_count() || out == nullptr) return FOVEA_BAD_ARGUMENT;
  const auto* cache = m.root->caches()->Get(index);
  *out = {fovea::text_of(cache->name()), cache->context(), m.root->sequences()};
  return FOVEA_OK;
}

fovea_code fovea_input_info(const fovea_model* model, uint32_t method, uint32_t index,
                            fovea_tensor* out) {
  return fovea::interface_info(model, method, index, false, out);
}

fovea_code fovea_output_info(const fovea_model* model, uint32_t method, uint32_t index,
                             fovea_tensor* out) {
  return fovea::interface_info(model, method, index, true, out);
}

int32_t fovea_find_method(const fovea_model* model, const char* name) {
  return fovea::find_name(fovea::view(model).root->methods(), name);
}

int32_t fovea_find_dim(const fovea_model* model, const char* name) {
  return fovea::find_name(fovea::view(model).root->dims(), name);
}

int32_t fovea_find_cache(const fovea_model* model, const char* name) {
  return fovea::find_name(fovea::view(model).root->caches(), name);
}

int32_t fovea_find_tokenizer(const fovea_model* model, const char* name) {
  return fovea::find_name(fovea::view(model).root->tokenizers(), name);
}

uint32_t fovea_label_count(const fovea_model* model) {
  return fovea::size_of(fovea::view(model).root->labels());
}

const char* fovea_label(const fovea_model* model, uint32_t index) {
  const auto* labels = fovea::view(model).root->labels();
  return index < fovea::size_of(labels) ? fovea::text_of(labels->Get(index)) : nullptr;
}

fovea_label_function fovea_label_probability(const fovea_model* model) {
  const auto value = static_cast<uint32_t>(fovea::view(model).root->label_function());
  return value <= FOVEA_LABEL_IDENTITY ? static_cast<fovea_label_function>(value)
                                       : FOVEA_LABEL_IDENTITY;
}

fovea_code fovea_input(fovea_session* session, uint32_t method, const char* name, fovea_tensor* out,
                       fovea_error* error) {
  uint32_t ignored;
  return fovea::find_tensor(session, method, name, false, out, &ignored, error);
}

fovea_code fovea_output(fovea_session* session, uint32_t method, const char* name,
                        fovea_tensor* out, fovea_error* error) {
  uint32_t ignored;
  return fovea::find_tensor(session, method, name, true, out, &ignored, error);
}

fovea_code fovea_set_input(fovea_session* session, uint32_t method, const char* name, uint32_t type,
                           uint32_t rank, const uint32_t* extents, const void* data,
                           fovea_error* error) {
  using fovea::fail;
  fovea_tensor tensor;
  uint32_t index;
  FOVEA_TRY(fovea::find_tensor(session, method, name, false, &tensor, &index, error));
  const fovea::Where where = {FOVEA_TABLE_TENSOR, index, method};
  if (data == nullptr || (extents == nullptr && rank > 0)) {
    return fail(error, FOVEA_BAD_ARGUMENT, where);
  }
  if (session->busy) return fail(error, FOVEA_BUSY, {FOVEA_TABLE_SESSION});
  if (type != tensor.type) {
    return fail(error, FOVEA_WRONG_TYPE, where, type, tensor.type);
  }
  if (rank != tensor.rank) {
    return fail(error, FOVEA_WRONG_SHAPE, where.at(FOVEA_FIELD_COUNT), rank, tensor.rank);
  }
  for (uint32_t i = 0; i < rank; ++i) {
    if (extents[i] != tensor.extents[i]) {
      return fail(error, FOVEA_WRONG_SHAPE, where.at(FOVEA_FIELD_EXTENTS, i), extents[i],
                  tensor.extents[i]);
    }
  }
  std::memcpy(tensor.data, data, static_cast<size_t>(tensor.bytes));
  return fovea::succeed(error);
}

}  // extern "C"
