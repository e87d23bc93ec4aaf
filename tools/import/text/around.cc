#include "tools/import/text/around.h"

#include <vector>

#include "tools/checkpoint/json.h"
#include "tools/common/error.h"
#include "tools/common/printable.h"
#include "tools/import/text/fields.h"

namespace fovea::tools {
namespace {

using nlohmann::json;

constexpr int32_t kFirst = -1, kSecond = -2;

class AroundReader {
 public:
  explicit AroundReader(schema::WordTokenizerT& tokenizer) : tokenizer_(tokenizer) {}

  void read(const json& value, const std::string& where, bool nested = false) {
    Fields fields(value, where);
    const std::string type = fields.text("type");
    if (type == "Sequence" && !nested) {
      const json& list = fields.list("processors");
      for (size_t i = 0; i < list.size(); ++i) {
        read(list[i], fmt::format("{}[{}]", fields.place("processors"), i), true);
      }
    } else if (type == "ByteLevel") {
      fields.ignore({"add_prefix_space", "trim_offsets", "use_regex"});
    } else {
      if (given_) fail("{}: a second {} cannot be converted", where, printable(type));
      given_ = true;
      read_around(type, fields);
    }
    fields.expect_all_read();
  }

 private:
  void read_around(const std::string& type, Fields& fields) {
    if (type == "TemplateProcessing") {
      read_template(fields);
    } else if (type == "BertProcessing") {
      const int32_t cls = token(fields, "cls"), sep = token(fields, "sep");
      tokenizer_.single = {cls, kFirst, sep};
      tokenizer_.pair = {cls, kFirst, sep, kSecond, sep};
      tokenizer_.pair_types = {0, 0, 0, 1, 1};
    } else if (type == "RobertaProcessing") {
      fields.ignore({"add_prefix_space", "trim_offsets"});
      const int32_t cls = token(fields, "cls"), sep = token(fields, "sep");
      tokenizer_.single = {cls, kFirst, sep};
      tokenizer_.pair = {cls, kFirst, sep, sep, kSecond, sep};
      tokenizer_.pair_types.assign(tokenizer_.pair.size(), 0);
    } else {
      fail("{}: the type {} is not known; it cannot be converted", fields.where(), printable(type));
    }
  }

  static int32_t id_of(const json& value, const std::string& where) {
    if (value.is_number_unsigned() && value.get<uint64_t>() <= INT32_MAX)
      return value.get<int32_t>();
    fail("{}: {} is no id", where, show_json(value));
  }

  // ["[SEP]", 102]
  static int32_t token(Fields& fields, const char* key) {
    const json& list = fields.list(key);
    if (list.size() != 2) fail("{}: must be a token and its id", fields.place(key));
    return id_of(list[1], fields.place(key));
  }

  void read_template(Fields& fields) {
    const json& known = fields.object("special_tokens");
    std::vector<uint8_t> types;
    read_pieces(fields, "single", known, tokenizer_.single, types);
    for (const uint8_t type : types) {
      if (type != 0) fail("{}: a type other than 0 cannot be converted", fields.place("single"));
    }
    if (fields.has("pair")) {
      read_pieces(fields, "pair", known, tokenizer_.pair, tokenizer_.pair_types);
    }
    expect_texts(tokenizer_.single, {kFirst}, fields.place("single"));
    if (!tokenizer_.pair.empty()) {
      expect_texts(tokenizer_.pair, {kFirst, kSecond}, fields.place("pair"));
    }
  }

  static void expect_texts(const std::vector<int32_t>& made, const std::vector<int32_t>& wanted,
                           const std::string& where) {
    std::vector<int32_t> texts;
    for (const int32_t id : made) {
      if (id < 0) texts.push_back(id);
    }
    if (texts != wanted) {
      fail("{}: must have each text once, the first one first; it cannot be converted", where);
    }
  }

  static void read_pieces(Fields& fields, const char* key, const json& known,
                          std::vector<int32_t>& ids, std::vector<uint8_t>& types) {
    for (const json& value : fields.list(key)) {
      const std::string where = fields.place(key);
      Fields piece(value, where);
      const bool text = piece.has("Sequence"), special = piece.has("SpecialToken");
      if (text == special) fail("{}: {} is not known", where, show_json(value));
      Fields part(piece.object(text ? "Sequence" : "SpecialToken"), where);
      const std::string name = part.text("id");
      const uint32_t type = part.count("type_id");
      if (type > 1) fail("{}: the type {} cannot be converted, only 0 and 1", where, type);
      const size_t before = ids.size();
      if (text) {
        if (name != "A" && name != "B")
          fail("{}: the text {} is not known", where, printable(name));
        ids.push_back(name == "A" ? kFirst : kSecond);
      } else {
        const auto found = known.find(name);
        if (found == known.end()) {
          fail("{}: special_tokens has no {}", fields.where(), printable(name));
        }
        Fields token(*found, fields.place("special_tokens"));
        for (const json& id : token.list("ids")) ids.push_back(id_of(id, where));
      }
      types.resize(types.size() + ids.size() - before, static_cast<uint8_t>(type));
    }
  }

  schema::WordTokenizerT& tokenizer_;
  bool given_ = false;
};

}  // namespace

void read_post_processor(const json& value, schema::WordTokenizerT& tokenizer,
                         const std::string& where) {
  tokenizer.single = {kFirst};
  tokenizer.pair = {kFirst, kSecond};
  tokenizer.pair_types = {0, 1};
  if (value.is_null()) return;
  schema::WordTokenizerT made;
  AroundReader(made).read(value, where);
  if (made.single.empty()) return;
  tokenizer.single = made.single;
  tokenizer.pair = made.pair;
  tokenizer.pair_types = made.pair_types;
}

}  // namespace fovea::tools
