// translate MODEL.fovea TEXT: what an encoder-decoder makes of a text.
#include <fovea/fovea.hpp>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

// What a call gave; ends the program with one line where it failed.
template <class T>
T must(const fovea::Result<T>& result) {
  if (result) return *result;
  std::fprintf(stderr, "%s\n", result.error().message().c_str());
  std::exit(1);
}

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  std::FILE* stream = std::fopen(argv[1], "rb");
  if (stream == nullptr || std::fseek(stream, 0, SEEK_END) != 0) return 2;
  const size_t size = static_cast<size_t>(std::ftell(stream));
  void* file = std::aligned_alloc(64, (size + 64) / 64 * 64);
  std::rewind(stream);
  if (file == nullptr || std::fread(file, 1, size, stream) != size) return 2;
  std::fclose(stream);

  // Check the file, ask for its one piece of memory, make a session there.
  const fovea::Model model = must(fovea::Model::open(file, size));
  const size_t bytes = model.arena().total;
  void* arena = std::aligned_alloc(64, bytes);
  const fovea::Session session = must(model.bind(arena, bytes));

  const fovea::Tokenizer source = must(model.tokenizer("source"));
  std::vector<int32_t> ids(source.room(std::strlen(argv[2])));
  ids.resize(must(source.encode(argv[2], std::strlen(argv[2]), ids.data(), ids.size())));
  const fovea::Method encode = must(session.method("encode"));
  must(encode.set_list("source", ids.data(), ids.size()));
  must(encode.run());

  // Greedy: the likeliest token follows, until that is the end.
  const fovea::Tokenizer target = must(model.tokenizer("target"));
  const fovea_special_tokens special = must(target.info());
  const fovea::Method decode = must(session.method("decode"));
  for (int32_t token = special.bos; must(session.room("self")) > 0;) {
    const int32_t best = must(decode.next(&token, 1));
    if (model.is_end(best)) break;
    char text[64];
    std::fwrite(text, 1, must(target.decode(token, best, text, sizeof text)), stdout);
    token = best;
  }
  std::putchar('\n');
  std::free(arena);
  std::free(file);
}
