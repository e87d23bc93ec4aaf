// KWT-1, with what examples/keyword says of its front end, as `fovea convert` writes it; gone after
// the test.

#ifndef FOVEA_TESTS_EXAMPLES_KEYWORD_CONVERTED_H_
#define FOVEA_TESTS_EXAMPLES_KEYWORD_CONVERTED_H_

#include <filesystem>
#include <string>

namespace keyword::test {

class Converted {
 public:
  explicit Converted(const std::string& format = "f32",
                     const std::string& options = "--max hops=100");
  ~Converted();
  Converted(const Converted&) = delete;
  Converted& operator=(const Converted&) = delete;

  const char* path() const { return path_.c_str(); }
  std::string bytes() const;
  // The folder that was converted.
  std::string checkpoint() const { return (folder_ / "kwt1").string(); }
  // Writes another file beside it and returns its path.
  std::string put(const char* name, const std::string& bytes) const;

 private:
  std::filesystem::path folder_;
  std::string path_;
};

}  // namespace keyword::test

#endif  // FOVEA_TESTS_EXAMPLES_KEYWORD_CONVERTED_H_
