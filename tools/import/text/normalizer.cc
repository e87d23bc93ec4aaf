#include "tools/import/text/normalizer.h"
#include "tools/import/text/limits.h"

#include <utf8proc.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "runtime/features.h"
#include "runtime/text/utf8.h"
#include "runtime/text/vocabulary.h"
#include "tools/common/error.h"
#include "tools/common/printable.h"
#include "tools/import/text/charsmap.h"
#include "tools/import/text/code_points.h"
#include "tools/import/text/fields.h"
#include "tools/import/text/split_behavior.h"
#include "tools/import/text/splitter.h"
#include "tools/import/text/unicode.h"

namespace fovea::tools {
namespace {

using nlohmann::json;

constexpr int kDeepest = 8;  // sequences within sequences

// As the `tokenizers` library has them, one of its ranges beginning later than Unicode's.
CodePointSet chinese() {
  return CodePointSet({{0x3400, 0x4DBF},
                       {0x4E00, 0x9FFF},
                       {0xF900, 0xFAFF},
                       {0x20000, 0x2A6DF},
                       {0x2A700, 0x2B73F},
                       {0x2B740, 0x2B81F},
                       {0x2B920, 0x2CEAF},
                       {0x2F800, 0x2FA1F}});
}

// Control and format characters, private use and U+FFFD go away; all white space is a space.
std::u32string cleaned(uint32_t point) {
  const bool line = point == '\t' || point == '\n' || point == '\r';
  const auto category = utf8proc_category(static_cast<int32_t>(point));
  const bool control = category == UTF8PROC_CATEGORY_CC || category == UTF8PROC_CATEGORY_CF ||
                       category == UTF8PROC_CATEGORY_CO;
  if (!line && (control || point == 0xFFFD)) return {};
  return {white_space().has(point) ? U' ' : static_cast<char32_t>(point)};
}

// The library's Nmt: some controls go away, others and what has no width are spaces.
std::u32string without_controls(uint32_t point) {
  const auto in = [&](uint32_t first, uint32_t last) { return point >= first && point <= last; };
  if (in(1, 8) || in(0xE, 0x1F) || point == 0xB || point == 0x7F || point == 0x8F ||
      point == 0x9F) {
    return {};
  }
  const bool space = point == 9 || point == 0xA || point == 0xC || point == 0xD ||
                     point == 0x1680 || in(0x200B, 0x200F) || point == 0x2028 || point == 0x2029 ||
                     point == 0x2581 || point == 0xFEFF || point == 0xFFFD;
  return {space ? U' ' : static_cast<char32_t>(point)};
}

bool stays(uint32_t) {
  return true;
}

class NormalizerReader {
 public:
  explicit NormalizerReader(schema::WordTokenizerT& tokenizer) : tokenizer_(tokenizer) {}

  void read(const json& value, const std::string& where, int depth = 0) {
    Fields fields(value, where);
    const std::string type = fields.text("type");
    if (type == "Sequence") {
      const json& list = fields.list("normalizers");
      if (depth == kDeepest) fail("{}: sequences too deep", where);
      for (size_t i = 0; i < list.size(); ++i) {
        read(list[i], fmt::format("{}[{}]", fields.place("normalizers"), i), depth + 1);
      }
    } else if (type == "BertNormalizer") {
      read_bert(fields);
    } else if (!read_form(type) && !read_replacing(type, fields) && !read_simple(type, fields)) {
      fail("{}: the type {} is not known; it cannot be converted", where, printable(type));
    }
    fields.expect_all_read();
  }

 private:
  void add(std::unique_ptr<schema::NormalizationT> step) {
    tokenizer_.normalization.push_back(std::move(step));
  }

  void read_bert(Fields& fields) {
    const bool clean = fields.flag("clean_text", true);
    const bool lower = fields.flag("lowercase", true);
    const bool strip = fields.flag("strip_accents", lower);
    if (fields.flag("handle_chinese_chars", true)) {
      tokenizer_.splitters.push_back(
          compile_split(Pattern::one_of(chinese()), "Isolated", false, fields.where()));
    }
    const auto map = [=](uint32_t point) {
      std::u32string made;
      for (const char32_t kept : clean ? cleaned(point) : std::u32string{point}) {
        for (const char32_t part : strip ? decomposed(kept, false) : std::u32string{kept}) {
          if (!strip || !is_nonspacing_mark(part))
            made += lower ? lower_case(part) : std::u32string{part};
        }
      }
      return made;
    };
    add(replacement(map, strip));
    if (strip)
      add(canonical_order(false, [](uint32_t point) { return !is_nonspacing_mark(point); }));
  }

