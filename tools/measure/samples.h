// Inputs of a model that stand for those it will meet.

#ifndef FOVEA_TOOLS_MEASURE_SAMPLES_H_
#define FOVEA_TOOLS_MEASURE_SAMPLES_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "tools/common/npy.h"
#include "tools/session/dims.h"
#include "tools/session/session.h"

namespace fovea::tools {

// One run of a method.
struct SampleRun {
  struct Array {
    std::string name;  // of the input
    Npy npy;
  };
  uint32_t method = 0;
  std::vector<Array> inputs;
};

// Runs one after the other, from empty caches.
using Sample = std::vector<SampleRun>;

class Samples {
 public:
  // Files of inputs: .npz archives with arrays METHOD.NAME or NAME for every input of one or more
  // methods, which run in the file's order; .npy arrays of a method's only input; or texts for a
  // model with a tokenizer, of a language model cut into pieces, of a text encoder line by line.
  // Arrays with one extent more than their input are that many samples. Throws InputError.
  Samples(const ModelFile& file, const std::vector<std::string>& paths);

  const std::vector<Sample>& all() const { return all_; }

 private:
  std::vector<Sample> all_;
};

// Runs a sample on a session of a file with the same methods. `after` is called after each run.
void run_sample(const ModelFile& file, const Session& session, const Sample& sample,
                const std::function<void(const SampleRun&)>& after = {});

// Samples of a text.
std::vector<Sample> text_samples(const ModelFile& file, const std::string& path,
                                 const std::string& text);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_MEASURE_SAMPLES_H_
