// Texts in other cases and with parts replaced, as Python has it.

#ifndef FOVEA_TOOLS_IMPORT_CHAT_TEXTS_H_
#define FOVEA_TOOLS_IMPORT_CHAT_TEXTS_H_

#include <cstdint>
#include <string>

#include "tools/import/chat/functions.h"

namespace fovea::tools::chat {

std::string cased(const std::string& text, const Arguments& arguments, bool upper);
std::string capitalized(const std::string& text, const Arguments& arguments);
std::string titled(const std::string& text, const Arguments& arguments);

// `most` of them, or all where it is below 0.
std::string replaced(const std::string& text, const std::string& from, const std::string& to,
                     int64_t most, const Arguments& arguments);

}  // namespace fovea::tools::chat

#endif  // FOVEA_TOOLS_IMPORT_CHAT_TEXTS_H_
