// Searches lines of a text file by meaning: search MODEL.fovea TEXTS.txt [QUERY]...
// Without a query, each line of standard input is one. The model is a sentence encoder, converted
// from a folder of sentence-transformers with its tokenizer.

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <numeric>
#include <string>
#include <vector>

#include "fovea/fovea.hpp"

namespace {

using Vector = std::vector<float>;

constexpr size_t kShown = 3;

void die(const char* text) {
  std::fprintf(stderr, "search: %s\n", text);
  std::exit(1);
}

// The value, or the end of the program.
template <typename T>
T check(const fovea::Result<T>& result) {
  if (!result) die(result.error().message().c_str());
  return *result;
}
void check(const fovea::Status& status) {
  if (!status) die(status.error().message().c_str());
}

// Memory at addresses that are multiples of 64.
struct Block {
  explicit Block(size_t bytes) : data(std::aligned_alloc(64, (bytes / 64 + 1) * 64)), size(bytes) {
    if (data == nullptr) die("no memory");
  }
  ~Block() { std::free(data); }
  Block(const Block&) = delete;
  Block& operator=(const Block&) = delete;
  void* data;
  size_t size;
};

size_t file_size(std::ifstream& file, const char* path) {
  if (!file) die((std::string(path) + ": cannot be read").c_str());
  const size_t size = static_cast<size_t>(file.tellg());
  file.seekg(0);
  return size;
}

// Texts as vectors of length 1.
class Encoder {
 public:
  Encoder(const fovea::Model& model, void* arena, size_t size)
      : tokenizer_(check(model.tokenizer("text"))),
        session_(check(model.bind(arena, size))),
        encode_(check(session_.method("encode"))),
        most_(check(encode_.input<int32_t>("tokens")).size()) {}

  Vector encode(const std::string& text) {
    std::vector<int32_t> ids(tokenizer_.room(text.size())), types(ids.size());
    fovea_tokens tokens = {ids.data(), ids.size(), types.data(), types.size(), most_, 0, false};
    check(tokenizer_.tokenize({text.data(), text.size()}, &tokens));
    check(encode_.set_list("tokens", ids.data(), tokens.count));
    const fovea::Result<fovea::Tensor<int32_t>> has_types = encode_.input<int32_t>("token_types");
    if (has_types) check(encode_.set_list("token_types", types.data(), tokens.count));
    check(encode_.run());
    const fovea::Tensor<float> embedding = check(encode_.output<float>("embedding"));
    Vector vector(embedding.begin(), embedding.end());
    const float length =
        std::sqrt(std::inner_product(vector.begin(), vector.end(), vector.begin(), 0.0f));
    for (float& x : vector) x /= length > 0 ? length : 1;
    return vector;
  }

 private:
  fovea::Tokenizer tokenizer_;
  fovea::Session session_;
  fovea::Method encode_;
  size_t most_;  // tokens of one run
};

struct Entry {
  std::string text;
  Vector vector;
};

void answer(const std::string& query, const std::vector<Entry>& entries, Encoder& encoder) {
  const Vector vector = encoder.encode(query);
  std::vector<std::pair<float, const Entry*>> found;
  for (const Entry& e : entries) {
    found.emplace_back(std::inner_product(vector.begin(), vector.end(), e.vector.begin(), 0.0f),
                       &e);
  }
  const size_t shown = std::min(kShown, found.size());
  std::partial_sort(found.begin(), found.begin() + static_cast<ptrdiff_t>(shown), found.end(),
                    [](const auto& a, const auto& b) { return a.first > b.first; });
  std::printf("%s\n", query.c_str());
  for (size_t i = 0; i < shown; ++i) {
    std::printf("  %6.3f  %s\n", static_cast<double>(found[i].first),
                found[i].second->text.c_str());
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: search MODEL.fovea TEXTS.txt [QUERY]...\n");
    return 2;
  }
  std::ifstream file(argv[1], std::ios::binary | std::ios::ate);
  const Block bytes(file_size(file, argv[1]));
  file.read(static_cast<char*>(bytes.data), static_cast<std::streamsize>(bytes.size));
  const fovea::Model model = check(fovea::Model::open(bytes.data, bytes.size));
  const Block arena(static_cast<size_t>(model.arena().total));
  Encoder encoder(model, arena.data, arena.size);

  std::ifstream texts(argv[2]);
  if (!texts) die((std::string(argv[2]) + ": cannot be read").c_str());
  std::vector<Entry> entries;
  for (std::string line; std::getline(texts, line);) {
    if (!line.empty()) entries.push_back({line, encoder.encode(line)});
  }
  for (int i = 3; i < argc; ++i) answer(argv[i], entries, encoder);
  for (std::string line; argc == 3 && std::getline(std::cin, line);) answer(line, entries, encoder);
}
