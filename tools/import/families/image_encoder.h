// What encoders of images that resemble ViT share: layers, and the heads of classifiers.

#ifndef FOVEA_TOOLS_IMPORT_FAMILIES_IMAGE_ENCODER_H_
#define FOVEA_TOOLS_IMPORT_FAMILIES_IMAGE_ENCODER_H_

#include <string>
#include <vector>

#include "tools/checkpoint/checkpoint.h"
#include "tools/import/config.h"
#include "tools/import/transformer.h"

namespace fovea::tools {

// What tensors of a layer are called.
struct ImageLayer {
  const char *query, *key, *value, *output, *attention_norm, *up, *down, *ffn_norm;
};

// Layers whose names begin with the base and one of these, whichever the checkpoint has.
struct ImageLayers {
  const char* prefix;
  ImageLayer names;
};

// What ViT's are called, by transformers 4 and 5.
const std::vector<ImageLayers>& vit_layers();

// Layers with a norm before each part; `biased`: queries, keys and values have biases.
LayersSpec image_layers(const Config& config, const Checkpoint& checkpoint, const std::string& base,
                        const std::vector<ImageLayers>& choices, bool biased);

// The activation of a feed-forward without a gate.
void set_activation(const Config& config, FeedForwardSpec& ffn);

// Whole numbers from 1 to `most`, of each stage of a model.
std::vector<uint32_t> counts(const Config& config, const char* key, double most);

// count(key) times the number of `ratio`, rounded down.
uint32_t multiplied(const Config& config, const char* key, const char* ratio, double otherwise);

// Whether the checkpoint has a tensor whose name begins so, behind the base or without it.
bool has_tensors(const Checkpoint& checkpoint, const std::string& base, const std::string& start);

// Width, norm and an encoder whose output is `hidden`, after a last norm.
TransformerSpec image_encoder(const Config& config, const std::string& base, double epsilon);

// Whole encoders whose tensors' names begin with `base`, without the heads of classes.
TransformerSpec vit_encoder(const Config& config, const Checkpoint& checkpoint,
                            const std::string& base);
TransformerSpec deit_encoder(const Config& config, const Checkpoint& checkpoint,
                             const std::string& base);
TransformerSpec beit_encoder(const Config& config, const Checkpoint& checkpoint,
                             const std::string& base);

// The output `logits` of a class of the whole input, where the architecture is one that has them,
// and labels.
void add_image_classes(const Config& config, OutputSpec logits, TransformerSpec& spec);
bool classifies_images(const Config& config);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_IMPORT_FAMILIES_IMAGE_ENCODER_H_
