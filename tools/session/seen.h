// What an operator made, in the memory of a session.

#ifndef FOVEA_TOOLS_SESSION_SEEN_H_
#define FOVEA_TOOLS_SESSION_SEEN_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "fovea/fovea.h"

namespace fovea::tools {

// A tensor of f32 at the dims of its run, row by row.
struct Seen {
  std::vector<uint64_t> shape;
  std::vector<float> values;
};

// The first output of an operator that has just run; nothing where it has none, or none of f32.
std::optional<Seen> first_output(const fovea_session& session, uint32_t method, uint32_t index);

// The rows that an operator which has just run has read as its first input, if it has left them as
// they were: f32, or what codes stand for that a matrix was given.
std::vector<float> first_input(const fovea_session& session, uint32_t method, uint32_t index);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_SESSION_SEEN_H_
