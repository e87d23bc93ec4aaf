#include "tools/session/decoder.h"

#include <algorithm>
#include <limits>

#include "tools/common/error.h"
#include "tools/session/dropout.h"

namespace fovea::tools {
namespace {

constexpr const char* kLengths = "lengths";

// The method that continues a sequence, by the names that the format's conventions give.
uint32_t step_method(const ModelFile& file, bool has_encoder) {
  const fovea::api::Model& model = file.model();
  for (const char* name : {"next", "forward"}) {
    const int32_t method = model.find_method(has_encoder ? "decode" : name);
    if (method >= 0) return static_cast<uint32_t>(method);
  }
  fail("{}: is not a language model: it has no method {}, only: {}", file.path(),
       has_encoder ? "'decode'" : "'next' or 'forward'", file.method_names());
}

constexpr uint32_t kNoCache = std::numeric_limits<uint32_t>::max();

// The smallest context of the caches that a method appends to, or replaces.
uint32_t smallest_context(const ModelFile& file, uint32_t method, schema::UpdateMode mode) {
  const schema::Model& tables = file.tables();
  const auto* updates = tables.methods()->Get(method)->updates();
  uint32_t context = kNoCache;
  for (uint32_t i = 0; i < size_of(updates); ++i) {
    if (updates->Get(i)->mode() != mode) continue;
    context = std::min(context, tables.caches()->Get(updates->Get(i)->cache())->context());
  }
  return context;
}

uint32_t context_of(const ModelFile& file, uint32_t method) {
  const uint32_t context = smallest_context(file, method, schema::UpdateMode::Append);
  if (context != kNoCache) return context;
  fail("{}: method '{}' keeps no sequence in a cache, so it cannot generate", file.path(),
       file.method_name(method));
}

IdsInput find_ids_input(const ModelFile& file, uint32_t method) {
  const fovea::api::Model& model = file.model();
  IdsInput input;
  for (uint32_t i = 0; i < model.input_count(method); ++i) {
    const fovea_tensor tensor = file.check(model.input(method, i));
    const std::string name = tensor.name;
    for (uint32_t e = 0; e < tensor.rank; ++e) {
      if (tensor.dims[e] >= 0) input.others.push_back(static_cast<uint32_t>(tensor.dims[e]));
    }
    if (is_dropout(tensor)) continue;
    if (name == kLengths) {
      input.has_lengths = true;
      input.sequences = tensor.rank == 1 ? tensor.dims[0] : -1;
    } else if (tensor.type == FOVEA_INT32 && input.name.empty() && tensor.rank >= 1 &&
               tensor.dims[tensor.rank - 1] >= 0) {
      input.name = name;
      input.dim = static_cast<uint32_t>(tensor.dims[tensor.rank - 1]);
      input.max_tokens = tensor.extents[tensor.rank - 1];
    } else {
      fail("{}: method '{}' has an input '{}', which text cannot fill: use `fovea run`",
           file.path(), file.method_name(method), name);
    }
  }
  std::erase_if(input.others, [&](uint32_t dim) {
    return dim == input.dim || file.check(model.dim(dim)).derived;
  });
  if (!input.name.empty()) return input;
  fail("{}: method '{}' has no input of token ids", file.path(), file.method_name(method));
}

}  // namespace

bool has_encoder(const ModelFile& file) {
  return file.model().find_method("encode") >= 0;
}

uint32_t generation_context(const ModelFile& file) {
  return context_of(file, step_method(file, has_encoder(file)));
}

uint32_t prompt_limit(const ModelFile& file) {
  const int32_t encoder = file.model().find_method("encode");
  if (encoder < 0) {
    const uint32_t step = step_method(file, false);
    const uint32_t context = smallest_context(file, step, schema::UpdateMode::Append);
    return context == kNoCache ? find_ids_input(file, step).max_tokens : context;
  }
  const auto method = static_cast<uint32_t>(encoder);
  return std::min(find_ids_input(file, method).max_tokens,
                  smallest_context(file, method, schema::UpdateMode::Replace));
}

TokenMethod::TokenMethod(const ModelFile& file, const Session& session, uint32_t method)
    : file_(file),
      session_(session),
      method_(session.method(method)),
      input_(find_ids_input(file, method)) {}

void TokenMethod::run(std::span<const int32_t> ids) const {
  run(ids, 1, static_cast<int32_t>(ids.size()));
}

void TokenMethod::run_each(std::span<const int32_t> ids) const {
  run(ids, static_cast<uint32_t>(ids.size()), 1);
}

void TokenMethod::run(std::span<const int32_t> ids, uint32_t sequences, int32_t length) const {
  for (const uint32_t dim : input_.others) {
    const bool counts = static_cast<int32_t>(dim) == input_.sequences;
    file_.check(session_.set_dim(dim, counts ? sequences : 1));
  }
  file_.check(session_.set_dim(input_.dim, static_cast<uint32_t>(ids.size())));
  const Tensor<int32_t> input = file_.check(method_.input<int32_t>(input_.name.c_str()));
  std::copy(ids.begin(), ids.end(), input.data());
  if (input_.has_lengths) {
    const Tensor<int32_t> lengths = file_.check(method_.input<int32_t>(kLengths));
    std::fill(lengths.begin(), lengths.end(), length);
  }
  set_pass(file_, session_, method_.index(), Pass());
  file_.check(method_.run());
}

size_t TokenMethod::vocabulary() const {
  return file_.check(method_.output<float>("logits")).width();
}

std::span<const float> TokenMethod::logits() const {
  const Tensor<float> output = file_.check(method_.output<float>("logits"));
  return {output.row(output.rows() - 1), output.width()};
}

std::span<const float> TokenMethod::logits(size_t row) const {
  const Tensor<float> output = file_.check(method_.output<float>("logits"));
  return {output.row(row), output.width()};
}

Decoder::Decoder(const ModelFile& file, const Session& session, Source source) {
  const int32_t encoder = file.model().find_method("encode");
  if (encoder >= 0 && source == Source::kTokens) {
    encoders_.emplace_back(file, session, static_cast<uint32_t>(encoder));
  }
  steps_.emplace_back(file, session, step_method(file, encoder >= 0));
}

void Decoder::encode(std::span<const int32_t> ids) const {
  encoders_.front().run(ids);
}

std::span<const float> Decoder::feed(std::span<const int32_t> ids) const {
  const TokenMethod& step = steps_.front();
  while (!ids.empty()) {
    const size_t count = std::min<size_t>(ids.size(), step.max_tokens());
    step.run(ids.first(count));
    ids = ids.subspan(count);
  }
  return step.logits();
}

}  // namespace fovea::tools
