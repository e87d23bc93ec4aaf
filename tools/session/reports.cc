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
  std::string output;  // attention.0.entropy
  std::string kind;    // entropy
  size_t dot;          // before the kind
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
      result.push_back({name, report_name(kind), ends ? name.size() - ending.size() : name.size()});
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
  if (kind == "weights") {
    layer.heads = t.extents[t.rank - 3];
    layer.keys = width;
    rows = {layer.heads * width, rows_first(t, data)};
    return;
  }
  rows = {width, std::vector<float>(data, data + t.bytes / sizeof(float))};
  if (kind == "average") layer.keys = width;
  if (!kind.starts_with("average")) layer.heads = width;
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

size_t LayerReport::rows() const {
  const ReportRows& first = kinds.begin()->second;
  return first.data.size() / first.width;
}

const float* LayerReport::row(const std::string& kind, size_t row) const {
  const ReportRows& rows = kinds.at(kind);
  return rows.data.data() + row * rows.width;
}

bool has_reports(const ModelFile& file, uint32_t method) {
  return !reported(file, method).empty();
}

MethodReport read_reports(const ModelFile& file, const Session& session, uint32_t method) {
  MethodReport report = {file.method_name(method), {}, {}, {}};
  for (const Reported& one : reported(file, method)) {
    fovea_tensor tensor = {};
    fovea_error error = {};
    if (fovea_output(session.get(), method, one.output.c_str(), &tensor, &error) != FOVEA_OK) {
      file.throw_error(Error(error));
    }
    read_kind(tensor, one.kind, find_layer(report, one.output.substr(0, one.dot)));
  }
  return report;
}

void append_reports(MethodReport& to, const MethodReport& from) {
  if (to.layers.empty()) {
    to.layers = from.layers;
    return;
  }
  for (size_t i = 0; i < to.layers.size(); ++i) {
    for (auto& [kind, rows] : to.layers[i].kinds) {
      const std::vector<float>& more = from.layers[i].kinds.at(kind).data;
      rows.data.insert(rows.data.end(), more.begin(), more.end());
    }
  }
}

}  // namespace fovea::tools
