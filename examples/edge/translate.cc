// translate MODEL.fovea TEXT: what an encoder-decoder makes of a text.
#include <fovea/fovea.hpp>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

// Ends the program with one line where something failed.
template <class T>
T must(const fovea::Result<T>& result) {
  if (result) return *result;
  std::fprintf(stderr, "%s\n", result.error().message().c_str());
  std::exit(1);
}
void must(const fovea::Status& status) {
  must(status ? fovea::Result<int>(0) : status.error());
}

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  std::FILE* stream = std::fopen(argv[1], "rb");
  if (stream == nullptr || std::fseek(stream, 0, SEEK_END) != 0) return 2;
  const size_t size = static_cast<size_t>(std::ftell(stream));
  void* file = std::aligned_alloc(64, (size + 64) / 64 * 64);
  std::rewind(stream);
  if (file == nullptr || std::fread(file, 1, size, stream) != size) return 2;

  // Check the file, ask for its one piece of memory, make a session there.
  const fovea::Model model = must(fovea::Model::open(file, size));
  const size_t bytes = model.arena().total;
  void* arena = std::aligned_alloc(64, bytes);
  const fovea::Session session = must(model.bind(arena, bytes));

  const fovea::Tokenizer source = must(model.tokenizer("source"));
  std::vector<int32_t> ids(FOVEA_ENCODE_ROOM(std::strlen(argv[2])));
  ids.resize(must(source.encode(argv[2], std::strlen(argv[2]), ids.data(), ids.size())));
  must(session.set_dim("source_tokens", static_cast<uint32_t>(ids.size())));
  const fovea::Method encode = must(session.method("encode"));
  must(encode.set_input("source", {static_cast<uint32_t>(ids.size())}, ids.data()));
  must(encode.run());

  const fovea::Tokenizer target = must(model.tokenizer("target"));
  const fovea_special_tokens special = must(target.info());
  const fovea::Method decode = must(session.method("decode"));
  const uint32_t self = static_cast<uint32_t>(model.find_cache("self"));
  must(session.set_dim("tokens", 1));
  int32_t token = special.bos;
  while (session.position(self) < must(model.cache(self)).context) {
    must(decode.set_input("tokens", {1}, &token));
    must(decode.run());
    const auto logits = must(decode.output<float>("logits"));
    int32_t best = 0;
    for (size_t i = 1; i < logits.size(); ++i) {
      if (logits[i] > logits[static_cast<size_t>(best)]) best = static_cast<int32_t>(i);
    }
    if (model.is_end(best)) break;
    char text[64];
    std::fwrite(text, 1, must(target.decode(token, best, text, sizeof text)), stdout);
    token = best;
  }
  std::putchar('\n');
  std::free(arena);
  std::free(file);
}
