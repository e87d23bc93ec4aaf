// The subcommands of `fovea`. Each adds itself to the program; its work is done in the callback,
// which throws InputError or UsageError (tools/common/error.h) where it cannot be done.

#ifndef FOVEA_TOOLS_COMMANDS_COMMANDS_H_
#define FOVEA_TOOLS_COMMANDS_COMMANDS_H_

#include <CLI/CLI.hpp>

namespace fovea::tools {

void add_convert(CLI::App& app);
void add_inspect(CLI::App& app);
void add_verify(CLI::App& app);
void add_run(CLI::App& app);
void add_attend(CLI::App& app);
void add_generate(CLI::App& app);
void add_translate(CLI::App& app);
void add_transcribe(CLI::App& app);
void add_embed(CLI::App& app);
void add_similar(CLI::App& app);
void add_classify(CLI::App& app);
void add_bench(CLI::App& app);
void add_plan(CLI::App& app);
void add_firmware(CLI::App& app);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_COMMANDS_COMMANDS_H_
