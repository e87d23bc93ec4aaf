// Recordings through a model's method `encode`.

#ifndef FOVEA_TOOLS_SESSION_LISTENER_H_
#define FOVEA_TOOLS_SESSION_LISTENER_H_

#include <cstdint>
#include <span>

#include "tools/session/session.h"

namespace fovea::tools {

class Listener {
 public:
  // Throws InputError where the file's `encode` takes no samples, or where it does not say how many
  // there are in a second.
  explicit Listener(const ModelFile& file);

  uint32_t rate() const { return audio().rate(); }
  // The samples of one run at most.
  uint32_t most() const { return most_; }
  const schema::Audio& audio() const { return *file_.tables().audio(); }

  // Runs so many samples; silence follows where the model always takes more.
  void hear(const Session& session, std::span<const float> samples) const;
  // An output of that run, a row for each token. Only of models that have it.
  Tensor<float> output(const Session& session, const char* name) const;

 private:
  const ModelFile& file_;
  uint32_t method_;
  uint32_t dim_ = 0, most_ = 0;
};

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_SESSION_LISTENER_H_
