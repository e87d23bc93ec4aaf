// The work of `fovea convert`, from a checkpoint to a written file.

#ifndef FOVEA_TOOLS_COMMANDS_CONVERT_H_
#define FOVEA_TOOLS_COMMANDS_CONVERT_H_

#include <optional>
#include <string>
#include <vector>

#include "tools/graph/expose.h"
#include "tools/graph/format.h"
#include "tools/measure/choose_formats.h"
#include "tools/plan/plan.h"

namespace fovea::tools {

struct ConvertOptions {
  std::string input;
  std::string output;
  std::string tokenizer;  // llama2.c's or tokenizer.json, or empty: the checkpoint's
  Maxima maxima;
  std::vector<ReportChoice> attention = {};  // what attention tells
  std::vector<std::string> ignored = {};     // keys of the config
  float dropout = 0;                         // of self-attention's weights; 0: none
  uint32_t shrink = 1;                       // sides of pictures to those of the model's images
  bool in_cache = false;                     // kept keys have positions within the cache
  bool quiet = false;                        // no summary
  std::string format = "f32";                // of weights
  std::vector<Keep> keeps = {};              // that have another
  std::vector<std::string> samples = {};     // files of inputs to choose codes by
  bool nearest = false;                      // samples scale columns, and choose no codes
  std::vector<std::string> measured = {};    // to measure on; empty: those
  std::string report = {};                   // FILE.json or FILE.html, or empty
  bool chooses = false;                      // a format for each weight, within the budget
  CostBudget budget = {};
  uint32_t threads = 1;                  // of runs of samples
  std::string cache = "f32";             // format of keys and values in caches
  bool no_tokenizer = false;             // the checkpoint's is left out
  std::string reference = {};            // .npz to compare with, or empty
  std::optional<double> tolerance = {};  // of that
};

// Throws InputError where a file is at fault, UsageError where the maxima are.
void convert(const ConvertOptions& options);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_COMMANDS_CONVERT_H_
