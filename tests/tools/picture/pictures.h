// The pictures of tests/pictures, and what Pillow and transformers make of them.

#ifndef FOVEA_TESTS_TOOLS_PICTURE_PICTURES_H_
#define FOVEA_TESTS_TOOLS_PICTURE_PICTURES_H_

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tools/checkpoint/checkpoint.h"
#include "tools/checkpoint/safetensors.h"
#include "tools/common/mapped_file.h"

namespace fovea::test {

inline std::string picture_path(const std::string& name) {
  return FOVEA_PICTURES "/" + name;
}

class PictureReference {
 public:
  PictureReference() {
    tools::add_safetensors(tools::MappedFile(picture_path("reference.safetensors")), file_);
  }

  std::vector<std::string> names() const {
    std::vector<std::string> all;
    for (const auto& [name, tensor] : file_.tensors) all.push_back(name);
    return all;
  }
  std::vector<uint32_t> shape(const std::string& name) const {
    const auto& shape = file_.tensors.at(name).shape;
    return {shape.begin(), shape.end()};
  }
  std::vector<float> numbers(const std::string& name) const {
    std::vector<float> all(file_.tensors.at(name).elements());
    file_.read(name, 0, all);
    return all;
  }

 private:
  tools::Checkpoint file_;
};

}  // namespace fovea::test

#endif  // FOVEA_TESTS_TOOLS_PICTURE_PICTURES_H_
