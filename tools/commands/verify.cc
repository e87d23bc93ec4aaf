// `fovea verify`: every check that a file allows, and where a device's run went another way.

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "tools/commands/commands.h"
#include "tools/commands/numbers.h"
#include "tools/common/error.h"
#include "tools/common/output_file.h"
#include "tools/common/table.h"
#include "tools/session/session.h"
#include "tools/session/trace.h"

namespace fovea::tools {
namespace {

using Json = nlohmann::ordered_json;

struct VerifyArguments {
  std::string file;
  std::string trace;
  std::string write_trace;
  uint32_t threads = 1;
  bool json = false;
};

// Prints a line for each check as it is done, or collects them as JSON.
class Report {
 public:
  // Standard output may be taken by the trace.
  explicit Report(const VerifyArguments& arguments)
      : path_(arguments.file),
        json_(arguments.json),
        stream_(arguments.write_trace == "-" ? stderr : stdout) {}

  // The first failure is what the program ends with.
  void add(const std::string& check, bool ok, const std::string& text) {
    checks_.push_back({{"check", check}, {"ok", ok}, {"detail", text}});
    if (!ok && failure_.empty()) failure_ = check + ": " + text;
    if (!json_) {
      fmt::print(stream_, "{:<12}{:<8}{}\n", check, ok ? "ok" : "FAILED", printable(text));
    }
    std::fflush(stream_);
  }

  // `error`: why there were no further checks.
  void end(const std::string& error = "") const {
    if (!json_) return;
    Json result = {{"file", path_}, {"ok", failure_.empty() && error.empty()}, {"checks", checks_}};
    if (!error.empty()) result["error"] = error;
    fmt::print(stream_, "{}\n", json_text(result));
  }
  void throw_failure() const {
    if (!failure_.empty()) fail("{}: {}", path_, failure_);
  }

 private:
  std::string path_;
  bool json_;
  std::FILE* stream_;
  Json checks_ = Json::array();
  std::string failure_;
};

std::string message(const ModelFile& file, const Status& status) {
  return status.error().message(&file.model()).c_str();
}

void check_weights(const ModelFile& file, Report* report) {
  const Status status = file.model().check_weights();
  report->add("weights", status.ok(),
              status.ok()
                  ? fmt::format("{} bytes, CRC-32 {:08x}", grouped(file.preamble().weights_size),
                                file.preamble().weights_crc)
                  : message(file, status));
}

void check_row(const ModelFile& file, uint32_t threads, const std::string& row, Report* report) {
  const BoundSession session(file, threads, row);
  const Status status = session->check_fingerprint();
  report->add("fingerprint", status.ok(),
              status.ok() ? fmt::format("{}, {} thread{}", row, threads, threads == 1 ? "" : "s")
                          : row + ": " + message(file, status));
}

void check_fingerprint(const ModelFile& file, uint32_t threads, Report* report) {
  if (size_of(file.tables().fingerprint()) == 0) {
    report->add("fingerprint", true, "the file has none");
    return;
  }
  const std::string forced = chosen_row();
  const std::vector<std::string> rows =
      forced.empty() ? usable_rows() : std::vector<std::string>{forced};
  for (const std::string& row : rows) check_row(file, threads, row, report);
}

// The fingerprint's operators as they come out here.
std::vector<TraceLine> trace_here(const ModelFile& file, uint32_t threads) {
  if (size_of(file.tables().fingerprint()) == 0) {
    fail("{}: has no fingerprint whose run could be traced", file.path());
  }
  const BoundSession session(file, threads, chosen_row());
  const Tracer tracer(file, *session);
  // Whether the result is right is another check's matter.
  static_cast<void>(session->check_fingerprint().ok());
  return tracer.lines();
}

// The name of an operator's first output.
std::string output_name(const ModelFile& file, const TraceLine& line) {
  const int32_t index = file.model().find_method(line.method.c_str());
  if (index < 0) return "";
  const schema::Method* method = file.tables().methods()->Get(static_cast<uint32_t>(index));
  if (line.operator_index >= size_of(method->operators())) return "";
  const auto* outputs = method->operators()->Get(line.operator_index)->outputs();
  if (size_of(outputs) == 0 || outputs->Get(0) < 0) return "";
  const auto* tensor = method->tensors()->Get(static_cast<uint32_t>(outputs->Get(0)));
  return tensor->name() == nullptr ? "" : fmt::format(", tensor '{}'", text_of(tensor->name()));
}

// Names are compared as they are printed: so they are in a trace that this program wrote.
bool same(const TraceLine& a, const TraceLine& b) {
  return printable(a.method) == printable(b.method) && a.operator_index == b.operator_index &&
         a.kind == b.kind && a.crc == b.crc;
}

void compare(const ModelFile& file, const std::vector<TraceLine>& here,
             const std::vector<TraceLine>& device, Report* report) {
  const size_t both = std::min(here.size(), device.size());
  for (size_t i = 0; i < both; ++i) {
    if (same(here[i], device[i])) continue;
    report->add("trace", false,
                fmt::format("operator {} of {} is the first that differs: here \"{}\"{}, on the "
                            "device \"{}\"",
                            i + 1, here.size(), trace_text(here[i]), output_name(file, here[i]),
                            trace_text(device[i])));
    return;
  }
  report->add("trace", here.size() == device.size(),
              here.size() == device.size()
                  ? fmt::format("all {} operators are the same", both)
                  : fmt::format("the first {} operators are the same, then the device has {} more "
                                "lines and this machine {}",
                                both, device.size() - both, here.size() - both));
}

void write_trace(OutputFile& file, const std::vector<TraceLine>& lines) {
  std::string text = "# method operator kind crc, of the fingerprint's run\n";
  for (const TraceLine& line : lines) text += trace_text(line) + "\n";
  file.write(std::span(reinterpret_cast<const uint8_t*>(text.data()), text.size()));
  file.commit();
}

// What the traces need is read and opened before the checks, which may take long.
struct Traces {
  explicit Traces(const VerifyArguments& arguments) {
    if (!arguments.trace.empty()) device = read_trace(arguments.trace);
    if (!arguments.write_trace.empty()) output.emplace(arguments.write_trace);
  }
  bool wanted() const { return !device.empty() || output; }

