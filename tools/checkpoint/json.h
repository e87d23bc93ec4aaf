// JSON as files of models have it: what Python writes is read (NaN, Infinity and -Infinity too),
// and nothing in a file makes the reader recurse or grow without bound.

#ifndef FOVEA_TOOLS_CHECKPOINT_JSON_H_
#define FOVEA_TOOLS_CHECKPOINT_JSON_H_

#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <span>
#include <string>

namespace fovea::tools {

struct JsonBounds {
  size_t bytes = size_t{4} << 20;   // of the text
  size_t values = size_t{1} << 18;  // of the document, or of a member that is given away
  bool list = false;                // the document is a list, not an object
};

// Reads an object, or a list where `bounds` say so. Throws InputError with line and column where
// the text is no JSON, is nested too deep, or names a key twice in one object. `path`: whose text
// it is, for messages.
nlohmann::json read_json(std::span<const uint8_t> text, const std::string& path,
                         const JsonBounds& bounds = {});

// Gives each member of the outermost object to `take` once it is complete and keeps none, so that
// memory does not grow with their number. Keys that come twice are the caller's to notice.
void read_json_members(std::span<const uint8_t> text, const std::string& path,
                       const JsonBounds& bounds,
                       const std::function<void(const std::string&, const nlohmann::json&)>& take);

// A value as a message shows it: short, and with the words that Python uses for what is no number.
std::string show_json(const nlohmann::json& value);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_CHECKPOINT_JSON_H_
