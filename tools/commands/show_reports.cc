#include "tools/commands/show_reports.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>

#include "tools/common/npy.h"
#include "tools/common/npz.h"
#include "tools/common/table.h"
#include "tools/firmware/names.h"

namespace fovea::tools {
namespace {

using Json = nlohmann::ordered_json;
using Indices = std::vector<size_t>;

// The rows of the chosen queries, and the chosen heads of those that are there.
Indices rows_of(const ReportSelection& selection, const LayerReport& layer) {
  Indices result;
  for (size_t i = 0; i < layer.queries.size(); ++i) {
    if (selection.queries.has(layer.queries[i])) result.push_back(i);
  }
  return result;
}
Indices heads_of(const ReportSelection& selection, const LayerReport& layer) {
  Indices result;
  for (size_t i = 0; i < layer.heads; ++i) {
    if (selection.heads.has(layer.first_head + i)) result.push_back(i);
  }
  return result;
}

// A position, and what stands there.
std::string token_text(size_t position, const std::vector<std::string>& tokens) {
  if (position >= tokens.size()) return std::to_string(position);
  return fmt::format("{} '{}'", position, tokens[position]);
}

// The three keys that weigh most, at least a hundredth.
std::string largest(const float* weights, size_t keys, const std::vector<std::string>& tokens) {
  constexpr size_t kMost = 3;
  Indices order(keys);
  std::iota(order.begin(), order.end(), size_t{0});
  const auto end = order.begin() + static_cast<std::ptrdiff_t>(std::min(kMost, keys));
  std::partial_sort(order.begin(), end, order.end(), [&](size_t a, size_t b) {
    return weights[a] != weights[b] ? weights[a] > weights[b] : a < b;
  });
  std::string text;
  for (auto at = order.begin(); at != end && weights[*at] >= 0.01f; ++at) {
    text += fmt::format("{}{}: {:.2f}", text.empty() ? "" : ", ", token_text(*at, tokens),
                        weights[*at]);
  }
  return text;
}

// The lines of one layer.
class LayerText {
 public:
  LayerText(Table& table, const MethodReport& method, const LayerReport& layer)
      : table_(table),
        layer_(layer),
        queries_(method.tokens),
        keys_(layer.cross ? method.source : method.tokens) {}

  void head(size_t query, size_t head) {
    std::string position = number("position", query, head, "{:.0f}");
    if (layer_.has("position") && layer_.row("position", query)[head] >= 0) {
      position = token_text(static_cast<size_t>(layer_.row("position", query)[head]), keys_);
    }
    line(query, std::to_string(layer_.first_head + head), number("entropy", query, head, "{:.3f}"),
         number("effective", query, head, "{:.2f}"), number("maximum", query, head, "{:.3f}"),
         position,
         layer_.has("weights")
             ? largest(layer_.row("weights", query) + head * layer_.keys, layer_.keys, keys_)
             : "");
  }

  void average(size_t query) {
    const bool weighs = layer_.has("average");
    if (!weighs && !layer_.has("average_entropy") && !layer_.has("average_effective")) return;
    line(query, "all", number("average_entropy", query, 0, "{:.3f}"),
         number("average_effective", query, 0, "{:.2f}"), "", "",
         weighs ? largest(layer_.row("average", query), layer_.keys, keys_) : "");
  }

 private:
  std::string number(const char* kind, size_t query, size_t at, const char* format) const {
    if (!layer_.has(kind)) return "";
    return fmt::format(fmt::runtime(format), layer_.row(kind, query)[at]);
  }

  void line(size_t query, std::string head, std::string entropy, std::string effective,
            std::string maximum, std::string position, std::string weights) {
    table_.row({layer_.name, token_text(layer_.queries[query], queries_), std::move(head),
                std::move(entropy), std::move(effective), std::move(maximum), std::move(position),
                std::move(weights)});
  }

