// Any tokenizer table and any text: ids within the pieces and, where the table is a sound one,
// those of the oracle. The first bytes make the table, the rest is the text.

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "fovea/fovea.h"
#include "tests/reference/encode.h"
#include "tests/support/tiny_text.h"

namespace {

using fovea::test::Image;
namespace schema = fovea::schema;

// Takes numbers off the front of the input; zeros when there are no more.
class Bytes {
 public:
  Bytes(const uint8_t* data, size_t size) : data_(data), size_(size) {}

  uint8_t next() {
    if (size_ == 0) return 0;
    --size_;
    return *data_++;
  }
  std::string text(size_t size) {
    std::string result;
    while (result.size() < size) result += static_cast<char>(next());
    return result;
  }
  size_t left() const { return size_; }

 private:
  const uint8_t* data_;
  size_t size_;
};

schema::TokenizerT make_table(Bytes& bytes, uint8_t flags) {
  schema::TokenizerT t;
  t.name = "text";
  t.kind =
      (flags & 1) != 0 ? schema::TokenizerKind::ScoredMerges : schema::TokenizerKind::Characters;
  const size_t pieces = 1 + bytes.next() % 40;
  std::set<std::string> known;
  while (t.pieces.size() < pieces) {
    const uint8_t head = bytes.next();
    std::string piece = bytes.text(head % 5);
    if (head >= 250) piece = "<0x" + bytes.text(2) + ">";
    if ((flags & 2) == 0 && !known.insert(piece).second) {
      piece = "again " + std::to_string(t.pieces.size());
    }
    t.pieces.push_back(piece);
    t.scores.push_back(static_cast<float>(head / 32) - 4.0f);
  }
  if ((flags & 4) != 0) t.unknown = static_cast<int32_t>(bytes.next() % pieces);
  return t;
}

void decode_all(const fovea_model& model, int32_t pieces) {
  for (int32_t id = -2; id < pieces + 2; ++id) {
    char text[64];
    size_t size = 0;
    const fovea_code code = fovea_decode(&model, 0, id - 1, id, text, sizeof text, &size, nullptr);
    if ((code == FOVEA_OK) != (id >= 0 && id < pieces)) __builtin_trap();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Bytes bytes(data, size);
  const uint8_t flags = bytes.next();
  schema::TokenizerT table = make_table(bytes, flags);
  auto sorted = fovea::test::sorted_tokenizer(table);
  const bool sound = (flags & 10) == 0;  // no piece twice, ids in order
  if ((flags & 8) != 0) {
    for (uint32_t& id : sorted->sorted) id = bytes.next() % table.pieces.size();
  }
  const Image image = fovea::test::tiny_model(
      [&](schema::ModelT& model) { model.tokenizers.push_back(std::move(sorted)); });
  fovea_model model;
  if (fovea_open(image.span(), {}, &model, nullptr) != FOVEA_OK) __builtin_trap();
  const std::string text = bytes.text(bytes.left());
  std::vector<int32_t> ids(FOVEA_ENCODE_ROOM(text.size()));
  size_t count = 0;
  const fovea_code code =
      fovea_encode(&model, 0, text.data(), text.size(), ids.data(), ids.size(), &count, nullptr);
  ids.resize(count);
  for (const int32_t id : ids) {
    if (id < 0 || static_cast<size_t>(id) >= table.pieces.size()) __builtin_trap();
  }
  if (sound && table.kind == schema::TokenizerKind::ScoredMerges) {
    if (ids != fovea::reference::encode_merges({table.pieces, table.scores, table.unknown}, text)) {
      __builtin_trap();
    }
  } else if (code != FOVEA_OK && code != FOVEA_NO_PIECE) {
    __builtin_trap();
  }
  decode_all(model, static_cast<int32_t>(table.pieces.size()));
  return 0;
}
