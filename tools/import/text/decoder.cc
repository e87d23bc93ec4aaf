#include "tools/import/text/decoder.h"

#include "tools/common/error.h"
#include "tools/common/printable.h"
#include "tools/import/text/fields.h"
#include "tools/import/text/metaspace.h"

namespace fovea::tools {
namespace {

using nlohmann::json;
using schema::FirstToken;
using schema::TokenizerKind;

// Steps are taken token by token, so that few orders of them can be.
class DecoderReader {
 public:
  explicit DecoderReader(schema::WordTokenizerT& tokenizer) : t_(tokenizer) {}

  void read(const json& value, const std::string& where, bool nested = false) {
    Fields fields(value, where);
    const std::string type = fields.text("type");
    if (type == "Sequence" && !nested) {
      const json& list = fields.list("decoders");
      for (size_t i = 0; i < list.size(); ++i) {
        read(list[i], fmt::format("{}[{}]", fields.place("decoders"), i), true);
      }
    } else if (type == "WordPiece" && t_.kind == TokenizerKind::WordPiece && order_ == kNothing) {
      read_word_piece(fields);
    } else if (type == "ByteLevel" && t_.kind == TokenizerKind::RankedMerges &&
               order_ == kNothing) {
      fields.ignore({"add_prefix_space", "trim_offsets", "use_regex"});
      order_ = kWhole;
    } else if (t_.kind == TokenizerKind::Unigram || t_.kind == TokenizerKind::CharacterMerges) {
      read_step(type, fields);
    } else {
      refuse(type, fields);
    }
    fields.expect_all_read();
  }

 private:
  // What has been done, in the only order that is possible.
  enum Order { kNothing, kReplaced, kBytes, kFused, kStripped, kWhole };

  [[noreturn]] static void refuse(const std::string& type, const Fields& fields) {
    fail("{}: the type {} does not go with the model, or not there; it cannot be converted",
         fields.where(), printable(type));
  }

  void go_to(Order order, const std::string& type, const Fields& fields) {
    const bool again = order == kFused && order_ == kFused;
    if (order_ >= order && !again) refuse(type, fields);
    order_ = order;
  }

  void read_word_piece(Fields& fields) {
    t_.spaces = true;
    t_.cleanup = fields.flag("cleanup", true);
    if (fields.text("prefix", "##") != t_.continuing) {
      fail("{}: the prefix is not the model's; it cannot be converted", fields.where());
    }
    order_ = kWhole;
  }

  void read_step(const std::string& type, Fields& fields) {
    if (type == "Metaspace" && order_ == kNothing) {
      read_metaspace(fields);
      order_ = kWhole;
    } else if (type == "Replace") {
      go_to(kReplaced, type, fields);
      Fields pattern(fields.object("pattern"), fields.place("pattern"));
      t_.decode_escape = pattern.text("String");
      pattern.expect_all_read();
      if (t_.decode_escape.empty() || t_.decode_escape.size() > 64 ||
          fields.text("content") != " ") {
        fail("{}: can only put spaces for a text of 1 to 64 bytes; it cannot be converted",
             fields.where());
      }
    } else if (type == "ByteFallback") {
      go_to(kBytes, type, fields);
      t_.decode_bytes = true;
    } else if (type == "Fuse") {
      go_to(kFused, type, fields);
    } else if (type == "Strip" && order_ == kFused) {
      go_to(kStripped, type, fields);
      if (fields.text("content") != " " || fields.count("start") != 1 ||
          fields.count("stop") != 0) {
        fail("{}: can only take one space from the beginning; it cannot be converted",
             fields.where());
      }
      t_.decode_first = FirstToken::NoLeadingSpace;
    } else {
      refuse(type, fields);
    }
  }

  void read_metaspace(Fields& fields) {
    const Metaspace space = read_metaspace_fields(fields);
    t_.decode_escape = space.replacement;
    if (space.scheme != "never") t_.decode_first = FirstToken::NoSpaces;
  }

  schema::WordTokenizerT& t_;
  Order order_ = kNothing;
};

}  // namespace

void read_decoder(const json& value, schema::WordTokenizerT& tokenizer, const std::string& where) {
  if (value.is_null()) {
    tokenizer.spaces = tokenizer.kind != TokenizerKind::RankedMerges;
    return;
  }
  DecoderReader(tokenizer).read(value, where);
}

}  // namespace fovea::tools
