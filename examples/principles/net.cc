#include "examples/principles/net.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <fstream>

namespace principles {

void die(const std::string& line) {
  std::fprintf(stderr, "principles: %s\n", line.c_str());
  std::exit(1);
}

void must(const fovea::Status& status) {
  if (!status) die(status.error().message().c_str());
}

Block make_block(size_t bytes) {
  const size_t size = (bytes + FOVEA_ALIGNMENT) / FOVEA_ALIGNMENT * FOVEA_ALIGNMENT;
  auto* data = static_cast<char*>(std::aligned_alloc(FOVEA_ALIGNMENT, size));
  if (data == nullptr) die("no memory for " + std::to_string(bytes) + " bytes");
  std::memset(data, 255, size);
  return Block(data, &std::free);
}

uint64_t Net::weight_bytes() const {
  uint64_t bytes;
  std::memcpy(&bytes, file_.get() + 40, sizeof bytes);
  return bytes;
}

Net::Net(const Place& place, const std::string& name) {
  const std::string path = place.folder + "/" + name + ".fovea";
  std::ifstream stream(path, std::ios::binary | std::ios::ate);
  if (!stream) die(path + ": cannot be read");
  size_ = static_cast<size_t>(stream.tellg());
  file_ = make_block(size_);
  stream.seekg(0).read(file_.get(), static_cast<std::streamsize>(size_));
  const fovea::Model model = must(fovea::Model::open(file_.get(), size_));
  const size_t bytes = model.arena().total;
  arena_ = make_block(bytes);
  fovea_options options = {};
  options.row = place.row.c_str();
  const auto session = model.bind(arena_.get(), bytes, options);
  if (!session && session.error().code() == FOVEA_NO_SUCH_ROW) return;
  session_ = must(session);
  runs_ = true;
}

std::vector<float> Net::logits(const std::vector<int32_t>& tokens) const {
  const fovea::Method forward = method("forward");
  must(forward.set_list("tokens", tokens.data(), tokens.size()));
  must(forward.run());
  const auto made = must(forward.output<float>("logits"));
  return {made.begin(), made.end()};
}

std::vector<float> Net::run_frames(const std::vector<float>& frames, uint32_t features) const {
  const fovea::Method forward = method("forward");
  const auto count = static_cast<uint32_t>(frames.size() / features);
  const fovea_tensor input = must(forward.input<float>("features")).raw();
  if (input.dims[0] >= 0) must(session_.set_dim(static_cast<uint32_t>(input.dims[0]), count));
  must(forward.set_input("features", {count, features}, frames.data()));
  must(forward.run());
  const auto made = must(forward.output<float>("logits"));
  return {made.begin(), made.end()};
}

fovea::Tensor<float> Net::weights(const char* method, const char* attention) const {
  return must(this->method(method).output<float>(attention));
}

size_t largest(const float* numbers, size_t count) {
  return static_cast<size_t>(std::max_element(numbers, numbers + count) - numbers);
}

double entropy(const std::vector<double>& weights) {
  double sum = 0;
  for (double w : weights) sum -= w > 0 ? w * std::log(w) : 0;
  return sum;
}

}  // namespace principles
