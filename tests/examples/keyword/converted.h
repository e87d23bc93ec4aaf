// KWT-1 as `fovea convert` writes it; gone after the test.

#ifndef FOVEA_TESTS_EXAMPLES_KEYWORD_CONVERTED_H_
#define FOVEA_TESTS_EXAMPLES_KEYWORD_CONVERTED_H_

#include <filesystem>
#include <string>

namespace keyword::test {

class Converted {
 public:
  explicit Converted(const std::string& format = "f32");
  ~Converted();
  Converted(const Converted&) = delete;
  Converted& operator=(const Converted&) = delete;

  const char* path() const { return path_.c_str(); }
  std::string bytes() const;
  // Writes another file beside it and returns its path.
  std::string put(const char* name, const std::string& bytes) const;

 private:
  std::filesystem::path folder_;
  std::string path_;
};

}  // namespace keyword::test

#endif  // FOVEA_TESTS_EXAMPLES_KEYWORD_CONVERTED_H_
