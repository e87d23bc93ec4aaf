// Reading what another program writes.

#ifndef FOVEA_TOOLS_COMMON_PIPE_H_
#define FOVEA_TOOLS_COMMON_PIPE_H_

#include <cstdint>
#include <string>

namespace fovea::tools {

// Copies all that comes out of a pipe, terminal or socket into a file. Waits a few seconds for a
// writer, and as long as it takes for one that is there. Throws InputError with `path` as the
// pipe's name, also where more than `most` bytes come.
void read_pipe(int pipe, int file, const std::string& path, uint64_t most);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_COMMON_PIPE_H_
