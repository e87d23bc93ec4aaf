// The images that a model takes: what its config and the image processor beside it say.

#ifndef FOVEA_TOOLS_IMPORT_FAMILIES_IMAGE_INPUT_H_
#define FOVEA_TOOLS_IMPORT_FAMILIES_IMAGE_INPUT_H_

#include <cstdint>

#include "tools/checkpoint/checkpoint.h"
#include "tools/import/config.h"
#include "tools/import/transformer.h"

namespace fovea::tools {

// Where such configs differ.
struct ImageForm {
  const char* family;      // in messages
  bool stretches = false;  // the model takes images of other sizes than the config's
  uint32_t positions = 1;  // of the position table before those of patches
};

// The embedding's input, patches and positions: pixels from 0 to 255 where there is an image
// processor that says how they are normalised, otherwise what a processor made of them. `config`
// has image_size, patch_size and num_channels. `convolution` and `table` are the names of the
// tensors; no table: no learned positions. Returns how many patches an image has.
uint32_t read_image_input(const Config& config, const Checkpoint& checkpoint, const ImageForm& form,
                          const std::string& convolution, const std::string& table,
                          EmbeddingSpec& e);

// The same of pixels alone, patches of one, for convolutions: of images whose size image_size may
// say, or the image processor.
void read_pixels(const Config& config, const Checkpoint& checkpoint, const char* family,
                 EmbeddingSpec& e);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_IMPORT_FAMILIES_IMAGE_INPUT_H_
