// From its start on the program takes nothing from the heap.

#include <doctest/doctest.h>

#include <cstdio>
#include <string>
#include <vector>

#include "examples/keyword/keyword.h"
#include "tests/examples/keyword/converted.h"
#include "tests/examples/keyword/reference.h"
#include "tests/examples/keyword/wav_bytes.h"
#include "tests/support/allocations.h"

namespace keyword::test {
namespace {

alignas(FOVEA_ALIGNMENT) unsigned char arena[512 * 1024];

TEST_CASE("opening a model and listening to a stream allocate nothing") {
  if (!have_reference()) return;
  const Converted converted;
  std::vector<int16_t> samples = reference_samples(kClips[0]);
  samples.resize(3 * kWindow);
  const Bytes stream(wav(samples));
  static KeywordModel model;
  static Listener listener(model, Settings{.all = true});
  static char buffer[BUFSIZ];
  FILE* out = std::tmpfile();
  REQUIRE(out != nullptr);
  std::setvbuf(out, buffer, _IOLBF, sizeof buffer);
  AudioReader audio(stream.descriptor(), "audio");
  Line error;
  const int before = allocations;
  bool good = model.open(converted.path(), arena, &error);
  good = good && audio.open(/*raw=*/false, &error);
  good = good && listener.listen(audio, "audio", out, &error);
  const int after = allocations;
  std::fclose(out);
  CHECK_MESSAGE(good, error.text);
  CHECK(after == before);
}

}  // namespace
}  // namespace keyword::test
