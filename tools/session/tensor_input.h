// Arrays for a model's inputs, from .npy files, from .npz archives and from standard input.

#ifndef FOVEA_TOOLS_SESSION_TENSOR_INPUT_H_
#define FOVEA_TOOLS_SESSION_TENSOR_INPUT_H_

#include <string>
#include <vector>

#include "tools/common/npy.h"

namespace fovea::tools {

// Where an array is: a .npy file, or an array of a .npz file. Without a key, that is the one of the
// input's name, or the only one.
struct ArrayPlace {
  std::string path;  // "-" is standard input
  std::string key;

  std::string text() const { return key.empty() ? path : path + ":" + key; }
};

// Divides "FILE.npz:KEY"; a file of that whole name comes first.
ArrayPlace parse_place(const std::string& text);

// `input` is at its maxima. Throws InputError.
Npy read_tensor(const ArrayPlace& place, const fovea_tensor& input);

// The keys of an archive.
std::vector<std::string> archive_keys(const std::string& path);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_SESSION_TENSOR_INPUT_H_
