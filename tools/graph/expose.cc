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
      {"scaled_scores", {ReportKind::ScaledScores}},
      {"capped_scores", {ReportKind::CappedScores}},
      {"scores", {ReportKind::Scores}},
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

// One or a range of layers, heads or queries, `what` in the singular.
Chosen parse_chosen(const std::string& text, const std::string& item, const std::string& what) {
  const auto parse = [&](const std::string& one) {
    uint32_t number = 0;
    const char* end = one.data() + one.size();
    const auto [stop, error] = std::from_chars(one.data(), end, number);
    if (error == std::errc() && stop == end && number < UINT32_MAX) return number;
    throw UsageError(
        fmt::format("--attention {}: '{}' is no {}; write 0 or 0-3, as in "
                    "KIND@0-3:heads=1:queries=last",
                    item, one, what));
  };
  const size_t dash = text.find('-');
  Chosen range;
  range.first = range.last = parse(text.substr(0, dash));
  if (dash != std::string::npos) range.last = parse(text.substr(dash + 1));
  if (range.first <= range.last) return range;
  throw UsageError(fmt::format("--attention {}: {} {} comes after {} {}", item, what, range.first,
                               what, range.last));
}

// heads=1-3 or queries=last.
void parse_part(const std::string& text, const std::string& item, ReportPart& part) {
  const size_t equals = text.find('=');
  const std::string name = text.substr(0, equals);
  const std::string value = equals == std::string::npos ? "" : text.substr(equals + 1);
  if (name == "heads" && part.heads.all()) {
    part.heads = parse_chosen(value, item, "head");
  } else if (name == "queries" && part.queries.all() && !part.last_query) {
    part.last_query = value == "last";
    if (!part.last_query) part.queries = parse_chosen(value, item, "query");
  } else {
    throw UsageError(
        fmt::format("--attention {}: after ':' come heads=0-3 and queries=0-3 or queries=last, "
                    "each once, not '{}'",
                    item, text));
  }
}

ReportChoice parse_choice(const std::string& item) {
  const size_t colon = std::min(item.find(':'), item.size());
  const std::string head = item.substr(0, colon);
  const size_t at = head.find('@');
  ReportChoice choice = {item, find_word(head.substr(0, at)).kinds};
  if (at != std::string::npos) choice.layers = parse_chosen(head.substr(at + 1), item, "layer");
  for (size_t begin = colon; begin < item.size();) {
    const size_t end = std::min(item.find(':', begin + 1), item.size());
    parse_part(item.substr(begin + 1, end - begin - 1), item, choice.part);
    begin = end;
  }
  return choice;
}

bool has_heads(ReportKind kind) {
  return kind == ReportKind::Weights || kind >= ReportKind::ScaledScores;
}
bool has_keys(ReportKind kind) {
  return has_heads(kind) || kind == ReportKind::Average;
}
bool of_average(ReportKind kind) {
  return kind == ReportKind::AverageEntropy || kind == ReportKind::AverageEffective;
}

// The queries of a range, in the place of all. Packed sequences have as many rows each.
void take_queries(const schema::MethodT& method, const schema::ReportRangeT& range,
                  schema::TensorT& tensor) {
  const uint32_t queries = range.last ? 1 : range.queries;
  if (queries == 0) return;
  const size_t rows = tensor.extents.size() - 2;
  const bool packed =
      method.lengths >= 0 && tensor.dims[rows] == static_cast<int32_t>(method.packed) && rows == 0;
  tensor.extents[rows] = queries;
  tensor.dims[rows] = -1;
  if (!packed) return;
  const schema::TensorT& lengths = *method.tensors[static_cast<size_t>(method.lengths)];
  tensor.extents[rows] *= lengths.extents[0];
  tensor.dims[rows] = lengths.dims.empty() ? -1 : lengths.dims[0];
}

// The rows that are told of, of as many numbers as the kind has; weights and scores have heads
// before them.
std::unique_ptr<schema::TensorT> report_tensor(const schema::MethodT& method,
                                               const schema::OperatorT& op, const Extent& keys,
                                               ReportKind kind) {
  const schema::AttentionT& attention = *op.attributes.AsAttention();
  const schema::TensorT& query = *method.tensors[op.inputs[0]];
  const uint32_t heads = attention.range ? attention.range->heads : attention.heads;
  auto tensor = std::make_unique<schema::TensorT>();
  tensor->extents = query.extents;
  tensor->dims = query.dims;
  tensor->dims.resize(tensor->extents.size(), -1);
  tensor->extents.back() = has_keys(kind) ? keys.count : of_average(kind) ? 1 : heads;
  tensor->dims.back() = has_keys(kind) ? keys.dim : -1;
  if (attention.range) take_queries(method, *attention.range, *tensor);
  if (!has_heads(kind)) return tensor;
  tensor->extents.insert(tensor->extents.end() - 2, heads);
  tensor->dims.insert(tensor->dims.end() - 2, -1);
  return tensor;
}

