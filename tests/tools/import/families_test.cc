#include "tools/import/families.h"

#include <doctest/doctest.h>

#include <map>
#include <string_view>

namespace fovea::test {

TEST_CASE("no word names two families") {
  std::map<std::string, const tools::Family*> words;
  for (const tools::Family* family : tools::families()) {
    CHECK(family->has(family->model_type));
    CHECK(words.emplace(family->model_type, family).second);
    for (const std::string_view word : family->heads()) {
      const auto found = words.emplace(word, family).first;  // a word may be a model_type, too
      CHECK(found->second == family);
    }
  }
  CHECK(words.size() >= 4);
}

}  // namespace fovea::test
