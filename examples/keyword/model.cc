#include "examples/keyword/model.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cinttypes>
#include <cmath>
#include <cstring>

#include "examples/keyword/mfcc.h"

namespace keyword {

KeywordModel::~KeywordModel() {
  if (file_ != nullptr) munmap(file_, file_size_);
}

bool KeywordModel::fail(const fovea::Error& why, Line* error) const {
  return error->fail("%s: %s", path_, why.message(&model_).c_str());
}

bool KeywordModel::open(const char* path, std::span<unsigned char> arena, Line* error) {
  path_ = path;
  if (!map(error)) return false;
  const auto model = fovea::Model::open(file_, file_size_);
  if (!model) return error->fail("%s: %s", path_, model.error().message().c_str());
  model_ = *model;
  const auto intact = model_.check_weights();
  if (!intact) return fail(intact.error(), error);
  return bind(arena, error) && find_tensors(error);
}

bool KeywordModel::map(Line* error) {
  const int descriptor = ::open(path_, O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return error->fail("%s: %s", path_, std::strerror(errno));
  struct stat status = {};
  if (fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode) || status.st_size == 0) {
    close(descriptor);
    return error->fail("%s: is empty or no file", path_);
  }
  const size_t size = static_cast<size_t>(status.st_size);
  void* file = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, descriptor, 0);
  const int reason = errno;
  close(descriptor);
  if (file == MAP_FAILED) {
    return error->fail("%s: cannot be mapped: %s", path_, std::strerror(reason));
  }
  file_ = file;
  file_size_ = size;
  return true;
}

bool KeywordModel::bind(std::span<unsigned char> arena, Line* error) {
  const uint64_t needed = model_.arena().total;
  if (needed > arena.size()) {
    return error->fail("%s: takes an arena of %" PRIu64 " bytes, this program has %zu", path_,
                       needed, arena.size());
  }
  const auto session = model_.bind(arena.data(), arena.size());
  if (!session) return fail(session.error(), error);
  const auto right = session->check_fingerprint();
  if (!right) return fail(right.error(), error);
  const auto forward = session->method("forward");
  if (!forward) return fail(forward.error(), error);
  forward_ = *forward;
  return true;
}

bool KeywordModel::find_tensors(Line* error) {
  const auto features = forward_.input<float>("features");
  if (!features) return fail(features.error(), error);
  const auto logits = forward_.output<float>("logits");
  if (!logits) return fail(logits.error(), error);
  features_ = *features;
  logits_ = *logits;
  if (features_.width() != kCoefficients || features_.rows() != kFrames) {
    return error->fail("%s: takes %zu frames of %zu features; this program makes %zu of %zu", path_,
                       features_.rows(), features_.width(), kFrames, kCoefficients);
  }
  if (logits_.size() == 0 || logits_.size() > kMaxLabels ||
      logits_.size() != model_.label_count()) {
    return error->fail("%s: has %zu logits and %" PRIu32 " labels; as many are needed, at most %zu",
                       path_, logits_.size(), model_.label_count(), kMaxLabels);
  }
  return true;
}

bool KeywordModel::run(Line* error) const {
  const auto done = forward_.run();
  return done || fail(done.error(), error);
}

Verdict KeywordModel::verdict() const {
  const std::span<const float> z = logits();
  const auto best = std::max_element(z.begin(), z.end());
  float sum = 0.0f;
  for (const float value : z) sum += std::exp(value - *best);
  return {static_cast<uint32_t>(best - z.begin()), 1.0f / sum};
}

}  // namespace keyword