  Table& table_;
  const LayerReport& layer_;
  const std::vector<std::string>&queries_, &keys_;
};

// Numbers of one query, of the chosen heads.
Json numbers_of(const LayerReport& layer, const std::string& kind, size_t query,
                const Indices& heads) {
  const float* row = layer.row(kind, query);
  const auto list = [](const float* from, size_t count) {
    return std::vector<float>(from, from + count);
  };
  if (kind == "average") return list(row, layer.keys);
  if (kind.starts_with("average")) return *row;
  Json result = Json::array();
  for (const size_t head : heads) {
    if (has_keys(kind)) {
      result.push_back(list(row + head * layer.keys, layer.keys));
    } else if (kind == "position" && row[head] >= -1) {
      result.push_back(static_cast<int64_t>(row[head]));
    } else {
      result.push_back(row[head]);
    }
  }
  return result;
}

Json layer_json(const LayerReport& layer, const ReportSelection& selection) {
  const Indices queries = rows_of(selection, layer), heads = heads_of(selection, layer);
  Json result = {{"name", layer.name}, {"queries", Json::array()}, {"heads", Json::array()}};
  for (const size_t query : queries) result["queries"].push_back(layer.queries[query]);
  for (const size_t head : heads) result["heads"].push_back(layer.first_head + head);
  for (const auto& [kind, rows] : layer.kinds) {
    Json list = Json::array();
    for (const size_t query : queries) list.push_back(numbers_of(layer, kind, query, heads));
    result[kind] = std::move(list);
  }
  return result;
}

// The chosen part of an array, and its shape.
std::vector<float> part_of(const LayerReport& layer, const std::string& kind,
                           const ReportSelection& selection, std::vector<uint64_t>& shape) {
  const Indices queries = rows_of(selection, layer);
  const bool averages = kind.starts_with("average");
  const Indices heads = averages ? Indices{0} : heads_of(selection, layer);
  const bool weighs = has_keys(kind);
  const size_t each = weighs ? layer.keys : 1;
  std::vector<float> result;
  for (const size_t query : queries) {
    for (const size_t head : heads) {
      const float* row = layer.row(kind, query) + head * each;
      result.insert(result.end(), row, row + each);
    }
  }
  shape = {queries.size()};
  if (!averages) shape.push_back(heads.size());
  if (weighs) shape.push_back(layer.keys);
  return result;
}

}  // namespace

std::string reports_text(const std::vector<MethodReport>& reports,
                         const ReportSelection& selection) {
  std::string text;
  for (const MethodReport& method : reports) {
    Table table("llrrrrll");
    table.row({"layer", "query", "head", "entropy", "effective", "max", "at", "weights"});
    for (const LayerReport& layer : method.layers) {
      if (!selection.layers.has(layer.layer)) continue;
      LayerText lines(table, method, layer);
      for (const size_t query : rows_of(selection, layer)) {
        for (const size_t head : heads_of(selection, layer)) lines.head(query, head);
        lines.average(query);
      }
    }
    text += fmt::format("{}\n{}", printable(method.method), table.text());
  }
  return text;
}

std::string reports_json(const std::vector<MethodReport>& reports,
                         const ReportSelection& selection) {
  Json methods = Json::array();
  for (const MethodReport& method : reports) {
    Json layers = Json::array();
    for (const LayerReport& layer : method.layers) {
      if (selection.layers.has(layer.layer)) layers.push_back(layer_json(layer, selection));
    }
    methods.push_back({{"method", method.method},
                       {"tokens", method.tokens},
                       {"source", method.source},
                       {"layers", std::move(layers)}});
  }
  return json_text({{"methods", std::move(methods)}});
}

std::vector<uint8_t> reports_npz(const std::vector<MethodReport>& reports,
                                 const ReportSelection& selection) {
  std::vector<NpzEntry> entries;
  UniqueNames methods;
  for (const MethodReport& method : reports) {
    const std::string prefix = methods.take(method.method);
    for (const LayerReport& layer : method.layers) {
      if (!selection.layers.has(layer.layer)) continue;
      for (const auto& [kind, rows] : layer.kinds) {
        std::vector<uint64_t> shape;
        const std::vector<float> data = part_of(layer, kind, selection, shape);
        entries.push_back({prefix + "." + layer.name + "." + kind,
                           npy_bytes(FOVEA_FLOAT32, shape,
                                     {reinterpret_cast<const uint8_t*>(data.data()),
                                      data.size() * sizeof(float)})});
      }
    }
  }
  return npz_bytes(entries);
}

}  // namespace fovea::tools
