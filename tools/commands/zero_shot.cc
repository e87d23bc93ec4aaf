#include "tools/commands/zero_shot.h"

#include <fmt/format.h>

#include <cstdio>

#include "tools/common/error.h"
#include "tools/common/printable.h"
#include "tools/session/text_batch.h"

namespace fovea::tools {
namespace {

constexpr const char* kScale = "logit_scale";

ImageEncoder images_of(const ModelFile& file) {
  const auto images = ImageEncoder::find(file);
  const bool texts = file.model().find_method("encode_text") >= 0;
  if (images && texts && images->has_output(kEmbedding)) return *images;
  fail("{}: does not compare pictures with texts, which --labels takes (CLIP and SigLIP do)",
       file.path());
}

}  // namespace

ZeroShot::ZeroShot(const ModelFile& file, const Session& session,
                   const std::vector<std::string>& labels)
    : session_(session), images_(images_of(file)) {
  const TextEncoder encoder(file);
  TextBatch batch(encoder, session, kEmbedding,
                  [&](size_t, const TokenSequence&, std::span<const float> row) {
                    labels_.emplace_back(row.begin(), row.end());
                  });
  for (const std::string& label : labels) {
    TokenSequence sequence = encoder.text().sequence(label, encoder.max_tokens());
    if (sequence.cut) {
      fmt::print(stderr, "{}: longer than the {} tokens that the model takes, and was cut\n",
                 printable(label), sequence.ids.size());
    }
    batch.add(std::move(sequence));
  }
  batch.finish();
  const Tensor<float> scale = encoder.output(session, kScale);
  factor_ = scale[0];
  bias_ = scale[1];
}

std::vector<float> ZeroShot::logits(const std::string& picture) const {
  images_.run(session_, picture);
  const Tensor<float> image = images_.output(session_, kEmbedding);
  std::vector<float> all;
  for (const std::vector<float>& label : labels_) {
    double cosine = 0;
    for (size_t i = 0; i < label.size(); ++i) cosine += double{label[i]} * double{image[i]};
    all.push_back(static_cast<float>(cosine * double{factor_} + double{bias_}));
  }
  return all;
}

std::vector<std::string> split_labels(const std::string& list) {
  std::vector<std::string> labels;
  for (size_t begin = 0; begin <= list.size();) {
    const size_t end = std::min(list.find(',', begin), list.size());
    size_t first = begin, last = end;
    while (first < last && list[first] == ' ') ++first;
    while (last > first && list[last - 1] == ' ') --last;
    if (first == last) throw UsageError("--labels has an empty label");
    labels.push_back(list.substr(first, last - first));
    begin = end + 1;
  }
  return labels;
}

}  // namespace fovea::tools
