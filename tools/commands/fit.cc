#include "tools/commands/fit.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <memory>
#include <vector>

#include "runtime/layout.h"
#include "runtime/preamble.h"
#include "tools/common/error.h"
#include "tools/common/table.h"
#include "tools/graph/dims.h"
#include "tools/graph/graph.h"
#include "tools/plan/plan.h"
#include "tools/write/header.h"
#include "tools/write/read.h"

namespace fovea::tools {
namespace {

using Json = nlohmann::ordered_json;

constexpr size_t kLargest = 5;  // items that are named

[[noreturn]] void bad_budget(const std::string& text) {
  throw UsageError(fmt::format("--fit {}: give it as flash=1M,ram=256K, or one of the two", text));
}

uint64_t parse_bytes(const std::string& text, const std::string& whole) {
  uint64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop == text.data()) bad_budget(whole);
  const std::string unit(stop, end);
  const size_t power = std::string("KMG").find(unit.empty() ? ' ' : unit[0]);
  if (unit.empty()) return value;
  if (power == std::string::npos || unit.size() > 1 || value >> (64 - 10 * (power + 1)) != 0) {
    bad_budget(whole);
  }
  return value << (10 * (power + 1));
}

// The tables of a file, copied as often as another choice of maxima is tried.
class Planner {
 public:
  explicit Planner(const MappedFile& file) : file_(file) {
    const auto content = read_model(file_);
    memory_ = *content.model.memory;
    header_ = build_header(content.model);
  }

  std::unique_ptr<schema::ModelT> model() const {
    return std::unique_ptr<schema::ModelT>(schema::GetModel(header_.data())->UnPack());
  }
  const schema::MemoryT& memory() const { return memory_; }
  uint64_t ram() const { return memory_.state + memory_.planned + memory_.per_thread; }
  uint64_t flash() const { return file_.bytes().size(); }

  // Bytes of a session with one thread at other maxima.
  uint64_t ram(const Maxima& maxima) const {
    const auto changed = model();
    set_maxima(*changed, maxima);
    plan(*changed);
    measure_memory(*changed, file_.path());
    const schema::MemoryT& m = *changed->memory;
    return m.state + m.planned + m.per_thread;
  }

