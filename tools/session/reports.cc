#include "tools/session/reports.h"

#include <algorithm>
#include <cstring>

#include "tools/common/error.h"
#include "tools/graph/expose.h"

namespace fovea::tools {
namespace {

using schema::ReportKind;

// An output by the attention that makes it.
struct Reported {
  std::string output;                // attention.0.entropy
  std::string kind;                  // entropy
  size_t dot;                        // before the kind
  const schema::ReportRange* range;  // or null
};

// The outputs of the method that are reports, in the order of its attention.
std::vector<Reported> reported(const ModelFile& file, uint32_t method) {
  std::vector<Reported> result;
  const schema::Method& tables = *file.tables().methods()->Get(method);
  for (const schema::Operator* op : *tables.operators()) {
    const auto* attention = op->attributes_as_Attention();
    if (attention == nullptr) continue;
    for (uint32_t i = 1; i < size_of(op->outputs()); ++i) {
      const uint32_t tensor = static_cast<uint32_t>(op->outputs()->Get(i));
      const auto* outputs = tables.outputs();
      if (std::find(outputs->begin(), outputs->end(), tensor) == outputs->end()) continue;
      const ReportKind kind = attention->reports() == nullptr
                                  ? ReportKind::Weights
                                  : static_cast<ReportKind>(attention->reports()->Get(i - 1));
      const std::string name = text_of(tables.tensors()->Get(tensor)->name());
      const std::string ending = std::string(".") + report_name(kind);
      const bool ends = name.ends_with(ending);
      result.push_back({name, report_name(kind), ends ? name.size() - ending.size() : name.size(),
                        attention->range()});
    }
  }
  return result;
}

// [.., heads, tokens, keys] becomes [.., tokens, heads, keys].
std::vector<float> rows_first(const fovea_tensor& t, const float* data) {
  const size_t keys = t.extents[t.rank - 1], tokens = t.extents[t.rank - 2];
  const size_t heads = t.extents[t.rank - 3], planes = t.rank == 4 ? t.extents[0] : 1;
  std::vector<float> result(planes * heads * tokens * keys);
  for (size_t i = 0; i < planes * heads * tokens; ++i) {
    const size_t token = i % tokens, head = i / tokens % heads, plane = i / tokens / heads;
    std::copy_n(data + i * keys, keys, &result[((plane * tokens + token) * heads + head) * keys]);
  }
  return result;
}

void read_kind(const fovea_tensor& t, const std::string& kind, LayerReport& layer) {
  const auto* data = static_cast<const float*>(t.data);
  ReportRows& rows = layer.kinds[kind];
  const size_t width = t.extents[t.rank - 1];
  if (has_keys(kind) && kind != "average") {
    layer.heads = t.extents[t.rank - 3];
    layer.keys = width;
    rows = {layer.heads * width, rows_first(t, data)};
    return;
  }
  rows = {width, std::vector<float>(data, data + t.bytes / sizeof(float))};
  if (kind == "average") layer.keys = width;
  if (!kind.starts_with("average")) layer.heads = width;
}

// Names the queries of the kind's rows; drops rows of queries that the run did not have.
void take_queries(const Reported& reported, const RunTokens* tokens, LayerReport& layer) {
  ReportRows& rows = layer.kinds[reported.kind];
  size_t count = rows.data.size() / rows.width, first = tokens == nullptr ? 0 : tokens->before;
  const schema::ReportRange* range = reported.range;
  if (range != nullptr) {
    layer.first_head = range->first_head();
    first += range->first_query();
    if (tokens != nullptr && range->last()) first += tokens->count - 1;
    if (tokens != nullptr && range->queries() > 0) {
      const size_t left = tokens->count - std::min<size_t>(tokens->count, range->first_query());
      count = std::min(count, left);
      rows.data.resize(count * rows.width);
    }
  }
  layer.queries.clear();
  for (size_t i = 0; i < count; ++i) layer.queries.push_back(first + i);
}

LayerReport& find_layer(MethodReport& report, const std::string& name) {
  for (LayerReport& layer : report.layers) {
    if (layer.name == name) return layer;
  }
  LayerReport layer;
  layer.name = name;
  layer.cross = name.starts_with("cross");
  for (const LayerReport& other : report.layers) layer.layer += other.cross == layer.cross ? 1 : 0;
  const size_t dot = name.rfind('.');
  if (dot != std::string::npos) {
    layer.layer = static_cast<uint32_t>(std::strtoul(name.c_str() + dot + 1, nullptr, 10));
  }
  report.layers.push_back(std::move(layer));
  return report.layers.back();
}

}  // namespace

bool has_keys(const std::string& kind) {
  return kind == "weights" || kind == "average" || kind.ends_with("scores");
}

const float* LayerReport::row(const std::string& kind, size_t row) const {
  const ReportRows& rows = kinds.at(kind);
  return rows.data.data() + row * rows.width;
}

bool has_reports(const ModelFile& file, uint32_t method) {
  return !reported(file, method).empty();
}

MethodReport read_reports(const ModelFile& file, const Session& session, uint32_t method,
                          const RunTokens* tokens) {
  MethodReport report = {file.method_name(method), {}, {}, {}};
  for (const Reported& one : reported(file, method)) {
    fovea_tensor tensor = {};
    fovea_error error = {};
    if (fovea_output(session.get(), method, one.output.c_str(), &tensor, &error) != FOVEA_OK) {
      file.throw_error(Error(error));
    }
    LayerReport& layer = find_layer(report, one.output.substr(0, one.dot));
    read_kind(tensor, one.kind, layer);
    take_queries(one, tokens, layer);
  }
  return report;
}

void append_reports(MethodReport& to, const MethodReport& from) {
  if (to.layers.empty()) {
    to.layers = from.layers;
    return;
  }
  for (size_t i = 0; i < to.layers.size(); ++i) {
    const std::vector<size_t>& queries = from.layers[i].queries;
    to.layers[i].queries.insert(to.layers[i].queries.end(), queries.begin(), queries.end());
    for (auto& [kind, rows] : to.layers[i].kinds) {
      const std::vector<float>& more = from.layers[i].kinds.at(kind).data;
      rows.data.insert(rows.data.end(), more.begin(), more.end());
    }
  }
}

}  // namespace fovea::tools
