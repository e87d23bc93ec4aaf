// Hangul syllables and the jamo that they are made of, by arithmetic (Unicode, 3.12).

#ifndef FOVEA_RUNTIME_TEXT_HANGUL_H_
#define FOVEA_RUNTIME_TEXT_HANGUL_H_

#include <stdint.h>

namespace fovea::hangul {

constexpr uint32_t kSyllable = 0xAC00, kLead = 0x1100, kVowel = 0x1161, kTail = 0x11A7;
constexpr uint32_t kLeads = 19, kVowels = 21, kTails = 28;  // the tail 0 is none
constexpr uint32_t kSyllables = kLeads * kVowels * kTails;

constexpr bool is_syllable(uint32_t point) {
  return point - kSyllable < kSyllables;
}
constexpr bool has_tail(uint32_t syllable) {
  return (syllable - kSyllable) % kTails != 0;
}

// What two code points make, 0 for nothing.
constexpr uint32_t compose(uint32_t first, uint32_t second) {
  if (first - kLead < kLeads && second - kVowel < kVowels) {
    return kSyllable + ((first - kLead) * kVowels + (second - kVowel)) * kTails;
  }
  const bool tail = second > kTail && second - kTail < kTails;
  return tail && is_syllable(first) && !has_tail(first) ? first + (second - kTail) : 0;
}

}  // namespace fovea::hangul

#endif  // FOVEA_RUNTIME_TEXT_HANGUL_H_