  bool read_form(const std::string& type) {
    if (type != "NFC" && type != "NFD" && type != "NFKC" && type != "NFKD") return false;
    const bool compatible = type[2] == 'K';
    add(replacement([=](uint32_t point) { return decomposed(point, compatible); }, true));
    add(canonical_order(type.back() == 'C', stays));
    return true;
  }

  bool read_simple(const std::string& type, Fields& fields) {
    if (type == "Lowercase") {
      add(replacement(lower_case, false));
    } else if (type == "StripAccents") {
      add(replacement(
          [](uint32_t point) {
            return is_any_mark(point) ? std::u32string() : std::u32string{point};
          },
          false));
    } else if (type == "Strip") {
      auto made = std::make_unique<schema::NormalizationT>();
      made->kind = schema::NormalizationKind::Strip;
      made->left = fields.flag("strip_left", true);
      made->right = fields.flag("strip_right", true);
      add(std::move(made));
    } else if (type == "Prepend") {
      add(entry(fields, schema::NormalizationKind::Prepend, "", fields.text("prepend")));
    } else {
      return false;
    }
    return true;
  }

  bool read_replacing(const std::string& type, Fields& fields) {
    if (type == "Precompiled") {
      const std::string where = fields.place("precompiled_charsmap");
      const std::string bytes = base64_bytes(fields.text("precompiled_charsmap"), where);
      const auto* data = reinterpret_cast<const uint8_t*>(bytes.data());
      add(replace_clusters(read_charsmap({data, bytes.size()}, where), where));
    } else if (type == "Nmt") {
      add(replacement(without_controls, false));
    } else if (type == "Replace") {
      read_replace(fields);
    } else {
      return false;
    }
    return true;
  }

  void read_replace(Fields& fields) {
    Fields pattern(fields.object("pattern"), fields.place("pattern"));
    const bool regex = pattern.has("Regex");
    const std::string key = pattern.text(regex ? "Regex" : "String");
    pattern.expect_all_read();
    if (key.empty()) fail("{}: replaces an empty text; it cannot be converted", fields.where());
    auto made =
        entry(fields, schema::NormalizationKind::Replace, regex ? "" : key, fields.text("content"));
    if (regex) {
      made->kind = schema::NormalizationKind::ReplaceMatches;
      made->words = compile_splitter(key, true, pattern.where());
    }
    add(std::move(made));
  }

  static std::unique_ptr<schema::NormalizationT> entry(const Fields& fields,
                                                       schema::NormalizationKind kind,
                                                       const std::string& key,
                                                       const std::string& value) {
    if (std::max(key.size(), value.size()) > kLongestEntry) {
      fail("{}: more than {} bytes cannot be replaced or put in; it cannot be converted",
           fields.where(), kLongestEntry);
    }
    auto made = std::make_unique<schema::NormalizationT>();
    made->kind = kind;
    if (!key.empty()) {
      made->keys.assign(key.begin(), key.end());
      made->key_ends = {static_cast<uint32_t>(key.size())};
    }
    made->values.assign(value.begin(), value.end());
    made->value_ends = {static_cast<uint32_t>(value.size())};
    return made;
  }

  schema::WordTokenizerT& tokenizer_;
};

}  // namespace

void read_normalizer(const json& value, schema::WordTokenizerT& tokenizer,
                     const std::string& where) {
  if (!value.is_null()) NormalizerReader(tokenizer).read(value, where);
}

std::string normalized(const schema::WordTokenizerT& tokenizer, const std::string& text) {
  std::string made = text;
  for (const auto& step : tokenizer.normalization) {
    flatbuffers::FlatBufferBuilder builder;
    builder.Finish(schema::Normalization::Pack(builder, step.get()));
    const auto& table = *flatbuffers::GetRoot<schema::Normalization>(builder.GetBufferPointer());
    const bool matches = table.kind() > schema::NormalizationKind::Strip;
    const TextStep& kind = matches ? static_cast<const TextStep&>(fovea_feature_text_matches)
                                   : fovea_feature_normalization;
    std::string next(2 * made.size() + 64, '\0');
    TextOutput out = {next.data(), next.size()};
    fovea_code code;
    while ((code = kind.run(table, {made.data(), made.size()}, &out)) == FOVEA_ARENA_TOO_SMALL) {
      next.resize(2 * next.size());
      out = {next.data(), next.size()};
    }
    if (code != FOVEA_OK) {
      fail("the text {} takes too long to be normalised", printable(text));
    }
    next.resize(out.size);
    made = next;
  }
  return made;
}

}  // namespace fovea::tools
