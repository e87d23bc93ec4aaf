// `fovea inspect`: what is in a model file, and how much memory it takes.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cctype>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "tools/board/board.h"
#include "tools/commands/commands.h"
#include "tools/commands/describe_model.h"
#include "tools/commands/fit.h"
#include "tools/commands/list_operators.h"
#include "tools/common/table.h"
#include "tools/session/session.h"

namespace fovea::tools {
namespace {

using Json = nlohmann::ordered_json;

struct InspectArguments {
  std::string file, fit, method, board;
  bool json = false;
};

std::string text_at(const Json& json, const char* key) {
  return printable(json.at(key).get<std::string>());
}
std::string number_at(const Json& json, const char* key) {
  return grouped(json.at(key).get<uint64_t>());
}

std::string shape_of(const Json& tensor) {
  std::string result = "[";
  for (const Json& extent : tensor.at("shape")) {
    result += (result.size() == 1 ? "" : ", ") + printable(extent.get<std::string>());
  }
  return result + "]";
}

void print_table(const char* title, const Table& table) {
  if (!table.empty()) fmt::print("\n{}\n{}", title, table.text());
}

void print_origin(const Json& json) {
  const Json& origin = json.at("origin");
  Table table("ll");
  table.row({"source", fmt::format("{} (CRC-32 {})", text_at(origin, "source"),
                                   text_at(origin, "source_crc"))});
  table.row({"converter", text_at(origin, "converter")});
  table.row({"format", fmt::format("{}, arithmetic revision {}", origin.at("format").dump(),
                                   origin.at("arithmetic_revision").dump())});
  std::string features;
  for (const Json& feature : origin.at("features")) {
    features += (features.empty() ? "" : ", ") + printable(feature.get<std::string>());
  }
  if (!features.empty()) table.row({"needs", features});
  fmt::print("{}: {} bytes\n{}", text_at(json, "file"), number_at(json, "bytes"), table.text());
}

void print_dims(const Json& json) {
  Table table("lr");
  for (const Json& dim : json.at("dims")) {
    table.row({text_at(dim, "name"),
               fmt::format("{} {}", dim.contains("derived") ? "follows from others, up to" : "1 to",
                           number_at(dim, "max"))});
  }
  print_table("Dims", table);
}

// What an input is for, where its name does not say it.
std::string meaning(const Json& tensor) {
  const bool lengths = tensor.at("name") == "lengths" && tensor.at("type") == "int32";
  return lengths ? "rows of each sequence, one after another" : "";
}

void print_methods(const Json& json) {
  Table table("lllll");
  for (const Json& method : json.at("methods")) {
    table.row({text_at(method, "name")});
    for (const char* side : {"inputs", "outputs"}) {
      for (const Json& tensor : method.at(side)) {
        table.row({"", side == std::string("inputs") ? "in" : "out", text_at(tensor, "name"),
                   text_at(tensor, "type") + " " + shape_of(tensor), meaning(tensor)});
      }
    }
  }
  print_table("Methods", table);
}

void print_operators(const Json& json) {
  const Json& methods = json.at("methods");
  Table table("l" + std::string(methods.size(), 'r'));
  std::vector<std::string> head = {""};
  for (const Json& method : methods) head.push_back(text_at(method, "name"));
  table.row(head);
  for (const auto& [kind, total] : json.at("operators").items()) {
    std::vector<std::string> cells = {kind};
    for (const Json& method : methods) {
      cells.push_back(method.at("operators").contains(kind) ? method["operators"][kind].dump()
                                                            : "");
    }
    table.row(cells);
  }
  print_table("Operators", table);
}

void print_work(const Json& json) {
  Table table("lrlrlrl");
  for (const Json& method : json.at("methods")) {
    const Json& work = method.at("max_work");
    table.row({text_at(method, "name"), number_at(work, "multiply_adds"), "multiply-adds,",
               number_at(work, "bytes"), "bytes of weights and caches,",
               number_at(method, "longest_task"), "in the longest task of a sliced run"});
  }
  print_table("Work of one run at the maxima", table);
}

void print_caches(const Json& json) {
  Table table("lrl");
  for (const Json& cache : json.at("caches")) {
    const std::string slots =
        cache["ring"] == 0 ? "" : fmt::format(" in {} slots", number_at(cache, "capacity"));
    table.row({text_at(cache, "name"), number_at(cache, "bytes"),
               fmt::format("bytes, {} tokens{}, {} sequence{}, {} states of {}",
                           number_at(cache, "context"), slots, number_at(cache, "sequences"),
                           cache["sequences"] == 1 ? "" : "s", number_at(cache, "states"),
                           fmt::join(cache.at("types").get<std::vector<std::string>>(), ", "))});
  }
  print_table("Caches", table);
}

void print_weights(const Json& json) {
  Table table("lrrl");
  table.row({"layout", "count", "bytes"});
  uint64_t count = 0;
  for (const Json& layout : json.at("weights").at("layouts")) {
    table.row({text_at(layout, "layout") + " " + text_at(layout, "type"),
               number_at(layout, "count"), number_at(layout, "bytes")});
    count += layout["count"].get<uint64_t>();
  }
  table.row({"total", grouped(count), number_at(json.at("weights"), "bytes")});
  print_table("Weights", table);
}

void print_arena(const Json& json) {
  const Json& arena = json.at("arena");
  Table table("lrl");
  table.row({"state", number_at(arena, "state"), "caches and the session itself"});
  table.row({"planned", number_at(arena, "planned"), "inputs, outputs, activations"});
  table.row({"scratch", number_at(arena, "scratch"), "operators' own, for each thread"});
  table.row({"total", number_at(arena, "total"),
             fmt::format("each further thread adds {}", number_at(arena, "per_thread"))});
  print_table("Memory of a session with one thread, in bytes", table);
}

// "[CLS] (text) [SEP]".
std::string around_line(const Json& around) {
  std::string line;
  for (const Json& piece : around) {
    line += line.empty() ? "" : " ";
    line += piece.is_null() ? "(text)" : printable(piece.get<std::string>());
  }
  return line;
}

// Of tokenizers that say what stands around texts.
void print_around(const Json& tokenizer, Table& table) {
  for (const char* texts : {"text", "pair"}) {
    if (!tokenizer.contains(texts) || tokenizer[texts].empty()) continue;
    table.row({"", fmt::format("a {} is {}", texts, around_line(tokenizer[texts]))});
  }
  const std::string prefix = tokenizer.value("prefix", "");
  if (!prefix.empty())
    table.row({"", fmt::format("\"{}\" stands before words", printable(prefix))});
  const uint32_t longest = tokenizer.value("longest", 0u);
  if (longest > 0) table.row({"", fmt::format("cut to {} tokens", longest)});
}

// How a text is looked for, without what changes nothing.
void print_search(const Json& search) {
  if (search.is_null()) return;
  const uint32_t beams = search.at("beams");
  std::string line = fmt::format("{} beam{}", beams, beams == 1 ? "" : "s");
  const auto add = [&](const char* key, double nothing, const char* text) {
    if (search.at(key).get<double>() != nothing) {
      line += fmt::format(fmt::runtime(text), search[key].get<double>());
    }
  };
  add("length_penalty", 1, ", length penalty {}");
  if (beams > 1) line += fmt::format(", ends {}", text_at(search, "stopping"));
  add("no_repeat", 0, ", no {} tokens in a row again");
  add("least", 0, ", {} tokens at least");
  add("most", 0, ", {} at most");
  add("repetition_penalty", 1, ", repetition penalty {}");
  fmt::print("\nSearch\n  {}\n", line);
}

void print_audio(const Json& audio) {
  if (audio.is_null()) return;
  fmt::print("\nAudio\n  {} samples a second", number_at(audio, "rate"));
  if (audio["window"] != 0) fmt::print(", {} in a run", number_at(audio, "window"));
  if (audio["ctc_blank"] != -1) fmt::print(", CTC without id {}", audio["ctc_blank"].dump());
  for (const char* names : {"languages", "tasks"}) {
    if (!audio[names].empty()) fmt::print("\n  {} {}", names, printable(audio[names].dump()));
  }
  fmt::print("\n");
}

// What stands between the messages of a conversation.
void print_chat(const Json& chat) {
  if (chat.is_null()) return;
  if (chat.contains("missing")) {
    fmt::print("\nConversations\n  none: {}\n", text_at(chat, "missing"));
    return;
  }
  Table table("lll");
  for (const Json& join : chat.at("joins")) {
    const auto role = [&](const char* key, const char* otherwise) {
      return join.at(key).is_null() ? otherwise : text_at(join, key);
    };
    table.row(
        {role("after", "(begin)"), role("before", "(answer)"), printable(join.at("text").dump())});
  }
  print_table("Conversations: what stands behind one message and before the next", table);
}

void print_text(const Json& json) {
  Table table("ll");
  for (const Json& tokenizer : json.at("tokenizers")) {
    table.row({text_at(tokenizer, "name"),
               fmt::format("{}, {} pieces, bos {}, eos {}", text_at(tokenizer, "kind"),
                           number_at(tokenizer, "pieces"), tokenizer["bos"].dump(),
                           tokenizer["eos"].dump())});
    print_around(tokenizer, table);
  }
  print_table("Tokenizers", table);
  Table special("ll");
  for (const auto& [kind, ids] : json.at("special_tokens").items()) {
    constexpr size_t kShown = 16;
    if (ids.empty()) continue;
    special.row({kind, ids.size() > kShown ? fmt::format("{} ids", ids.size()) : ids.dump()});
  }
  print_table("Special tokens", special);
  print_search(json.at("search"));
  print_chat(json.at("chat"));
  print_audio(json.at("audio"));
  std::string labels;
  for (const Json& label : json.at("labels")) {
    labels += (labels.empty() ? "" : ", ") + printable(label.get<std::string>());
  }
  if (!labels.empty()) fmt::print("\nLabels\n  {}\n", labels);
}

void print_picture(const Json& picture) {
  if (picture.is_null()) return;
  std::string filter = picture.at("filter");
  for (char& c : filter) c = static_cast<char>(std::tolower(c));
  const std::string resize = picture.at("resize");
  const uint32_t height = picture.at("height");
  const std::string made = resize == "None" ? "as they are"
                           : resize == "Exact"
                               ? fmt::format("resized to {} x {}, {}", height,
                                             picture.at("width").get<uint32_t>(), filter)
                               : fmt::format("shorter side resized to {}, {}", height, filter);
  fmt::print("\nPictures\n  {}{}\n", made, picture.at("crops") ? ", cut from the middle" : "");
}

void print_fingerprint(const Json& json) {
  const size_t runs = json.at("fingerprint").size();
  if (runs == 0) {
    fmt::print("\nFingerprint\n  none\n");
  } else {
    fmt::print("\nFingerprint\n  {} run{}: see `fovea verify`\n", runs, runs == 1 ? "" : "s");
  }
}

void print(const Json& json, bool as_json) {
  if (as_json) {
    fmt::print("{}\n", json_text(json));
    return;
  }
  print_origin(json);
  print_dims(json);
  print_methods(json);
  print_operators(json);
  print_work(json);
  print_caches(json);
  print_weights(json);
  print_arena(json);
  print_text(json);
  print_picture(json.at("picture"));
  print_fingerprint(json);
  if (json.contains("operators_of")) {
    for (const auto& [method, list] : json["operators_of"].items()) {
      print_operators_of(method, list);
    }
  }
  if (json.contains("board")) print_board(json["board"]);
  if (json.contains("fit")) print_fit(json["fit"]);
}

void inspect(const InspectArguments& arguments) {
  const Budget budget = arguments.fit.empty() ? Budget() : parse_budget(arguments.fit);
  const std::optional<Board> board =
      arguments.board.empty() ? std::nullopt : std::optional(parse_board(arguments.board));
  const ModelFile file(arguments.file);
  Json json = describe_model(file);
  if (board) json["board"] = estimate(file, *board);
  if (!arguments.method.empty()) {
    json["operators_of"][arguments.method] = list_operators(file, file.method(arguments.method));
  }
  if (!arguments.fit.empty()) json["fit"] = find_fit(file.mapped(), budget);
  print(json, arguments.json);
  if (!arguments.fit.empty()) check_fit(file.path(), json["fit"]);
}

}  // namespace

void add_inspect(CLI::App& app) {
  const auto arguments = std::make_shared<InspectArguments>();
  CLI::App* command = app.add_subcommand("inspect", "Shows what is in a model file");
  command->add_option("FILE", arguments->file, "A .fovea file")->required();
  command->add_flag("--json", arguments->json, "Prints JSON");
  command->add_option("--operators", arguments->method,
                      "METHOD: its operators one by one, with their operands by name");
  command->add_option(
      "--fit", arguments->fit,
      "flash=1M,ram=256K: what a device has. Exit code 1 if the model does not fit");
  command->add_option(
      "--board", arguments->board,
      "CORE or CORE@MHZ, as cortex-m4@168: what a run costs there. " + core_names());
  command->callback([arguments] { inspect(*arguments); });
}

}  // namespace fovea::tools
