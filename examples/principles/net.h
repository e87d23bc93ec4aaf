// A converted model on one row, with what the principles ask of it.

#ifndef FOVEA_EXAMPLES_PRINCIPLES_NET_H_
#define FOVEA_EXAMPLES_PRINCIPLES_NET_H_

#include <fovea/fovea.hpp>

#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

namespace principles {

// Ends the program with one line where something failed.
[[noreturn]] void die(const std::string& line);
template <class T>
T must(const fovea::Result<T>& result) {
  if (!result) die(result.error().message().c_str());
  return *result;
}
void must(const fovea::Status& status);

// Memory aligned as fovea asks, every byte 255: as floats, NaN.
using Block = std::unique_ptr<char, decltype(&std::free)>;
Block make_block(size_t bytes);

// Where the models are, and which row runs them.
struct Place {
  std::string folder, row;
};

class Net {
 public:
  Net(const Place& place, const std::string& name);

  // Whether this CPU has the row; other failures end the program.
  bool runs() const { return runs_; }
  const fovea::Session& session() const { return session_; }
  fovea::Method method(const char* name) const { return must(session_.method(name)); }
  // Of the weight segment, as the file's preamble says (schema/README.md).
  uint64_t weight_bytes() const;

  // An encoder's logits of each token, [tokens][outputs] one after another.
  std::vector<float> logits(const std::vector<int32_t>& tokens) const;
  // The same of frames [frames][features], where `features` counts the numbers of a frame.
  std::vector<float> run_frames(const std::vector<float>& frames, uint32_t features) const;
  // What a layer's attention looked at in the last run: [heads][tokens][keys].
  fovea::Tensor<float> weights(const char* method, const char* attention) const;

 private:
  size_t size_ = 0;
  Block file_ = make_block(0), arena_ = make_block(0);
  fovea::Session session_;
  bool runs_ = false;
};

// The index of the largest of `count` numbers.
size_t largest(const float* numbers, size_t count);

// Entropy in nats of weights that add up to 1.
double entropy(const std::vector<double>& weights);

}  // namespace principles

#endif  // FOVEA_EXAMPLES_PRINCIPLES_NET_H_
