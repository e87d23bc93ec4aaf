// Finds the words of a text with an automaton of the model file.

#ifndef FOVEA_RUNTIME_TEXT_SPLIT_H_
#define FOVEA_RUNTIME_TEXT_SPLIT_H_

#include "runtime/error.h"
#include "runtime/text/vocabulary.h"

namespace fovea {

// Whether the automaton's tables fit each other. What passes keeps Words within them.
fovea_code verify_splitter(const schema::Splitter& splitter, const Where& where,
                           fovea_error* error);

// The words of `text`, from left to right, each a view into it: none overlap, none is empty, and
// where the splitter drops nothing they are the whole text. Bytes that are no UTF-8 read as U+FFFD.
class Words {
 public:
  // Steps of the automaton for each byte of the text, and one byte more. It makes one or two where
  // a word is not seen before much behind it is; a pattern that looks far ahead for each could take
  // time that grows with the square of the text.
  static constexpr uint64_t kSteps = 16;

  // The splitter has been verified. It and the text are referred to.
  Words(const schema::Splitter& splitter, Text text)
      : table_(splitter), text_(text), steps_(kSteps * (uint64_t{text.size} + 1)) {}

  // False at the end of the text, or where too many steps were made.
  bool next(Text* word);
  bool too_complex() const { return steps_ == 0; }

 private:
  size_t match();
  uint32_t class_of(uint32_t point) const;
  Text take(size_t size);

  const schema::Splitter& table_;
  Text text_;         // what has not been given yet
  size_t found_ = 0;  // bytes of the word that it is known to begin with
  uint64_t steps_;    // left
};

}  // namespace fovea

#endif  // FOVEA_RUNTIME_TEXT_SPLIT_H_
