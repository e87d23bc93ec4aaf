#include "tools/import/text/double_array.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <map>
#include <string>

#include "runtime/text/trie.h"

namespace fovea::test {

TEST_CASE("a double array finds all its texts and no others") {
  std::map<std::string, uint32_t> ids;
  for (uint32_t i = 0; i < 3000; ++i) {
    std::string text;
    for (uint32_t n = i * 2654435761u; n > 0 || text.empty(); n /= 7) {
      text += static_cast<char>("ab\0\xFFxyz"[n % 7]);
    }
    ids[text] = i;
  }
  flatbuffers::FlatBufferBuilder builder;
  const auto units = tools::double_array(ids, "t");
  builder.Finish(builder.CreateVector(units));
  const auto& stored = *flatbuffers::GetRoot<Trie::Units>(builder.GetBufferPointer());
  const Trie trie(stored, 1024);
  for (const auto& [text, id] : ids) {
    REQUIRE(trie.find({text.data(), text.size()}) == static_cast<int32_t>(id));
    const std::string longer = text + "q";
    REQUIRE(trie.find({longer.data(), longer.size()}) == -1);
    const std::string shorter = text.substr(0, text.size() - 1);
    const auto found = ids.find(shorter);
    REQUIRE(trie.find({shorter.data(), shorter.size()}) ==
            (found == ids.end() ? -1 : static_cast<int32_t>(found->second)));
  }
}

}  // namespace fovea::test