  std::vector<TraceLine> device;
  std::optional<OutputFile> output;
};

void check_all(const VerifyArguments& arguments, Report* report) {
  const ModelFile file(arguments.file);  // throws where the structure is wrong
  chosen_row();
  Traces traces(arguments);
  report->add("structure", true,
              fmt::format("{} bytes of header, {} methods", grouped(file.preamble().header_size),
                          file.model().method_count()));
  check_weights(file, report);
  check_fingerprint(file, arguments.threads, report);
  if (!traces.wanted()) return;
  const std::vector<TraceLine> here = trace_here(file, arguments.threads);
  if (!traces.device.empty()) compare(file, here, traces.device, report);
  if (traces.output) write_trace(*traces.output, here);
}

void verify(const VerifyArguments& arguments) {
  Report report(arguments);
  try {
    check_all(arguments, &report);
  } catch (const InputError& error) {
    report.end(error.what());
    throw;
  }
  report.end();
  report.throw_failure();
}

}  // namespace

void add_verify(CLI::App& app) {
  const auto arguments = std::make_shared<VerifyArguments>();
  CLI::App* command = app.add_subcommand(
      "verify", "Checks structure, weights and, on every instruction set of this CPU, fingerprint");
  command->add_option("FILE", arguments->file, "A .fovea file")->required();
  command->add_option("--trace", arguments->trace,
                      "A device's lines \"method operator kind crc\" of the fingerprint's run: "
                      "names the first operator that differs");
  command->add_option("--write-trace", arguments->write_trace,
                      "Writes such lines from this machine; to standard output with -, and then "
                      "all else to standard error");
  command->add_option("--threads", arguments->threads, "Threads")->check(thread_count());
  command->add_flag("--json", arguments->json,
                    "Prints JSON: file, ok, checks, and error where a check could not be made");
  command->callback([arguments] { verify(*arguments); });
}

}  // namespace fovea::tools
