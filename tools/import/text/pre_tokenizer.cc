#include "tools/import/text/pre_tokenizer.h"

#include <utility>
#include <vector>

#include "tools/checkpoint/json.h"
#include "tools/common/error.h"
#include "tools/common/printable.h"
#include "tools/import/text/fields.h"
#include "tools/import/text/metaspace.h"
#include "tools/import/text/pattern.h"
#include "tools/import/text/split_behavior.h"
#include "tools/import/text/splitter.h"

namespace fovea::tools {
namespace {

using nlohmann::json;
using Kind = Pattern::Kind;

constexpr int kDeepestPreTokenizer = 8;  // sequences within sequences

// GPT-2's, which ByteLevel has built in.
constexpr const char* kByteLevel =
    R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";

Pattern literal(const std::string& text, const std::string& where) {
  std::string escaped;
  for (const char c : text) {
    const bool plain = (c & 0x80) != 0 || c == '\n' || std::isalnum(static_cast<unsigned char>(c));
    escaped += plain ? std::string(1, c) : "\\" + std::string(1, c);
  }
  return parse_pattern(escaped, where);
}

Pattern words_of(const CodePointSet& set) {
  return Pattern::repeated(Pattern::one_of(set), 1);
}

class PreTokenizerReader {
 public:
  explicit PreTokenizerReader(schema::WordTokenizerT& tokenizer) : tokenizer_(tokenizer) {}

  bool byte_level() const { return byte_level_; }

  void read(const json& value, const std::string& where, int depth = 0) {
    Fields fields(value, where);
    const std::string type = fields.text("type");
    if (byte_level_) {
      fail("{}: {} behind ByteLevel would split bytes; it cannot be converted", where,
           printable(type));
    }
    if (type == "Sequence") {
      read_sequence(fields, depth);
    } else if (type == "ByteLevel") {
      read_byte_level(fields);
    } else if (type == "Split") {
      read_split(fields);
    } else if (type == "Metaspace") {
      read_metaspace(fields);
    } else if (!read_set(type, fields)) {
      fail("{}: the type {} is not known; it cannot be converted", where, printable(type));
    }
    fields.expect_all_read();
  }

 private:
  void add(std::unique_ptr<schema::SplitterT> splitter) {
    tokenizer_.splitters.push_back(std::move(splitter));
  }

  void read_sequence(Fields& fields, int depth) {
    const json& list = fields.list("pretokenizers");
    if (depth == kDeepestPreTokenizer) fail("{}: sequences too deep", fields.where());
    for (size_t i = 0; i < list.size(); ++i) {
      read(list[i], fmt::format("{}[{}]", fields.place("pretokenizers"), i), depth + 1);
    }
  }

  void read_byte_level(Fields& fields) {
    fields.ignore({"trim_offsets"});
    if (fields.flag("add_prefix_space", true)) {
      if (!tokenizer_.splitters.empty() || !tokenizer_.escape.empty()) {
        fail("{}: add_prefix_space behind other splitting cannot be converted", fields.where());
      }
      tokenizer_.prefix = " ";
    }
    if (fields.flag("use_regex", true)) add(compile_splitter(kByteLevel, false, fields.where()));
    byte_level_ = true;
  }

  // The library puts a prefix once where the text itself begins, whose place it knows after steps
  // that take no text away.
  void read_metaspace(Fields& fields) {
    const Metaspace space = read_metaspace_fields(fields);
    if (!tokenizer_.escape.empty()) {
      fail("{}: a second Metaspace cannot be converted", fields.where());
    }
    tokenizer_.escape = space.replacement;
    tokenizer_.prefix_level = static_cast<uint32_t>(tokenizer_.splitters.size());
    if (space.scheme != "never") tokenizer_.prefix = space.replacement;
    tokenizer_.prefix_once = space.scheme == "first";
    if (tokenizer_.prefix_once && takes_away()) {
      fail(
          "{}: the prepend_scheme first with a normalizer that takes characters away cannot be "
          "converted",
          fields.where());
    }
    if (space.split) {
      add(compile_split(literal(space.replacement, fields.where()), "MergedWithNext", false,
                        fields.where()));
    }
  }

  bool takes_away() const {
    for (const auto& step : tokenizer_.normalization) {
      uint32_t begin = 0;
      bool empty = step->left || !step->removed.empty();
      for (const uint32_t end : step->value_ends) empty |= std::exchange(begin, end) == end;
      if (empty) return true;
    }
    return false;
  }

  void read_split(Fields& fields) {
    Fields pattern(fields.object("pattern"), fields.place("pattern"));
    const bool regex = pattern.has("Regex");
    const std::string text = pattern.text(regex ? "Regex" : "String");
    pattern.expect_all_read();
    const Pattern tree =
        regex ? parse_pattern(text, pattern.where()) : literal(text, pattern.where());
    add(compile_split(tree, fields.text("behavior"), fields.flag("invert", false),
                      fmt::format("{}: the pattern {}", fields.where(), printable(text))));
  }

  // Those that split by what characters are.
  bool read_set(const std::string& type, Fields& fields) {
    const std::string& where = fields.where();
    const CodePointSet space = white_space();
    if (type == "Digits") {
      const bool each = fields.flag("individual_digits", false);
      add(compile_split(Pattern::one_of(*property_set("N")), each ? "Isolated" : "Contiguous",
                        false, where));
    } else if (type == "Punctuation") {
      const std::string behavior = fields.text("behavior", "Isolated");
      add(compile_split(Pattern::one_of(punctuation()), behavior, false, where));
    } else if (type == "WhitespaceSplit") {
      add(compile_splitter(words_of(space.complement()), true, where));
    } else if (type == "Whitespace") {
      CodePointSet word = word_characters();
      word.add({0x200C, 0x200D});  // Rust's \w has the joiners
      CodePointSet other = word;
      other.add(space);
      add(compile_splitter(
          Pattern::joined(Kind::kChoice, {words_of(word), words_of(other.complement())}), true,
          where));
    } else if (type == "BertPreTokenizer") {
      CodePointSet outside = punctuation();
      outside.add(space);
      add(compile_splitter(Pattern::joined(Kind::kChoice, {Pattern::one_of(punctuation()),
                                                           words_of(outside.complement())}),
                           true, where));
    } else if (type == "CharDelimiterSplit") {
      add(compile_split(literal(fields.text("delimiter"), where), "Removed", false, where));
    } else {
      return false;
    }
    return true;
  }

  schema::WordTokenizerT& tokenizer_;
  bool byte_level_ = false;
};

}  // namespace

bool read_pre_tokenizer(const json& value, schema::WordTokenizerT& tokenizer,
                        const std::string& where) {
  if (value.is_null()) return false;
  PreTokenizerReader reader(tokenizer);
  reader.read(value, where);
  return reader.byte_level();
}

}  // namespace fovea::tools
