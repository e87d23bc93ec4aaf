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
  session_ = *session;
  const int32_t hops = model_.find_dim("hops");
  const auto next = session_.method("next");
  if (hops < 0 || !next) {
    return error->fail("%s: takes no streams; convert it with --max hops=100", path_);
  }
  next_ = *next;
  const auto dim = model_.dim(static_cast<uint32_t>(hops));
  if (!dim) return fail(dim.error(), error);
  most_hops_ = dim->max;
  return true;
}

bool KeywordModel::find_tensors(Line* error) {
  std::span<float> samples;
  if (!next(1, &samples, error)) return false;
  const auto logits = next_.output<float>("logits");
  if (!logits) return fail(logits.error(), error);
  logits_ = *logits;
  if (samples.size() != kHop) {
    return error->fail("%s: takes samples by %zu; this program gives %zu", path_, samples.size(),
                       kHop);
  }
  if (logits_.size() == 0 || logits_.size() > kMaxLabels ||
      logits_.size() != model_.label_count()) {
    return error->fail("%s: has %zu logits and %" PRIu32 " labels; as many are needed, at most %zu",
                       path_, logits_.size(), model_.label_count(), kMaxLabels);
  }
  return true;
}

bool KeywordModel::reset(Line* error) const {
  const auto done = session_.reset(0);
  return done || fail(done.error(), error);
}

bool KeywordModel::next(uint32_t hops, std::span<float>* samples, Line* error) const {
  const auto set = session_.set_dim("hops", hops);
  if (!set) return fail(set.error(), error);
  const auto input = next_.input<float>("samples");
  if (!input) return fail(input.error(), error);
  *samples = {input->data(), input->size()};
  return true;
}

bool KeywordModel::run(Line* error) const {
  const auto done = next_.run();
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
