#include "tools/session/time_rules.h"

#include <doctest/doctest.h>

#include <limits>
#include <vector>

namespace fovea::test {
namespace {

using Ids = std::vector<int32_t>;

// Words 0 to 2, the end, what says that no times follow, times 5 to 9.
constexpr int32_t kEnd = 3;

class Rules {
 public:
  Rules() {
    schema::AudioT audio;
    audio.no_times = 4;
    audio.first_time = 5;
    audio.step = 20;
    audio.latest_first = 2;
    builder_.Finish(schema::Audio::Pack(builder_, &audio));
  }
  // Tokens that may follow `made`.
  Ids after(const Ids& made, float word, float time) {
    const std::vector<float> logits = {word, word - 1, word - 2, word - 3, word + 5,
                                       time, time,     time,     time,     time};
    tools::TimeRules rules(*flatbuffers::GetRoot<schema::Audio>(builder_.GetBufferPointer()), kEnd);
    const std::span<const float> allowed = rules.allowed(logits, made);
    Ids ids;
    for (size_t i = 0; i < allowed.size(); ++i) {
      if (allowed[i] == std::numeric_limits<float>::lowest()) continue;
      CHECK(allowed[i] == logits[i]);
      ids.push_back(static_cast<int32_t>(i));
    }
    return ids;
  }

 private:
  flatbuffers::FlatBufferBuilder builder_;
};

}  // namespace

TEST_CASE("times come first, in pairs, and do not fall") {
  Rules rules;
  CHECK(rules.after({}, 9, 0) == Ids{5, 6, 7});
  CHECK(rules.after({6}, 9, 0) == Ids{0, 1, 2, 3});
  CHECK(rules.after({6, 1}, 9, 0) == Ids{0, 1, 2, 3, 7, 8, 9});
  CHECK(rules.after({6, 1, 8}, 0, -9) == Ids{3, 8, 9});
  CHECK(rules.after({6, 1, 8, 8}, 9, 0) == Ids{0, 1, 2, 3});
  CHECK(rules.after({6, 1, 8, 8, 2}, 9, 0) == Ids{0, 1, 2, 3, 9});
}

TEST_CASE("a time comes where all together are likelier than any word") {
  Rules rules;
  CHECK(rules.after({6, 1}, 1, 0.5f) == Ids{7, 8, 9});               // 0.5 + ln 3
  CHECK(rules.after({6, 1}, 1, -0.2f) == Ids{0, 1, 2, 3, 7, 8, 9});  // -0.2 + ln 3
}

TEST_CASE("a time is so many steps behind the first") {
  schema::AudioT audio;
  audio.first_time = 5;
  audio.step = 20;
  flatbuffers::FlatBufferBuilder builder;
  builder.Finish(schema::Audio::Pack(builder, &audio));
  const tools::TimeRules rules(*flatbuffers::GetRoot<schema::Audio>(builder.GetBufferPointer()),
                               kEnd);
  CHECK(!rules.is_time(4));
  CHECK(rules.is_time(5));
  CHECK(rules.time_of(5) == 0.0);
  CHECK(rules.time_of(55) == 1.0);
}

}  // namespace fovea::test
