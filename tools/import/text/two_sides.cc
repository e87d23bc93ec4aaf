#include "tools/import/text/two_sides.h"

#include <algorithm>
#include <map>
#include <string>

#include "tools/common/error.h"
#include "tools/common/mapped_file.h"
#include "tools/common/printable.h"
#include "tools/import/text/added_tokens.h"
#include "tools/import/text/sentence_piece.h"
#include "tools/import/text/sentence_piece_proto.h"
#include "tools/import/text/text_room.h"
#include "tools/import/text/tokenizer_json.h"
#include "tools/import/text/vocabulary_files.h"

namespace fovea::tools {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using Proto = SentencePieceProto;

// Pieces by id.
std::vector<std::string> read_vocabulary(const fs::path& path, uint32_t rows) {
  const json values = read_large_json(path.string());
  if (!values.is_object() || values.empty() || values.size() > rows) {
    fail("{}: has {} pieces; the model has {} ids", path.string(), values.size(), rows);
  }
  std::vector<std::string> pieces(values.size());
  std::vector<bool> there(values.size());
  for (const auto& [text, id] : values.items()) {
    if (!id.is_number_unsigned() || id >= pieces.size() || text.empty() || there[id]) {
      fail("{}: the id of {} is {}; ids must be 0 to {}, each once", path.string(), printable(text),
           id.dump(), pieces.size() - 1);
    }
    pieces[id] = text;
    there[id] = true;
  }
  return pieces;
}

class Side {
 public:
  Side(const fs::path& model, const fs::path& vocabulary, const json& config, uint32_t rows)
      : path_(model.string()), config_(config), rows_(rows) {
    pieces_ = read_vocabulary(vocabulary, rows);
    for (uint32_t id = 0; id < pieces_.size(); ++id) ids_[pieces_[id]] = id;
    unknown_ = id_of("unk_token", "<unk>");
    end_ = id_of("eos_token", "</s>");
    padding_ = id_of("pad_token", "<pad>");
    const MappedFile file(path_);
    read(read_proto(file.bytes(), path_));
  }

  std::unique_ptr<schema::WordTokenizerT> convert(const char* name) const {
    auto t = convert_sentence_piece(proto_, path_);
    t->name = name;
    add_tokens(json::array({{{"id", unknown_},
                             {"content", pieces_[unknown_]},
                             {"special", true},
                             {"normalized", false}}}),
               rows_, *t, path_);
    if (proto_.pieces.size() > pieces_.size()) t->known = static_cast<uint32_t>(pieces_.size());
    t->sorted.clear();
    for (const auto& [text, id] : ids_) t->sorted.push_back(id);
    t->code_begin = ">>";
    t->code_end = "<<";
    t->single = {-1, static_cast<int32_t>(end_)};
    t->pair = {-1, -2, static_cast<int32_t>(end_)};
    t->pair_types.assign(t->pair.size(), 0);
    set_room(*t);
    return t;
  }

 private:
  uint32_t id_of(const char* key, const char* otherwise) const {
    const std::string text = special_content(config_, key, otherwise);
    const auto found = ids_.find(text);
    if (found == ids_.end()) fail("{}: the vocabulary has no {}", path_, printable(text));
    return found->second;
  }

  // The model's pieces by the ids of the vocabulary; behind these are those that have none.
  void read(Proto model) {
    if (model.model != Proto::kUnigram) {
      fail("{}: is a model of BPE; with ids by vocab.json those of Unigram can be converted",
           path_);
    }
    std::vector<Proto::Piece> listed = std::move(model.pieces);
    proto_ = std::move(model);
    for (const std::string& text : pieces_) proto_.pieces.push_back({text, 0, Proto::kUnused});
    proto_.pieces[unknown_].type = Proto::kUnknown;
    proto_.pieces[end_].type = proto_.pieces[padding_].type = Proto::kControl;
    for (Proto::Piece& piece : listed) {
      if (piece.type == Proto::kUnknown || piece.type == Proto::kControl) continue;
      const auto found = ids_.find(piece.text);
      if (found == ids_.end()) {
        if (piece.type == Proto::kByte) {
          fail("{}: has the byte {}, which vocab.json has not; it cannot be converted", path_,
               printable(piece.text));
        }
        proto_.pieces.push_back(std::move(piece));
      } else if (proto_.pieces[found->second].type == Proto::kUnused) {
        proto_.pieces[found->second] = std::move(piece);
      }
    }
  }

  std::string path_;
  const json& config_;
  uint32_t rows_;
  std::vector<std::string> pieces_;
  std::map<std::string, uint32_t> ids_;
  uint32_t unknown_ = 0, end_ = 0, padding_ = 0;
  Proto proto_;
};

}  // namespace

bool has_two_sides(const fs::path& folder) {
  return fs::exists(folder / "source.spm");
}

std::vector<std::unique_ptr<schema::WordTokenizerT>> read_two_sides(const fs::path& folder,
                                                                    const json& config,
                                                                    uint32_t rows) {
  const json kind = config.value("tokenizer_class", json("MarianTokenizer"));
  if (kind != "MarianTokenizer") {
    fail("{}: what a {} makes of texts is not known; MarianTokenizer can be converted",
         (folder / "source.spm").string(), printable(kind.dump()));
  }
  const bool separate = config.value("separate_vocabs", json(false)) == true;
  std::vector<std::unique_ptr<schema::WordTokenizerT>> made;
  for (const char* name : {"source", "target"}) {
    const fs::path model = folder / (std::string(name) + ".spm");
    const bool other = separate && !made.empty();
    const fs::path vocabulary = folder / (other ? "target_vocab.json" : "vocab.json");
    for (const fs::path& path : {model, vocabulary}) {
      if (!fs::exists(path)) fail("{}: is missing beside source.spm", path.string());
    }
    made.push_back(Side(model, vocabulary, config, rows).convert(name));
  }
  return made;
}

}  // namespace fovea::tools
