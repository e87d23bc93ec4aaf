#include <fmt/format.h>

#include "tools/board/board.h"
#include "tools/common/table.h"

namespace fovea::tools {
namespace {

using Json = nlohmann::ordered_json;

std::string number_at(const Json& json, const char* key) {
  return grouped(json.at(key).get<uint64_t>());
}

// Three figures.
std::string milliseconds(const Json& json, const char* key) {
  return fmt::format("{:.3g}", json.at(key).get<double>());
}

void add_method(const Json& method, Table& table) {
  std::string name = printable(method.at("name").get<std::string>()), time;
  if (method.contains("milliseconds")) {
    const Json& span = method["milliseconds"];
    time = fmt::format("{} to {} ms", milliseconds(span, "least"), milliseconds(span, "most"));
  }
  const double work = method.at("multiply_adds").get<double>();
  const double count = method.at("instructions").get<double>();
  table.row({name, number_at(method, "instructions"), "instructions,",
             fmt::format("{:.2f}", work == 0 ? 0.0 : count / work), "for a multiply-add,",
             number_at(method, "longest_task"), "in the longest task of a sliced run", time});
  for (const Json& missing : method.at("missing")) {
    table.row({"", "", "without " + printable(missing.get<std::string>()), "", "", "", "", ""});
  }
}

}  // namespace

void print_board(const Json& json) {
  const Json& ram = json.at("ram");
  Table memory("lrl");
  const Json& flash = json.at("flash");
  const bool measured = flash.contains("code");
  memory.row({"flash", number_at(flash, "model"),
              measured ? "the model" : "the model; the runtime's code comes to it"});
  if (measured) memory.row({"", number_at(flash, "code"), "the runtime's code and constants"});
  memory.row({"RAM", number_at(ram, "state"), "caches and the session itself"});
  memory.row({"", number_at(ram, "planned"), "inputs, outputs, activations"});
  memory.row({"", number_at(ram, "scratch"), "operators' own"});
  const Json& stack = json.at("stack");
  memory.row({"stack", number_at(stack, "bytes"),
              stack.at("measured").get<bool>() ? "of examples/firmware, measured"
                                               : "assumed: nothing was measured on this core"});
  const std::string core = json.at("core").get<std::string>();
  const std::string counted = json.at("counted").get<std::string>();
  fmt::print("\nOn {}, in bytes\n{}", core, memory.text());
  Table methods("lrlrlrll");
  for (const Json& method : json.at("methods")) add_method(method, methods);
  fmt::print("\nOne run at the maxima, estimated\n{}", methods.text());
  fmt::print(
      "  Instructions as an emulator counted them for each operator on {}; tools/README.md has the "
      "error.\n",
      counted);
  if (json.contains("megahertz")) {
    fmt::print("  Cycles are no measurement: they depend on the board's memories and caches.\n");
  }
}

}  // namespace fovea::tools
