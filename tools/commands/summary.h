// What a command that writes a model says at its end, on standard error.

#ifndef FOVEA_TOOLS_COMMANDS_SUMMARY_H_
#define FOVEA_TOOLS_COMMANDS_SUMMARY_H_

#include <string>

#include "runtime/schema.h"
#include "tools/common/output_file.h"

namespace fovea::tools {

// Bytes, methods, memory, maxima and how to change them, tokenizers. `what`: the kind of model.
// `missing`: what is to be said where a tokenizer would stand, or empty.
void print_summary(const OutputFile& output, const schema::ModelT& model, const std::string& what,
                   const std::string& missing = "");

// Where a model takes tokens and has no tokenizer: which files beside the checkpoint were not read.
// Otherwise empty.
std::string missing_tokenizer(const schema::ModelT& model, const std::string& checkpoint);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_COMMANDS_SUMMARY_H_