// Of one layer.
struct Wanted {
  Kinds kinds;
  ReportPart part;
};

Wanted chosen(const std::vector<ReportChoice>& choices, uint32_t layer) {
  Wanted wanted;
  const ReportChoice* first = nullptr;
  for (const ReportChoice& choice : choices) {
    if (!choice.layers.has(layer)) continue;
    if (first != nullptr && choice.part != first->part) {
      throw UsageError(fmt::format(
          "--attention: '{}' and '{}' choose different heads or queries of layer {}; a layer "
          "tells all of the same ones",
          first->text, choice.text, layer));
    }
    first = &choice;
    wanted.part = choice.part;
    wanted.kinds.insert(choice.kinds.begin(), choice.kinds.end());
  }
  return wanted;
}

// Absent where the part is all.
std::unique_ptr<schema::ReportRangeT> range_of(const ReportPart& part, uint32_t heads,
                                               uint32_t layer) {
  if (part == ReportPart()) return nullptr;
  const uint32_t last = part.heads.all() ? heads - 1 : part.heads.last;
  if (last >= heads) {
    throw UsageError(fmt::format("--attention: there is no head {} in layer {}, only 0 to {}", last,
                                 layer, heads - 1));
  }
  auto range = std::make_unique<schema::ReportRangeT>();
  range->first_head = part.heads.first;
  range->heads = last - part.heads.first + 1;
  range->last = part.last_query;
  if (part.queries.all()) return range;
  range->first_query = part.queries.first;
  range->queries = part.queries.last - part.queries.first + 1;
  return range;
}

void expose_operator(const schema::ModelT& model, schema::MethodT& method, schema::OperatorT& op,
                     const std::string& name, const Kinds& wanted) {
  schema::AttentionT& attention = *op.attributes.AsAttention();
  Kinds made = wanted;
  // What numbers of the average are made of lives as long as the operator, if nobody asks for it.
  if (std::any_of(wanted.begin(), wanted.end(), of_average)) made.insert(ReportKind::Average);
  attention.reports.assign(made.begin(), made.end());
  for (const ReportKind kind : made) {
    const auto index = static_cast<int32_t>(method.tensors.size());
    auto tensor = report_tensor(method, op, key_room(model, method, op), kind);
    if (wanted.contains(kind)) {
      tensor->name = name + "." + report_name(kind);
      method.outputs.push_back(static_cast<uint32_t>(index));
    }
    method.tensors.push_back(std::move(tensor));
    op.outputs.push_back(index);
  }
}

// The most queries of one sequence in a run.
uint32_t most_queries(const schema::ModelT& model, const schema::TensorT& query) {
  const size_t rows = query.extents.size() - 2;
  const int32_t dim = query.dims.empty() ? -1 : query.dims[rows];
  return query.extents[rows] * (dim < 0 ? 1 : model.dims[static_cast<size_t>(dim)]->max);
}

// Returns how many layers there are; `queries`: the most that a run of one has.
uint32_t expose_method(const schema::ModelT& model, schema::MethodT& method,
                       const std::vector<ReportChoice>& choices, uint32_t& queries) {
  uint32_t cross = 0, own = 0;
  for (auto& op : method.operators) {
    if (op->attributes.AsAttention() == nullptr) continue;
    const bool crosses = is_cross(model, method, *op);
    const uint32_t layer = crosses ? cross++ : own++;
    const std::string name = (crosses ? "cross_attention." : "attention.") + std::to_string(layer);
    const Wanted wanted = chosen(choices, layer);
    schema::AttentionT& attention = *op->attributes.AsAttention();
    if (!wanted.kinds.empty()) attention.range = range_of(wanted.part, attention.heads, layer);
    queries = std::max(queries, most_queries(model, *method.tensors[op->inputs[0]]));
    expose_operator(model, method, *op, name, wanted.kinds);
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
  static constexpr const char* kNames[] = {
      "weights",       "entropy",       "effective",       "maximum",
      "position",      "average",       "average_entropy", "average_effective",
      "scaled_scores", "capped_scores", "scores"};
  return kNames[static_cast<size_t>(kind)];
}

void expose_attention(schema::ModelT& model, const std::vector<ReportChoice>& choices) {
  uint32_t layers = 0, queries = 0;
  for (auto& method : model.methods) {
    layers = std::max(layers, expose_method(model, *method, choices, queries));
  }
  for (const ReportChoice& choice : choices) {
    const uint32_t named = choice.layers.all() ? 0 : choice.layers.last;
    if (named < layers) {
      const Chosen& wanted = choice.part.queries;
      if (wanted.all() || wanted.last < queries) continue;
      throw UsageError(fmt::format("--attention {}: there is no query {}, a run has {} at most",
                                   choice.text, wanted.last, queries));
    }
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
