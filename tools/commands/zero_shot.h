// Labels that are texts, of pictures: what a model of images and texts says of each pair.

#ifndef FOVEA_TOOLS_COMMANDS_ZERO_SHOT_H_
#define FOVEA_TOOLS_COMMANDS_ZERO_SHOT_H_

#include <string>
#include <vector>

#include "tools/session/image_encoder.h"
#include "tools/session/session.h"

namespace fovea::tools {

class ZeroShot {
 public:
  // Encodes the labels. Throws InputError where the model has not both towers and a tokenizer.
  ZeroShot(const ModelFile& file, const Session& session, const std::vector<std::string>& labels);

  // One for each label: the factor times the cosine, plus the bias.
  std::vector<float> logits(const std::string& picture) const;

 private:
  const Session& session_;
  ImageEncoder images_;
  std::vector<std::vector<float>> labels_;
  float factor_ = 0, bias_ = 0;
};

// Of a list with commas. Throws UsageError for an empty one.
std::vector<std::string> split_labels(const std::string& list);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_COMMANDS_ZERO_SHOT_H_
