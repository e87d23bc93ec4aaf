#include "tools/import/text/added_tokens.h"

#include <algorithm>
#include <tuple>
#include <vector>

#include "tools/common/error.h"
#include "tools/common/printable.h"
#include "tools/import/text/code_points.h"
#include "tools/import/text/fields.h"
#include "tools/import/text/limits.h"
#include "tools/import/text/normalizer.h"

namespace fovea::tools {
namespace {

using nlohmann::json;

struct Added {
  schema::AddedToken token;
  std::string text;
};

// A piece for an id; the text of one that has none yet.
void add_piece(uint32_t id, const std::string& text, schema::WordTokenizerT& t) {
  if (id >= t.pieces.size()) t.pieces.resize(size_t{id} + 1);
  if (!t.merge_starts.empty()) {  // nothing begins with it
    t.merge_starts.resize(t.pieces.size() + 1, t.merge_starts.back());
  }
  if (!t.scores.empty()) t.scores.resize(t.pieces.size());
  if (!t.fine_scores.empty()) t.fine_scores.resize(t.pieces.size());
  if (t.pieces[id].empty()) t.pieces[id] = text;
}

void set_word_points(schema::WordTokenizerT& t) {
  if (!t.word_points.empty()) return;
  CodePointSet word = word_characters();
  word.add({0x200C, 0x200D});
  for (const auto& range : word.ranges()) {
    t.word_points.insert(t.word_points.end(), {range.first, range.last + 1});
  }
}

Added read_token(const json& value, uint32_t rows, schema::WordTokenizerT& t,
                 const std::string& where) {
  Fields fields(value, where);
  const uint32_t id = fields.count("id");
  const std::string content = fields.text("content");
  if (id >= rows) fail("{}: has the id {}, the model has ids below {}", where, id, rows);
  add_piece(id, content, t);
  const bool is_normalized = fields.flag("normalized", true);
  Added added;
  added.text = is_normalized ? normalized(t, content) : content;
  if (added.text.empty() || added.text.size() > kLongestText) {
    fail("{}: a text of {} bytes cannot be looked for", where, added.text.size());
  }
  const bool single = fields.flag("single_word", false);
  if (single) set_word_points(t);
  added.token =
      schema::AddedToken(id, fields.flag("special", false), is_normalized,
                         fields.flag("lstrip", false), fields.flag("rstrip", false), single);
  fields.expect_all_read();
  return added;
}

}  // namespace

void add_tokens(const json& list, uint32_t rows, schema::WordTokenizerT& t,
                const std::string& where) {
  std::vector<Added> all;
  for (size_t i = 0; i < t.added.size(); ++i) all.push_back({t.added[i], t.added_texts[i]});
  for (size_t i = 0; i < list.size(); ++i) {
    all.push_back(read_token(list[i], rows, t, fmt::format("{}[{}]", where, i)));
  }
  const auto key = [](const Added& a) { return std::tuple(a.token.normalized(), a.text); };
  std::stable_sort(all.begin(), all.end(),
                   [&](const Added& a, const Added& b) { return key(a) < key(b); });
  t.added.clear();
  t.added_texts.clear();
  for (const Added& added : all) {
    if (!t.added.empty() && t.added.back().normalized() == added.token.normalized() &&
        t.added_texts.back() == added.text) {
      fail("{}: has {} twice", where, printable(added.text));
    }
    t.added.push_back(added.token);
    t.added_texts.push_back(added.text);
  }
}

}  // namespace fovea::tools
