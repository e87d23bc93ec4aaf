// fovea: the command-line program. Exit codes: 0 done, 1 the input is at fault (one line on
// standard error), 2 the command line is at fault (one line, too).

#include <cstdio>
#include <exception>
#include <new>
#include <string>

#include "tools/commands/commands.h"
#include "tools/common/error.h"

#ifndef FOVEA_VERSION
#define FOVEA_VERSION "unknown"
#endif

namespace {

constexpr int kInputAtFault = 1;
constexpr int kCommandLineAtFault = 2;

// Says one thing in one line, whatever was in it.
int complain(std::string text, int code) {
  for (char& c : text) {
    if (c == '\n' || c == '\r') c = ' ';
  }
  std::fflush(stdout);
  std::fprintf(stderr, "fovea: %s\n", text.c_str());
  return code;
}

// The first line of what CLI11 says; its second names --help.
int complain_usage(const CLI::App& app, const std::string& text) {
  const auto chosen = app.get_subcommands();
  const std::string command = chosen.empty() ? "fovea" : "fovea " + chosen.front()->get_name();
  return complain(text.substr(0, text.find('\n')) + " (see " + command + " --help)",
                  kCommandLineAtFault);
}

void add_commands(CLI::App& app) {
  namespace tools = fovea::tools;
  tools::add_convert(app);
  tools::add_inspect(app);
  tools::add_verify(app);
  tools::add_run(app);
  tools::add_generate(app);
  tools::add_bench(app);
  tools::add_plan(app);
  tools::add_firmware(app);
  app.require_subcommand(1);
  app.set_version_flag("--version", "fovea " FOVEA_VERSION);
}

// What CLI11 only calls a missing subcommand.
std::string unknown_command(const CLI::App& app, int argc, char** argv) {
  if (argc < 2 || argv[1][0] == '-' || !app.get_subcommands().empty()) return "";
  return "there is no subcommand '" + std::string(argv[1]) + "'";
}

int run(CLI::App& app, int argc, char** argv) {
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // --help and --version
    const std::string unknown = unknown_command(app, argc, argv);
    return complain_usage(app, unknown.empty() ? error.what() : unknown);
  } catch (const fovea::tools::UsageError& error) {
    return complain(error.what(), kCommandLineAtFault);
  } catch (const fovea::tools::InputError& error) {
    return complain(error.what(), kInputAtFault);
  } catch (const std::bad_alloc&) {
    return complain("not enough memory", kInputAtFault);
  } catch (const std::exception& error) {
    return complain(error.what(), kInputAtFault);
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Attention models in fixed memory, with the same bits on every machine.", "fovea");
  add_commands(app);
  const int code = run(app, argc, argv);
  if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) {
    return complain("standard output cannot be written", kInputAtFault);
  }
  return code;
}