 private:
  const MappedFile& file_;
  schema::MemoryT memory_;
  std::vector<uint8_t> header_;
};

// Maxima that can be lowered, with their present values.
Maxima present_maxima(const schema::ModelT& model) {
  Maxima maxima;
  for (const auto& dim : model.dims) {
    if (!is_derived(*dim)) maxima[dim->name] = dim->max;
  }
  for (const auto& method : model.methods) {
    for (const auto& update : method->updates) {
      const uint32_t context = model.caches[update->cache]->context;
      if (update->mode == schema::UpdateMode::Append) maxima["context"] = context;
    }
  }
  return maxima;
}

// The present maxima times share / kWhole. Packed rows are no more than what the sequences, of
// which there are fewer then, may have.
constexpr uint32_t kWhole = 1024;
Maxima scaled(const schema::ModelT& model, const Maxima& present, uint32_t share) {
  Maxima result;
  for (const auto& [name, value] : present) {
    result[name] = std::max(1u, static_cast<uint32_t>(uint64_t{value} * share / kWhole));
  }
  for (size_t i = 0; i < model.dims.size(); ++i) {
    const schema::DimT& dim = *model.dims[i];
    if (!is_packed(model, i)) continue;
    const uint64_t each = dim.limit != 0 ? dim.limit : result["context"];
    result[dim.name] =
        static_cast<uint32_t>(std::min(uint64_t{result[dim.name]}, each * result["batch"]));
  }
  return result;
}

// The largest value of [1, most] for which `fits` holds, where it holds for all smaller ones; 0
// for none.
template <typename Fits>
uint32_t largest_that(uint32_t most, Fits fits) {
  uint32_t low = 0, high = most;
  while (low < high) {
    const uint32_t middle = low + (high - low + 1) / 2;
    if (fits(middle)) {
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  return low;
}

Json suggestion(const Planner& planner, const Maxima& present, const Maxima& maxima) {
  std::string options;
  for (const auto& [name, value] : maxima) {
    if (present.at(name) != value) {
      options += fmt::format("{}--max {}={}", options.empty() ? "" : " ", name, value);
    }
  }
  return {{"options", options}, {"ram", planner.ram(maxima)}};
}

// One maximum lowered alone; where that never suffices, all by the same share.
Json smaller_maxima(const Planner& planner, uint64_t ram) {
  const auto model = planner.model();
  const Maxima present = present_maxima(*model);
  Json result = Json::array();
  for (const auto& [name, value] : present) {
    const std::string& which = name;
    const uint32_t best = largest_that(value, [&](uint32_t n) {
      return planner.ram({{which, n}}) <= ram;
    });
    if (best != 0) result.push_back(suggestion(planner, present, {{name, best}}));
  }
  if (!result.empty() || present.empty()) return result;
  const uint32_t share = largest_that(
      kWhole, [&](uint32_t n) { return planner.ram(scaled(*model, present, n)) <= ram; });
  if (share != 0) result.push_back(suggestion(planner, present, scaled(*model, present, share)));
  return result;
}

void add_states(const schema::ModelT& model, Json& items) {
  std::vector<uint64_t> bytes(model.caches.size());
  for (const auto& state : model.states) {
    const uint32_t capacity = model.caches[state->cache]->capacity;
    bytes[state->cache] +=
        state_bytes(model.sequences, capacity, state->dtype, state->heads, state->width).value();
  }
  for (size_t i = 0; i < bytes.size(); ++i) {
    items.push_back(
        {{"what", "cache " + model.caches[i]->name}, {"memory", "ram"}, {"bytes", bytes[i]}});
  }
}

void add_tensors(const schema::ModelT& model, Json& items) {
  for (const auto& method : model.methods) {
    for (size_t i = 0; i < method->tensors.size(); ++i) {
      const schema::TensorT& tensor = *method->tensors[i];
      if (tensor.storage != schema::Storage::Planned) continue;
      const std::string name = tensor.name.empty() ? std::to_string(i) : tensor.name;
      items.push_back({{"what", "tensor " + name + " of " + method->name},
                       {"memory", "ram"},
                       {"bytes", tensor_bytes(model, tensor)}});
    }
  }
}

Json largest(Json items) {
  std::stable_sort(items.begin(), items.end(), [](const Json& a, const Json& b) {
    return a.at("bytes").get<uint64_t>() > b.at("bytes").get<uint64_t>();
  });
  if (items.size() > kLargest) items.erase(items.begin() + kLargest, items.end());
  return items;
}

// What takes the most of each memory.
Json largest_items(const Planner& planner) {
  const auto model = planner.model();
  Json ram = Json::array(), flash = Json::array();
  add_states(*model, ram);
  add_tensors(*model, ram);
  ram.push_back(
      {{"what", "scratch of a thread"}, {"memory", "ram"}, {"bytes", planner.memory().per_thread}});
  for (const auto& weight : model->weights) {
    flash.push_back(
        {{"what", "weight " + weight->name}, {"memory", "flash"}, {"bytes", weight->size}});
  }
  Json result = largest(std::move(ram));
  for (const Json& item : largest(std::move(flash))) result.push_back(item);
  return result;
}

Json need(uint64_t needed, const std::optional<uint64_t>& given) {
  Json result = {{"needed", needed}};
  if (given) {
    result["given"] = *given;
    result["fits"] = needed <= *given;
  }
  return result;
}

bool fits(const Json& part) {
  return part.value("fits", true);
}
uint64_t number(const Json& json, const char* key) {
  return json.at(key).get<uint64_t>();
}

void add_need(Table& table, const char* name, const Json& part) {
  if (!part.contains("given")) return;
  const uint64_t needed = number(part, "needed"), given = number(part, "given");
  table.row({name, grouped(needed), fmt::format("of {}", grouped(given)),
             needed <= given ? "fits" : fmt::format("{} too many", grouped(needed - given))});
}

}  // namespace

Budget parse_budget(const std::string& text) {
  Budget budget;
  for (size_t at = 0; at <= text.size();) {
    const size_t comma = std::min(text.find(',', at), text.size());
    const std::string part = text.substr(at, comma - at);
    const size_t equals = std::min(part.find('='), part.size());
    const std::string key = part.substr(0, equals);
    if (key != "flash" && key != "ram") bad_budget(text);
    std::optional<uint64_t>& target = key == "flash" ? budget.flash : budget.ram;
    if (target || equals == part.size()) bad_budget(text);
    target = parse_bytes(part.substr(equals + 1), text);
    at = comma + 1;
  }
  return budget;
}

Json find_fit(const MappedFile& file, const Budget& budget) {
  const Planner planner(file);
  Json result;
  const Json flash = need(planner.flash(), budget.flash);
  const Json ram = need(planner.ram(), budget.ram);
  result["fits"] = fits(flash) && fits(ram);
  result["flash"] = flash;
  result["ram"] = ram;
  result["largest"] = largest_items(planner);
  result["maxima"] = fits(ram) ? Json::array() : smaller_maxima(planner, *budget.ram);
  return result;
}

void print_fit(const Json& fit) {
  Table needs("lrll");
  add_need(needs, "flash", fit.at("flash"));
  add_need(needs, "ram", fit.at("ram"));
  fmt::print(
      "\nFit, in bytes: the model's flash (the code comes on top) and a session's memory "
      "(2 KiB of stack come on top)\n{}",
      needs.text());
  Table items("llr");
  for (const Json& item : fit.at("largest")) {
    items.row({item.at("memory").get<std::string>(), item.at("what").get<std::string>(),
               grouped(number(item, "bytes"))});
  }
  fmt::print("\nWhat takes the most\n{}", items.text());
  if (fits(fit.at("ram"))) return;
  Table ways("lr");
  for (const Json& way : fit.at("maxima")) {
    ways.row({"fovea plan FILE -o OUT " + way.at("options").get<std::string>(),
              grouped(number(way, "ram")) + " bytes"});
  }
  fmt::print("\nWhat would fit the ram\n{}",
             ways.empty() ? "  no choice of maxima: a smaller model is needed\n" : ways.text());
}

void check_fit(const std::string& path, const Json& fit) {
  std::string line;
  for (const char* memory : {"flash", "ram"}) {
    const Json& part = fit.at(memory);
    if (fits(part)) continue;
    line += fmt::format("{}{} {} of {} bytes", line.empty() ? "" : ", ", memory,
                        number(part, "needed"), number(part, "given"));
  }
  if (!line.empty()) fail("{}: does not fit: {}", path, line);
}

}  // namespace fovea::tools
