#include "tools/board/board.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <set>

#include "runtime/operator.h"
#include "tools/common/error.h"
#include "tools/common/suggest.h"
#include "tools/common/table.h"
#include "tools/firmware/sources.h"
#include "tools/graph/format.h"
#include "tools/session/cost.h"

namespace fovea::tools {
namespace {

using Json = nlohmann::ordered_json;

constexpr Core kCores[] = {
    {"cortex-m0+", "cortex-m0plus", false, 1.0, 2.0}, {"cortex-m3", "cortex-m3", false, 1.0, 2.0},
    {"cortex-m4", "cortex-m4", true, 1.0, 2.0},       {"cortex-m7", "cortex-m4", true, 0.5, 1.5},
    {"cortex-m33", "cortex-m4", true, 1.0, 2.0},      {"cortex-m55", "cortex-m4", true, 1.0, 2.0},
    {"rv32imc", "rv32imc", false, 1.0, 2.0},          {"rv32imafc", "rv32imafc", true, 1.0, 2.0},
    {"aarch64", "aarch64", true, 0.3, 1.0},
};

// Of an operator `per_multiply_add` times its multiply-adds, and so on.
struct Rate {
  const char *core, *kind, *format;
  double per_multiply_add, per_element, per_result, per_call;
};

constexpr Rate kRates[] = {
    {"", "", "", 0, 0, 0, 0},
#define FOVEA_RATE(core, kind, format, per_multiply_add, per_element, per_result, per_call) \
  {core, kind, format, per_multiply_add, per_element, per_result, per_call},
#include "tools/board/rates.inc"
#undef FOVEA_RATE
};

// What the stack of an example was, at most, as `./dev sizes` measures it.
struct MeasuredStack {
  const char* core;
  uint32_t bytes;
};

constexpr MeasuredStack kStacks[] = {
#define FOVEA_STACK(core, bytes) {core, bytes},
#include "tools/board/stacks.inc"
#undef FOVEA_STACK
};

constexpr uint32_t kStackOfOthers = 2048;  // assumed of other processors of 32 bits

// {"bytes", "measured"}
Json stack_of(const Core& core) {
  for (const MeasuredStack& stack : kStacks) {
    if (stack.core == std::string_view(core.name)) {
      return {{"bytes", stack.bytes}, {"measured", true}};
    }
  }
  return {{"bytes", kStackOfOthers}, {"measured", false}};
}

bool is_counted(const Core& core) {
  return std::any_of(std::begin(kRates), std::end(kRates),
                     [&](const Rate& rate) { return rate.core == std::string_view(core.counted); });
}

const Rate* rate_of(const Core& core, const std::string& kind, const std::string& format) {
  for (const Rate& rate : kRates) {
    if (rate.core == std::string_view(core.counted) && rate.kind == kind && rate.format == format) {
      return &rate;
    }
  }
  return nullptr;
}

uint64_t instructions_of(const Rate& rate, const OperatorSize& size) {
  const double count = rate.per_multiply_add * static_cast<double>(size.cost.multiply_adds) +
                       rate.per_element * static_cast<double>(size.elements) +
                       rate.per_result * static_cast<double>(size.results) + rate.per_call;
  return static_cast<uint64_t>(std::max(count, 0.0));
}

schema::Function function_of(const schema::Operator& op) {
  if (const auto* linear = op.attributes_as_Linear()) return linear->function();
  if (const auto* gated = op.attributes_as_GatedLinear()) return gated->function();
  if (const auto* convolution = op.attributes_as_Convolution()) return convolution->function();
  if (const auto* grid = op.attributes_as_GridConvolution()) return grid->function();
  if (const auto* each = op.attributes_as_DepthwiseConvolution()) return each->function();
  return schema::Function::None;
}

// "Linear Gelu": what it applies to its outputs costs more than making them. "Attention scored": so
// does what is made of scores besides scaling them.
std::string kind_of(const schema::Operator& op) {
  std::string kind = schema::EnumNameAttributes(op.attributes_type());
  const auto* attention = op.attributes_as_Attention();
  if (attention != nullptr && attention->scoring() != nullptr) return kind + " scored";
  const schema::Function function = function_of(op);
  if (function != schema::Function::None) {
    kind += std::string(" ") + schema::EnumNameFunction(function);
  }
  return kind;
}

Json estimate_method(const ModelFile& file, uint32_t method, const Board& board) {
  Json operators = Json::array();
  uint64_t total = 0, work = 0, longest = 0;
  std::set<std::string> missing;
  for (const OperatorSize& size : operator_sizes(file, method, Caches::kEmpty)) {
    const std::string kind = kind_of(*size.op);
    const std::string format = format_of(fovea::format_of(file.tables(), *size.op)).name;
    const Rate* rate = rate_of(*board.core, kind, format);
    const uint64_t count = rate == nullptr ? 0 : instructions_of(*rate, size);
    if (rate == nullptr) missing.insert(kind + ", " + format);
    total += count;
    work += size.cost.multiply_adds;
    const double share = static_cast<double>(size.longest_task) /
                         static_cast<double>(std::max<uint64_t>(size.cost.multiply_adds, 1));
    longest = std::max(longest, static_cast<uint64_t>(share * static_cast<double>(count)));
    operators.push_back({{"kind", kind},
                         {"format", format},
                         {"multiply_adds", size.cost.multiply_adds},
                         {"elements", size.elements},
                         {"results", size.results},
                         {"instructions", count}});
  }
  Json json = {{"name", file.method_name(method)},
               {"instructions", total},
               {"multiply_adds", work},
               {"longest_task", longest},
               {"missing", missing}};
  if (board.megahertz) {
    const double least = static_cast<double>(total) / (*board.megahertz * 1e3);
    json["milliseconds"] = {{"least", least * board.core->least_cycles},
                            {"most", least * board.core->most_cycles}};
  }
  json["operators"] = operators;
  return json;
}

[[noreturn]] void bad_board(const std::string& text, const std::string& why) {
  throw UsageError(fmt::format("--board {}: {}", text, why));
}

}  // namespace

std::string core_names() {
  std::string names;
  for (const Core& core : kCores) {
    if (is_counted(core)) names += (names.empty() ? "" : ", ") + std::string(core.name);
  }
  return names;
}

Board parse_board(const std::string& text) {
  const size_t at = text.find('@');
  const std::string name = text.substr(0, at);
  Board board = {};
  for (const Core& core : kCores) {
    if (name == core.name && is_counted(core)) board.core = &core;
  }
  if (board.core == nullptr) bad_board(text, "the cores are " + core_names());
  if (at == std::string::npos) return board;
  double megahertz = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data() + at + 1, end, megahertz);
  if (error != std::errc() || stop != end || !(megahertz > 0) || megahertz > 1e5) {
    bad_board(text, "behind the @ stand megahertz, as in cortex-m4@168");
  }
  board.megahertz = megahertz;
  return board;
}

Json estimate(const ModelFile& file, const Board& board) {
  Json methods = Json::array();
  for (uint32_t i = 0; i < file.model().method_count(); ++i) {
    methods.push_back(estimate_method(file, i, board));
  }
  Json json = {{"core", board.core->name}, {"counted", board.core->counted}};
  if (board.megahertz) json["megahertz"] = *board.megahertz;
  const fovea_memory memory = file.model().arena(1);
  json["flash"] = {{"model", file.size()}};
  if (const auto code = code_of(*board.core, firmware_symbols(file))) json["flash"]["code"] = *code;
  json["ram"] = {{"state", memory.state}, {"planned", memory.planned}, {"scratch", memory.scratch}};
  json["stack"] = stack_of(*board.core);
  json["methods"] = methods;
  return json;
}

}  // namespace fovea::tools
