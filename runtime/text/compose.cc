#include "runtime/text/compose.h"

#include "runtime/text/hangul.h"

namespace fovea {
namespace {

constexpr uint32_t kNone = 0xFFFFFFFF;
constexpr uint32_t kClasses = 256;

class Composer {
 public:
  Composer(const schema::Normalization& table, TextOutput* out) : table_(table), out_(out) {}

  bool run(Text text) {
    while (text.size > 0) {
      const CodePoint point = first_point(text);
      const size_t size = class_of(point.value) == 0 ? point.size : marks_size(text);
      const Text front = {text.data, size};
      if (!(class_of(point.value) == 0 ? add_starter(point.value) : add_marks(front))) return false;
      text = {text.data + size, text.size - size};
    }
    flush();
    return true;
  }

 private:
  uint32_t class_of(uint32_t point) const {
    uint32_t low = 0, high = size_of(table_.marks());
    while (low < high) {
      const uint32_t middle = low + (high - low) / 2;
      const uint32_t mark = table_.marks()->Get(middle);
      if (mark == point) return table_.mark_classes()->Get(middle);
      if (mark < point) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return 0;
  }

  // Bytes of the marks that a text begins with.
  size_t marks_size(Text text) const {
    size_t size = 0;
    while (size < text.size) {
      const CodePoint point = first_point({text.data + size, text.size - size});
      if (class_of(point.value) == 0) break;
      size += point.size;
    }
    return size;
  }

  // Class after class, each in its own order.
  bool add_marks(Text marks) {
    for (uint32_t now = 0; now < kClasses;) {
      uint32_t next = kClasses;
      for (size_t i = 0; i < marks.size;) {
        const CodePoint point = first_point({marks.data + i, marks.size - i});
        const uint32_t own = class_of(point.value);
        if (own == now && !add(point.value, own)) return false;
        if (own > now && own < next) next = own;
        i += point.size;
      }
      now = next;
    }
    return true;
  }

  bool add_starter(uint32_t point) { return add(point, 0); }

  // What comes next in canonical order.
  bool add(uint32_t point, uint32_t mark_class) {
    // Nothing stands between the starter and this one that keeps them apart.
    const bool meets = starter_ != kNone && (out_->size == marks_ || last_class_ < mark_class);
    const uint32_t composed = meets ? composition(starter_, point) : 0;
    if (composed != 0) {
      starter_ = composed;
      return true;
    }
    if (mark_class == 0) {
      flush();
      if (out_->capacity - out_->size < kComposeRoom) return false;
      starter_ = point;
      out_->size += kComposeRoom;
      marks_ = out_->size;
      return true;
    }
    last_class_ = mark_class;
    return out_->add(point);
  }

  uint32_t composition(uint32_t first, uint32_t second) const {
    if (table_.hangul()) {
      const uint32_t syllable = hangul::compose(first, second);
      if (syllable != 0) return syllable;
    }
    uint32_t low = 0, high = size_of(table_.compositions());
    while (low < high) {
      const uint32_t middle = low + (high - low) / 2;
      const schema::Composition* c = table_.compositions()->Get(middle);
      if (c->first() == first && c->second() == second) return c->composed();
      if (c->first() < first || (c->first() == first && c->second() < second)) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return 0;
  }

  // Puts the starter into the room before its marks, and these behind it.
  void flush() {
    if (starter_ == kNone) return;
    char* const begin = out_->data + marks_ - kComposeRoom;
    const size_t size = write_point(starter_, begin);
    std::memmove(begin + size, out_->data + marks_, out_->size - marks_);
    out_->size -= kComposeRoom - size;
    starter_ = kNone;
  }

  const schema::Normalization& table_;
  TextOutput* out_;
  // Not written yet, for what follows may compose with it: kComposeRoom bytes are left for it
  // before those of its marks that do not.
  uint32_t starter_ = kNone;
  size_t marks_ = 0;         // where these begin
  uint32_t last_class_ = 0;  // of the last of them
};

}  // namespace

bool compose(const schema::Normalization& table, Text text, TextOutput* out) {
  return Composer(table, out).run(text);
}

}  // namespace fovea
