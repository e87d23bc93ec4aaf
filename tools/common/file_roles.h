// Which files this program reads and which it writes: none may be both, by whatever name.

#ifndef FOVEA_TOOLS_COMMON_FILE_ROLES_H_
#define FOVEA_TOOLS_COMMON_FILE_ROLES_H_

#include <sys/stat.h>

#include <string>

namespace fovea::tools {

// From now on the files are remembered. A program that does one job calls this first.
void remember_files();

// A file is about to be read. Throws InputError where it is being written.
void note_input(const struct stat& status, const std::string& path);

// An existing file is to be replaced, written to or removed. Throws InputError where it was read,
// or where another output goes there.
void note_output(const struct stat& status, const std::string& path);

// A file that was to be replaced is gone: the system may give its number to another.
void forget_output(const struct stat& status);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_COMMON_FILE_ROLES_H_
