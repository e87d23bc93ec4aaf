// `fovea inspect --fit flash=1M,ram=256K`: whether a model fits a device, what takes the most, and
// which maxima would make it fit.

#ifndef FOVEA_TOOLS_COMMANDS_FIT_H_
#define FOVEA_TOOLS_COMMANDS_FIT_H_

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "tools/common/mapped_file.h"

namespace fovea::tools {

// What a device has for a model, in bytes.
struct Budget {
  std::optional<uint64_t> flash, ram;
};

// Reads "flash=1M,ram=256K"; K, M and G are powers of 1024. Throws UsageError.
Budget parse_budget(const std::string& text);

// {"fits", "flash": {"needed", "given"}, "ram": {...}, "largest": [{"what", "memory", "bytes"}],
// "maxima": [{"options", "ram"}]}. Throws InputError where the file is at fault.
nlohmann::ordered_json find_fit(const MappedFile& file, const Budget& budget);

void print_fit(const nlohmann::ordered_json& fit);

// Throws InputError with one line where the model does not fit, so that the exit code is 1.
void check_fit(const std::string& path, const nlohmann::ordered_json& fit);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_COMMANDS_FIT_H_
