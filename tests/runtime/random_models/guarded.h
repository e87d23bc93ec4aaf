// Memory between two pages that may not be touched.

#ifndef FOVEA_TESTS_RUNTIME_RANDOM_MODELS_GUARDED_H_
#define FOVEA_TESTS_RUNTIME_RANDOM_MODELS_GUARDED_H_

#include <cstddef>
#include <cstdint>

namespace fovea::test {

enum class Side { kLeft, kRight };  // at which of the two pages the bytes lie

class Guarded {
 public:
  // The first byte is a multiple of `alignment`, so at the right a few may be left over.
  Guarded(size_t size, Side side, size_t alignment = 64);
  ~Guarded();
  Guarded(const Guarded&) = delete;
  Guarded& operator=(const Guarded&) = delete;

  unsigned char* data() const { return data_; }
  size_t size() const { return size_; }
  void fill(unsigned char byte) const;
  // From now on nobody may write here.
  void protect() const;

 private:
  unsigned char* map_ = nullptr;
  unsigned char* data_ = nullptr;
  size_t page_, body_, size_;
};

}  // namespace fovea::test

#endif  // FOVEA_TESTS_RUNTIME_RANDOM_MODELS_GUARDED_H_
