#include "tools/commands/show_packing.h"

#include <fmt/format.h>

#include <cmath>
#include <vector>

#include "tools/commands/numbers.h"
#include "tools/common/error.h"
#include "tools/common/output_file.h"
#include "tools/common/printable.h"
#include "tools/common/table.h"

namespace fovea::tools {
namespace {

using Json = nlohmann::ordered_json;
using Row = std::vector<std::string>;

constexpr size_t kKept = 8;  // lines of advice

std::string decibels_text(const Signal& signal) {
  if (signal.is_empty()) return "";
  const double decibels = signal.decibels();
  return std::isfinite(decibels) ? fmt::format("{:.1f}", decibels) : "exact";
}

// Cells that follow a name.
void add_signal(const Signal& signal, Row* row) {
  row->push_back(decibels_text(signal));
  row->push_back(signal.is_empty() ? "" : fmt::format("{:.3g}", signal.largest_error()));
  row->push_back(signal.is_empty() ? "" : fmt::format("{:.6f}", signal.cosine()));
}

std::string cost_text(double cost) {
  return fmt::format("{:+.2g}", cost);
}

// What is told in each form.
struct Page {
  std::vector<Row> totals, outputs, weights;
};

Page page_of(const Packing& packing) {
  const Quality& quality = packing.quality;
  Page page;
  page.totals.push_back({"", "f32", "packed"});
  page.totals.push_back({"bytes", grouped(packing.exact_bytes), grouped(packing.bytes)});
  if (quality.tokens > 0) {
    const double tokens = static_cast<double>(quality.tokens);
    page.totals.push_back({fmt::format("mean loss of {} tokens", grouped(quality.tokens)),
                           fmt::format("{:.4f}", quality.exact_loss / tokens),
                           fmt::format("{:.4f} ({:+.4f})", quality.loss / tokens, quality.cost())});
  }
  if (quality.tokens == 0) {
    page.totals.push_back({"noise by energy", "0", fmt::format("{:.3g}", quality.cost())});
  }
  if (quality.rows > 0) {
    page.totals.push_back({"same likeliest label", grouped(quality.rows),
                           fmt::format("{} ({:.2f} %)", grouped(quality.agreeing),
                                       100.0 * static_cast<double>(quality.agreeing) /
                                           static_cast<double>(quality.rows))});
  }
  page.outputs.push_back({"output", "dB", "largest error", "cosine"});
  for (const auto& [name, signal] : quality.outputs) {
    Row row = {name};
    add_signal(signal, &row);
    page.outputs.push_back(row);
  }
  page.weights.push_back(
      {"weight", "format", "f32 bytes", "bytes", "dB", "largest error", "cosine", "cost alone"});
  for (const PackedWeight& weight : packing.weights) {
    Row row = {weight.name, weight.format, grouped(weight.exact_bytes), grouped(weight.bytes)};
    add_signal(weight.signal, &row);
    row.push_back(cost_text(weight.cost));
    page.weights.push_back(row);
  }
  return page;
}

std::string table_text(const std::string& alignment, const std::vector<Row>& rows) {
  Table table(alignment);
  for (const Row& row : rows) table.row(row);
  return table.text();
}

Json signal_json(const Signal& signal) {
  const auto number = [](double value) { return std::isfinite(value) ? Json(value) : Json(); };
  return {{"decibels", number(signal.decibels())},
          {"largest_error", number(signal.largest_error())},
          {"cosine", number(signal.cosine())}};
}

std::string escaped(const std::string& text) {
  std::string result;
  for (const char c : printable(text)) {
    c == '<'   ? result += "&lt;"
    : c == '>' ? result += "&gt;"
    : c == '&' ? result += "&amp;"
    : c == '"' ? result += "&quot;"
               : result += c;
  }
  return result;
}

std::string table_html(const std::vector<Row>& rows) {
  std::string text = "<table>\n";
  for (size_t i = 0; i < rows.size(); ++i) {
    text += "<tr>";
    for (const std::string& cell : rows[i]) {
      text += fmt::format("<{0}>{1}</{0}>", i == 0 ? "th" : "td", escaped(cell));
    }
    text += "</tr>\n";
  }
  return text + "</table>\n";
}

constexpr const char* kStyle =
    "body{font:15px/1.5 sans-serif;max-width:70em;margin:2em auto;padding:0 1em}"
    "table{border-collapse:collapse;margin:1em 0}"
    "th,td{padding:.2em .8em;text-align:right;border-bottom:1px solid #ccc}"
    "th:first-child,td:first-child{text-align:left;font-family:monospace}";

constexpr const char* kMeaning =
    "dB: signal to noise of what the operators made that read a weight, and of outputs, all "
    "weights "
    "packed. Cost alone: of the model where this weight alone is packed and activations are f32; "
    "the "
    "mean loss of a token above f32's, or else the noise of the outputs as a share of their "
    "energy.";

}  // namespace

std::string packing_text(const Packing& packing) {
  const Page page = page_of(packing);
  std::string text = fmt::format("samples: {}\n", grouped(packing.samples));
  text += table_text("lrr", page.totals) + "\n" + table_text("lrrr", page.outputs) + "\n" +
          table_text("llrrrrrr", page.weights);
  const std::vector<std::string> kept = worth_keeping(packing, kKept);
  if (!kept.empty()) text += "\nworth keeping first, by cost for each byte more:\n";
  for (const std::string& one : kept) text += "  --keep '" + printable(one) + "'\n";
  return text;
}

Json packing_json(const Packing& packing) {
  const Quality& quality = packing.quality;
  Json json = {{"samples", packing.samples},
               {"bytes", {{"f32", packing.exact_bytes}, {"packed", packing.bytes}}},
               {"cost", quality.cost()}};
  if (quality.tokens > 0) {
    const double tokens = static_cast<double>(quality.tokens);
    json["loss"] = {{"tokens", quality.tokens},
                    {"f32", quality.exact_loss / tokens},
                    {"packed", quality.loss / tokens}};
  }
  if (quality.rows > 0) {
    json["agreement"] = {{"rows", quality.rows}, {"same", quality.agreeing}};
  }
  json["outputs"] = Json::array();
  for (const auto& [name, signal] : quality.outputs) {
    Json one = {{"name", name}};
    one.update(signal_json(signal));
    json["outputs"].push_back(one);
  }
  json["weights"] = Json::array();
  for (const PackedWeight& weight : packing.weights) {
    Json one = {{"name", weight.name},
                {"tensor", weight.tensor},
                {"format", weight.format},
                {"bytes", {{"f32", weight.exact_bytes}, {"packed", weight.bytes}}}};
    one.update(signal_json(weight.signal));
    one["cost"] = weight.cost;
    json["weights"].push_back(one);
  }
  json["keep"] = worth_keeping(packing, kKept);
  return json;
}

std::string packing_html(const Packing& packing, const std::string& title) {
  const Page page = page_of(packing);
  std::string text = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{0}</title>"
      "<style>{1}</style></head>\n<body><h1>{0}</h1>\n<p>Samples: {2}. {3}</p>\n",
      escaped(title), kStyle, grouped(packing.samples), kMeaning);
  text += table_html(page.totals) + table_html(page.outputs) + table_html(page.weights);
  const std::vector<std::string> kept = worth_keeping(packing, kKept);
  if (!kept.empty()) text += "<h2>Worth keeping first</h2>\n<pre>";
  for (const std::string& one : kept) text += "--keep '" + escaped(one) + "'\n";
  return text + (kept.empty() ? "" : "</pre>\n") + "</body></html>\n";
}

void check_report_name(const std::string& path) {
  if (path.ends_with(".json") || path.ends_with(".html")) return;
  throw UsageError("--report " + path + ": give FILE.json or FILE.html");
}

void write_report(const Packing& packing, const std::string& path, const std::string& title) {
  write_file(path, path.ends_with(".json") ? json_text(packing_json(packing)) + "\n"
                                           : packing_html(packing, title));
}

}  // namespace fovea::tools
