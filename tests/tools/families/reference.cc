#include "tests/tools/families/reference.h"

#include "tools/checkpoint/checkpoint.h"
#include "tools/checkpoint/safetensors.h"
#include "tools/common/mapped_file.h"

namespace fovea::test {

Reference read_reference(const fs::path& folder) {
  tools::Checkpoint file;
  tools::add_safetensors(tools::MappedFile((folder / "reference.safetensors").string()), file);
  Reference r;
  for (const auto& [name, tensor] : file.tensors) {
    Numbers& to = name == "tokens"           ? r.tokens
                  : name == "lengths"        ? r.lengths
                  : name == "token_types"    ? r.types
                  : name == "boxes"          ? r.boxes
                  : name == "source"         ? r.source
                  : name == "features"       ? r.features
                  : name == "values"         ? r.features
                  : name == "samples"        ? r.samples
                  : name == "pixels"         ? r.pixels
                  : name == "source_lengths" ? r.source_lengths
                                             : r.outputs[name];
    if (name == "pixels") r.images = tensor.shape[0];
    if (name == "values") r.features_are = name;
    to.resize(tensor.elements());
    file.read(name, 0, to);
  }
  return r;
}

}  // namespace fovea::test
