// keyword: spoken keywords in a WAV file or in a stream, on a machine with Linux. Exit codes: 0
// done, 1 the input is at fault, 2 the command line is at fault (one line on standard error).

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "examples/keyword/keyword.h"
#include "examples/keyword/options.h"

namespace {

constexpr int kInputAtFault = 1;
constexpr int kCommandLineAtFault = 2;

// All memory that the model works in. KWT-1 takes less; `fovea inspect` says what a model takes.
constexpr size_t kArenaBytes = 512 * 1024;
alignas(FOVEA_ALIGNMENT) unsigned char arena[kArenaBytes];

bool listen(const keyword::Options& options, int descriptor, bool raw, const char* name,
            keyword::Line* error) {
  static keyword::KeywordModel model;
  if (!model.open(options.model, arena, error)) return false;
  keyword::AudioReader audio(descriptor, name);
  if (!audio.open(raw, error)) return false;
  static keyword::Listener listener(model, options.settings);
  return listener.listen(audio, name, stdout, error);
}

bool run(const keyword::Options& options, keyword::Line* error) {
  if (std::strcmp(options.audio, "-") == 0) {
    if (isatty(STDIN_FILENO)) {
      return error->fail("standard input is a terminal; name a WAV file or send audio");
    }
    return listen(options, STDIN_FILENO, /*raw=*/true, "standard input", error);
  }
  const int descriptor = open(options.audio, O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return error->fail("%s: %s", options.audio, std::strerror(errno));
  const bool done = listen(options, descriptor, /*raw=*/false, options.audio, error);
  close(descriptor);
  return done;
}

}  // namespace

int main(int argc, char** argv) {
  static char buffer[BUFSIZ];  // a stream would take one from the heap
  std::setvbuf(stdout, buffer, _IOLBF, sizeof buffer);
  keyword::Options options;
  keyword::Line error;
  int code = 0;
  if (!keyword::parse({argv + 1, static_cast<size_t>(argc > 0 ? argc - 1 : 0)}, &options, &error)) {
    code = kCommandLineAtFault;
  } else if (options.help) {
    std::fputs(keyword::kHelp, stdout);
  } else if (!run(options, &error)) {
    code = kInputAtFault;
  }
  if (code != 0) std::fprintf(stderr, "keyword: %s\n", error.text);
  return code;
}
