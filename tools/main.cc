// fovea: the command-line program. Exit codes: 0 done, 1 the input is at fault (one line on
// standard error), 2 the command line is at fault (one line, too).

#include <cstdio>
#include <exception>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include "tools/commands/commands.h"
#include "tools/common/error.h"
#include "tools/common/file_roles.h"
#include "tools/common/printable.h"
#include "tools/common/signals.h"
#include "tools/common/suggest.h"

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
  std::fprintf(stderr, "fovea: %s\n", fovea::tools::printable(text).c_str());
  return code;
}

std::vector<std::string> command_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands({})) names.push_back(command->get_name());
  return names;
}

// Names an option that the chosen command does not have; empty where there is none. CLI11 speaks of
// a missing argument first, which the misspelt option may be.
std::string unknown_option(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  for (const std::string& word : command.remaining()) {
    const std::string name = word.substr(0, word.find('='));
    if (!name.starts_with("-") || name == "-") continue;
    return "there is no option '" + name + "'" + fovea::tools::suggestion(name, names);
  }
  return "";
}

// An unknown option, else the first line of what CLI11 says; its second names --help.
int complain_usage(const CLI::App& app, const std::string& text) {
  const auto chosen = app.get_subcommands();
  const std::string command = chosen.empty() ? "fovea" : "fovea " + chosen.front()->get_name();
  const std::string unknown = chosen.empty() ? "" : unknown_option(*chosen.front());
  const std::string line = unknown.empty() ? text.substr(0, text.find('\n')) : unknown;
  return complain(line + " (see " + command + " --help)", kCommandLineAtFault);
}

[[noreturn]] void throw_unknown_command(const CLI::App& app, const std::string& name) {
  throw fovea::tools::UsageError("there is no subcommand '" + name + "'" +
                                 fovea::tools::suggestion(name, command_names(app)));
}

void add_help(CLI::App& app) {
  const auto name = std::make_shared<std::string>();
  CLI::App* command = app.add_subcommand("help", "Explains a command");
  command->add_option("COMMAND", *name, "One of the commands; all of them if absent");
  command->callback([&app, name] {
    const CLI::App* wanted = name->empty() ? &app : nullptr;
    for (const CLI::App* other : app.get_subcommands({})) {
      if (other->get_name() == *name) wanted = other;
    }
    if (wanted == nullptr) throw_unknown_command(app, *name);
    const std::string title = wanted == &app ? "fovea" : "fovea " + *name;
    const auto normal = CLI::AppFormatMode::Normal;
    std::fputs(app.get_formatter()->make_help(wanted, title, normal).c_str(), stdout);
  });
}

void add_commands(CLI::App& app) {
  namespace tools = fovea::tools;
  tools::add_convert(app);
  tools::add_inspect(app);
  tools::add_verify(app);
  tools::add_run(app);
  tools::add_attend(app);
  tools::add_generate(app);
  tools::add_translate(app);
  tools::add_transcribe(app);
  tools::add_embed(app);
  tools::add_similar(app);
  tools::add_classify(app);
  tools::add_bench(app);
  tools::add_plan(app);
  tools::add_firmware(app);
  add_help(app);
  app.require_subcommand(1);
  app.set_version_flag("--version", "fovea " FOVEA_VERSION);
}

// What CLI11 only calls a missing subcommand.
void check_command(const CLI::App& app, int argc, char** argv) {
  if (argc < 2 || argv[1][0] == '-' || !app.get_subcommands().empty()) return;
  throw_unknown_command(app, argv[1]);
}

void parse(CLI::App& app, int argc, char** argv) {
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() != 0) check_command(app, argc, argv);
    throw;
  }
}

int run(CLI::App& app, int argc, char** argv) {
  try {
    parse(app, argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // --help and --version
    return complain_usage(app, error.what());
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
  fovea::tools::handle_signals();
  fovea::tools::remember_files();
  CLI::App app("Attention models in fixed memory, with the same bits on every machine.", "fovea");
  add_commands(app);
  const int code = run(app, argc, argv);
  if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) {
    return complain("standard output cannot be written", kInputAtFault);
  }
  return code;
}
