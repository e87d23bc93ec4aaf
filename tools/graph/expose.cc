#include "tools/graph/expose.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "tools/common/error.h"
#include "tools/common/suggest.h"
#include "tools/graph/uses.h"

namespace fovea::tools {
namespace {

Extent key_room(const schema::ModelT& model, const schema::MethodT& method,
                const schema::OperatorT& op) {
  if (!op.states.empty()) return {model.caches[model.states[op.states[0]]->cache]->context};
  const schema::TensorT& values = *method.tensors[op.inputs[2]];
  const size_t slots = values.extents.size() - 2;
  return {values.extents[slots], values.dims[slots]};
}

using schema::ReportKind;
using Kinds = std::set<ReportKind>;

// Words of the command line, and what they ask for.
struct Word {
  const char* name;
  std::vector<ReportKind> kinds;
};

const std::vector<Word>& words() {
  static const std::vector<Word> kWords = {
      {"weights", {ReportKind::Weights}},
      {"entropy", {ReportKind::Entropy}},
      {"effective", {ReportKind::Effective}},
      {"max", {ReportKind::Maximum, ReportKind::Position}},
      {"average", {ReportKind::Average}},
      {"average_entropy", {ReportKind::AverageEntropy}},
      {"average_effective", {ReportKind::AverageEffective}},
      {"numbers",
       {ReportKind::Entropy, ReportKind::Effective, ReportKind::Maximum, ReportKind::Position,
        ReportKind::AverageEntropy, ReportKind::AverageEffective}}};
  return kWords;
}

const Word& find_word(const std::string& name) {
  std::vector<std::string> names;
  for (const Word& word : words()) {
    if (name == word.name) return word;
    names.emplace_back(word.name);
  }
  std::string list;
  for (const std::string& one : names) list += (list.empty() ? "" : ", ") + one;
  throw UsageError(fmt::format("--attention: there is no report '{}'{} (there are {})", name,
                               suggestion(name, names), list));
}

uint32_t parse_layer(const std::string& text, const std::string& item) {
  uint32_t layer = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, layer);
  if (error == std::errc() && stop == end && layer < UINT32_MAX) return layer;
  throw UsageError(
      fmt::format("--attention {}: '{}' is no layer; write KIND@0 or KIND@0-3", item, text));
}

ReportChoice parse_choice(const std::string& item) {
  const size_t at = item.find('@');
  ReportChoice choice = {find_word(item.substr(0, at)).kinds};
  if (at == std::string::npos) return choice;
  const std::string layers = item.substr(at + 1);
  const size_t dash = layers.find('-');
  choice.first = choice.last = parse_layer(layers.substr(0, dash), item);
  if (dash != std::string::npos) choice.last = parse_layer(layers.substr(dash + 1), item);
  if (choice.first <= choice.last) return choice;
  throw UsageError(fmt::format("--attention {}: layer {} comes after layer {}", item, choice.first,
                               choice.last));
}

bool has_keys(ReportKind kind) {
  return kind == ReportKind::Weights || kind == ReportKind::Average;
}

// The rows of the query, of as many numbers as the kind has; weights have heads before the tokens.
std::unique_ptr<schema::TensorT> report_tensor(const schema::TensorT& query, uint32_t heads,
                                               const Extent& keys, ReportKind kind) {
  auto tensor = std::make_unique<schema::TensorT>();
  tensor->extents = query.extents;
  tensor->dims = query.dims;
  tensor->dims.resize(tensor->extents.size(), -1);
  tensor->extents.back() = has_keys(kind) ? keys.count : kind > ReportKind::Average ? 1 : heads;
  tensor->dims.back() = has_keys(kind) ? keys.dim : -1;
  if (kind != ReportKind::Weights) return tensor;
  tensor->extents.insert(tensor->extents.end() - 2, heads);
  tensor->dims.insert(tensor->dims.end() - 2, -1);
  return tensor;
}

Kinds chosen(const std::vector<ReportChoice>& choices, uint32_t layer) {
  Kinds kinds;
  for (const ReportChoice& choice : choices) {
    if (layer < choice.first || layer > choice.last) continue;
    kinds.insert(choice.kinds.begin(), choice.kinds.end());
  }
  return kinds;
}

void expose_operator(const schema::ModelT& model, schema::MethodT& method, schema::OperatorT& op,
                     const std::string& name, const Kinds& wanted) {
  schema::AttentionT& attention = *op.attributes.AsAttention();
  Kinds made = wanted;
  // What numbers of the average are made of lives as long as the operator, if nobody asks for it.
  if (!wanted.empty() && *wanted.rbegin() > ReportKind::Average) made.insert(ReportKind::Average);
  attention.reports.assign(made.begin(), made.end());
  for (const ReportKind kind : made) {
    const auto index = static_cast<int32_t>(method.tensors.size());
    auto tensor = report_tensor(*method.tensors[op.inputs[0]], attention.heads,
                                key_room(model, method, op), kind);
    if (wanted.contains(kind)) {
      tensor->name = name + "." + report_name(kind);
      method.outputs.push_back(static_cast<uint32_t>(index));
    }
    method.tensors.push_back(std::move(tensor));
    op.outputs.push_back(index);
  }
}

// Returns how many layers there are.
uint32_t expose_method(const schema::ModelT& model, schema::MethodT& method,
                       const std::vector<ReportChoice>& choices) {
  uint32_t cross = 0, own = 0;
  for (auto& op : method.operators) {
    if (op->attributes.AsAttention() == nullptr) continue;
    const bool crosses = is_cross(model, method, *op);
    const uint32_t layer = crosses ? cross++ : own++;
    const std::string name = (crosses ? "cross_attention." : "attention.") + std::to_string(layer);
    expose_operator(model, method, *op, name, chosen(choices, layer));
  }
  return std::max(cross, own);
}

}  // namespace

std::vector<ReportChoice> parse_reports(const std::string& text) {
  std::vector<ReportChoice> choices;
  for (size_t begin = 0, end = 0; end != std::string::npos; begin = end + 1) {
    end = text.find(',', begin);
    choices.push_back(parse_choice(text.substr(begin, end - begin)));
  }
  return choices;
}

const char* report_name(ReportKind kind) {
  static constexpr const char* kNames[] = {"weights",         "entropy",          "effective",
                                           "maximum",         "position",         "average",
                                           "average_entropy", "average_effective"};
  return kNames[static_cast<size_t>(kind)];
}

void expose_attention(schema::ModelT& model, const std::vector<ReportChoice>& choices) {
  uint32_t layers = 0;
  for (auto& method : model.methods) {
    layers = std::max(layers, expose_method(model, *method, choices));
  }
  for (const ReportChoice& choice : choices) {
    const uint32_t named = choice.last == UINT32_MAX ? choice.first : choice.last;
    if (named < layers) continue;
    throw UsageError(layers == 0 ? std::string("--attention: the model has no attention")
                                 : fmt::format("--attention: there is no layer {}, only 0 to {}",
                                               named, layers - 1));
  }
}

void resize_attention_weights(const schema::ModelT& model, schema::MethodT& method) {
  for (auto& op : method.operators) {
    const schema::AttentionT* attention = op->attributes.AsAttention();
    if (attention == nullptr) continue;
    for (size_t i = 1; i < op->outputs.size(); ++i) {
      const bool named = !attention->reports.empty();
      if (named && !has_keys(attention->reports[i - 1])) continue;
      method.tensors[op->outputs[i]]->extents.back() = key_room(model, method, *op).count;
    }
  }
}

}  // namespace fovea::tools
