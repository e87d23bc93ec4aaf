// Dates as people write them, to ISO 8601: dates MODEL.fovea [--list FILE.tsv]... [TEXT]...

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "examples/dates/heatmap.h"
#include "examples/dates/translator.h"

namespace dates {
namespace {

using Clock = std::chrono::steady_clock;

struct Line {
  std::string text, iso;
};

struct Options {
  std::string model;
  std::vector<std::string> lists, texts;
};

Options parse(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument == "--list" && i + 1 < argc) {
      options.lists.push_back(argv[++i]);
    } else if (options.model.empty()) {
      options.model = argument;
    } else {
      options.texts.push_back(argument);
    }
  }
  if (options.model.empty() || options.model[0] == '-') {
    std::fprintf(stderr, "usage: dates MODEL.fovea [--list FILE.tsv]... [TEXT]...\n");
    std::exit(2);
  }
  return options;
}

// Memory aligned as fovea asks.
struct Block {
  explicit Block(size_t bytes)
      : size(bytes),
        data(static_cast<char*>(std::aligned_alloc(FOVEA_ALIGNMENT, (bytes + 64) / 64 * 64))) {
    if (data == nullptr) die("no memory for " + std::to_string(bytes) + " bytes");
  }
  ~Block() { std::free(data); }
  Block(const Block&) = delete;
  Block(Block&& other) : size(other.size), data(other.data) { other.data = nullptr; }
  Block& operator=(const Block&) = delete;
  size_t size;
  char* data;
};

Block read_file(const std::string& path) {
  std::ifstream stream(path, std::ios::binary | std::ios::ate);
  if (!stream) die(path + ": cannot be read");
  Block block(static_cast<size_t>(stream.tellg()));
  stream.seekg(0).read(block.data, static_cast<std::streamsize>(block.size));
  return block;
}

std::vector<Line> read_list(const std::string& path) {
  std::ifstream stream(path);
  if (!stream) die(path + ": cannot be read");
  std::vector<Line> lines;
  for (std::string line; std::getline(stream, line);) {
    const size_t tab = line.find('\t');
    if (tab == std::string::npos) die(path + ": a line has no tab: " + line);
    lines.push_back({line.substr(0, tab), line.substr(tab + 1)});
  }
  if (lines.empty()) die(path + ": no lines");
  return lines;
}

void print_memory(const fovea::Model& model, size_t file_bytes) {
  const fovea_memory memory = model.arena();
  std::printf("memory, in bytes\n");
  std::printf("  %-34s %10zu\n", "model file, used in place", file_bytes);
  std::printf("  %-34s %10llu\n", "arena: state (caches)", (unsigned long long)memory.state);
  std::printf("  %-34s %10llu\n", "arena: planned (activations)",
              (unsigned long long)memory.planned);
  std::printf("  %-34s %10llu\n", "arena: scratch, one thread", (unsigned long long)memory.scratch);
  std::printf("  %-34s %10llu\n\n", "arena: total", (unsigned long long)memory.total);
}

// Translates lines `batch` at a time; the share that is right, and seconds in all.
struct Score {
  size_t right = 0;
  double seconds = 0;
};

Score translate_lines(Translator& translator, const std::vector<Line>& lines, uint32_t batch) {
  Score score;
  for (size_t i = 0; i < lines.size(); i += batch) {
    std::vector<std::string> texts;
    for (size_t j = i; j < lines.size() && j < i + batch; ++j) texts.push_back(lines[j].text);
    const auto start = Clock::now();
    const auto results = translator.translate(texts);
    score.seconds += std::chrono::duration<double>(Clock::now() - start).count();
    for (size_t j = 0; j < results.size(); ++j) score.right += results[j] == lines[i + j].iso;
  }
  return score;
}

void print_accuracy(Translator& translator, const std::string& path) {
  const auto lines = read_list(path);
  const Score score = translate_lines(translator, lines, translator.batch());
  std::printf("%s: %zu of %zu right, %.2f %%\n", path.substr(path.rfind('/') + 1).c_str(),
              score.right, lines.size(),
              100.0 * static_cast<double>(score.right) / static_cast<double>(lines.size()));
}

void print_speed(Translator& translator, const std::string& path) {
  auto lines = read_list(path);
  lines.resize(std::min<size_t>(lines.size(), 320));
  for (uint32_t batch : {1u, translator.batch()}) {
    translate_lines(translator, lines, batch);  // once to warm up
    const double seconds = translate_lines(translator, lines, batch).seconds;
    std::printf("batch %2u: %7.1f microseconds a date, %8.0f dates a second\n", batch,
                seconds / static_cast<double>(lines.size()) * 1e6,
                static_cast<double>(lines.size()) / seconds);
  }
}

void print_look(Translator& translator, const std::string& text, bool colour) {
  Look look;
  translator.translate({text}, &look);
  std::vector<std::string> columns, labels;
  for (int32_t id : look.source) columns.push_back(translator.source_piece(id));
  for (int32_t id : look.target) labels.push_back(translator.target_piece(id));
  std::printf("\nwhat each character of the result looked at (cross-attention, last layer)\n%s",
              heatmap(columns, labels, look.rows, colour).c_str());
}

int run(int argc, char** argv) {
  Options options = parse(argc, argv);
  const Block file = read_file(options.model);
  const fovea::Model model = must(fovea::Model::open(file.data, file.size));
  const Block arena(model.arena().total);
  const fovea::Session session = must(model.bind(arena.data, arena.size));
  must(session.check_fingerprint());
  print_memory(model, file.size);
  Translator translator(model, session);

  if (options.texts.empty()) {
    options.texts = {"3 March 2021",
                     "Sept. 9, '98",
                     "le 14 juillet 1789",
                     "31.12.1999",
                     "12/31/1999",
                     "am 3. Oktober 1990",
                     "two  spaces,  7 Febuary 2004",
                     "el 12 de octubre de 1492"};
  }
  for (const std::string& text : options.texts) {
    std::printf("%30s  %s\n", text.c_str(), translator.translate({text})[0].c_str());
  }
  if (!options.lists.empty())
    std::printf("\nexact match, greedy, row %s, one thread\n", session.row());
  for (const std::string& list : options.lists) print_accuracy(translator, list);
  if (!options.lists.empty()) print_speed(translator, options.lists[0]);
  print_look(translator, options.texts[0], isatty(STDOUT_FILENO) != 0);
  return 0;
}

}  // namespace
}  // namespace dates

int main(int argc, char** argv) {
  return dates::run(argc, argv);
}
