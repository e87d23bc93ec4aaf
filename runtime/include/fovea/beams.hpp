// The likeliest text that a decoder may write, looked for with beams, in the caller's memory: what
// transformers' beam search finds. Logarithms of probabilities are whole multiples of 2^-32, made
// of differences of logits: the same logits and settings give the same tokens on every machine.
//
// Each beam is a sequence of the decoder's caches: the model is converted with --max batch=BEAMS.
//
//   int32_t room[fovea::BeamSearch::room(4, 64)];
//   fovea::BeamSettings settings;           // or beam_settings(model)
//   settings.search.beams = 4;
//   settings.search.most = 64;
//   fovea::BeamSearch search(settings, room);
//   ... encode one text, feed what the decoder begins with to sequence 0 ...
//   search.add(0, logits.row(0), logits.width());
//   while (search.step()) {
//     ... fovea_arrange(session, cache, search.from(), search.beams(), &error) of the caches that
//         `decode` appends to, after the first step of those that `encode` fills, too;
//         feed search.tokens() to sequences 0 to search.beams() - 1, one each ...
//     for (uint32_t i = 0; i < search.beams(); ++i) search.add(i, logits.row(i), logits.width());
//   }
//   ... search.text(), search.size() ...
#ifndef FOVEA_BEAMS_HPP_
#define FOVEA_BEAMS_HPP_

#include <cstddef>
#include <cstdint>

#include "fovea/fovea.h"

namespace fovea {
inline namespace api {

struct TokenList {
  const int32_t* ids = nullptr;
  uint32_t count = 0;

  bool has(int32_t id) const {
    for (uint32_t i = 0; i < count; ++i) {
      if (ids[i] == id) return true;
    }
    return false;
  }
};

struct BeamSettings {
  fovea_search search = {1, 1, FOVEA_STOP_LIKELY, 0, 0, 0, 1};
  // As fovea_special says. `forced` are the first tokens, `last` comes where no other may follow.
  TokenList start, end, forced, last, suppressed, suppressed_first;
};

// What a file says. `most` is still to be set where the file does not.
inline BeamSettings beam_settings(const fovea_model& model) {
  const auto list = [&](fovea_special kind) {
    TokenList made;
    made.ids = fovea_special_ids(&model, kind, &made.count);
    return made;
  };
  BeamSettings made;
  made.search = fovea_search_settings(&model);
  made.start = list(FOVEA_SPECIAL_START);
  made.end = list(FOVEA_SPECIAL_END);
  made.forced = list(FOVEA_SPECIAL_FORCED);
  made.last = list(FOVEA_SPECIAL_FORCED_LAST);
  made.suppressed = list(FOVEA_SPECIAL_SUPPRESSED);
  made.suppressed_first = list(FOVEA_SPECIAL_SUPPRESSED_FIRST);
  return made;
}

class BeamSearch {
 public:
  static constexpr uint32_t kMostBeams = 64;
  static constexpr uint32_t kMostEnds = 15;  // tokens that end a text

  // int32 that a search takes: texts that are written, those that come next, and those found.
  static constexpr size_t room(uint32_t beams, uint32_t most) {
    return 3 * size_t{beams} * most + kCandidateInts * (kMostEnds + 1) * size_t{beams} +
           kBeamInts * size_t{beams} + 2;
  }

  // `room` as above, of the settings' beams and `most`, the tokens of `start` among them. Settings
  // that mean nothing are brought within their bounds.
  BeamSearch(const BeamSettings& settings, int32_t* room) : settings_(settings) {
    fovea_search& s = settings_.search;
    if (s.beams == 0) s.beams = 1;
    if (s.beams > kMostBeams) s.beams = kMostBeams;
    if (settings_.end.count > kMostEnds) settings_.end.count = kMostEnds;
    if (!(s.length_penalty < kMostPenalty)) s.length_penalty = kMostPenalty;
    if (!(s.length_penalty > -kMostPenalty)) s.length_penalty = -kMostPenalty;
    if (!(s.repetition_penalty > 0 && s.repetition_penalty < kMostPenalty)) {
      s.repetition_penalty = 1;
    }
    const uint32_t per_beam = settings_.end.count == 0 ? 2 : settings_.end.count + 1;
    most_candidates_ = per_beam * s.beams;
    // Numbers of eight bytes come first.
    const auto at = reinterpret_cast<uintptr_t>(room);
    room += at % 8 / sizeof(int32_t);
    candidates_ = reinterpret_cast<Candidate*>(room);
    beams_ = reinterpret_cast<Beam*>(room + kCandidateInts * (kMostEnds + 1) * size_t{s.beams});
    texts_ = reinterpret_cast<int32_t*>(beams_ + s.beams);
    next_ = texts_ + size_t{s.beams} * s.most;
    found_ = next_ + size_t{s.beams} * s.most;
    for (uint32_t i = 0; i < s.beams; ++i) beams_[i] = {0, kNothing, 0, 0};
    size_ = settings_.start.count;
    if (size_ > s.most) size_ = s.most;
    for (uint32_t i = 0; i < size_; ++i) texts_[i] = settings_.start.ids[i];
  }

  // The logits of what a beam goes on with; from the first one on, each beam once a step. False
  // where not all of them are finite numbers: nothing can be chosen then.
  bool add(uint32_t beam, const float* logits, size_t count) {
    const int64_t whole = sum_of(logits, count);
    if (whole == kNothing || beam >= active_) return false;
    const int32_t forced = forced_token();
    if (forced >= 0) {
      if (static_cast<size_t>(forced) < count) offer({beams_[beam].score, beam, forced});
      return true;
    }
    const float most = largest(logits, count);
    for (size_t i = 0; i < count; ++i) {
      const auto token = static_cast<int32_t>(i);
      const int64_t below = fixed(most - logits[i]);
      if (below == kNothing) continue;
      int64_t own = -below - whole;
      if (!penalizes() && !counts(beams_[beam].score + own)) continue;
      if (!may_follow(beam, token)) continue;
      if (penalizes() && is_in(beam, token)) own = penalized(own);
      offer({beams_[beam].score + own, beam, token});
    }
    return true;
  }

  // Chooses what the beams go on with. False where the search has ended.
  bool step() {
    if (size_ >= settings_.search.most || candidate_count_ == 0) return false;
    const bool last = size_ + 1 == settings_.search.most;
    find_texts(last);
    const bool all_end = !choose_beams(last);
    candidate_count_ = 0;
    ++size_;
    improves_ = improves_ && may_improve();
    const bool full = settings_.search.stopping == FOVEA_STOP_AT_ONCE && found_all();
    return improves_ && !full && !all_end;
  }

  // Of the step: how many sequences there are now, which one each goes on from, with which token.
  uint32_t beams() const { return active_; }
  const uint32_t* from() const { return from_; }
  const int32_t* tokens() const { return tokens_; }

  // The likeliest text that was found, with what it begins with; none where nothing was.
  const int32_t* text() const { return found_; }
  uint32_t size() const { return beams_[0].found_size; }
  // The sum of its logarithms by its length, as settings say, in multiples of 2^-32.
  int64_t score() const { return beams_[0].found; }

 private:
  static constexpr int64_t kNothing = INT64_MIN;
  static constexpr float kMostPenalty = 1000;
  static constexpr size_t kCandidateInts = 4, kBeamInts = 6;

  struct Candidate {
    int64_t score;
    uint32_t beam;
    int32_t token;
  };
  struct Beam {
    int64_t score;        // of the text that is written
    int64_t found;        // of the text that was found, by its length
    uint32_t found_size;  // 0: there is none
    uint32_t unused;
  };
  static_assert(sizeof(Candidate) == kCandidateInts * sizeof(int32_t), "room() counts them");
  static_assert(sizeof(Beam) == kBeamInts * sizeof(int32_t), "room() counts them");

  // ---- Numbers, all of them multiples of 2^-32 ----

  // A difference of logits, 0 or more. Large ones count as infinite.
  static int64_t fixed(float below) {
    if (!(below < 16384.0f)) return kNothing;
    return static_cast<int64_t>(below * 4294967296.0f);  // exactly, but for its end
  }

  static float largest(const float* logits, size_t count) {
    float most = logits[0];
    for (size_t i = 1; i < count; ++i) most = logits[i] > most ? logits[i] : most;
    return most;
  }

  static uint64_t high_product(uint64_t a, uint64_t b) {
    const uint64_t a1 = a >> 32, a0 = a & 0xFFFFFFFF, b1 = b >> 32, b0 = b & 0xFFFFFFFF;
    const uint64_t middle = a1 * b0 + ((a0 * b0) >> 32);
    const uint64_t other = a0 * b1 + (middle & 0xFFFFFFFF);
    return a1 * b1 + (middle >> 32) + (other >> 32);
  }

  // 2^-(part / 2^32) as a multiple of 2^-62, right to 2^-40: squares of it, down to 1 + x.
  static uint64_t power_of_half(uint32_t part) {
    // x = part * ln(2) / 2^32; exp(-x) by its series.
    constexpr uint64_t kLn2 = 0xB17217F7D1CF79AB;                 // * 2^64
    const uint64_t x = high_product(kLn2, uint64_t{part} << 32);  // * 2^64
    uint64_t term = uint64_t{1} << 62, sum = term;
    for (uint64_t i = 1; i < 20; ++i) {
      term = high_product(term, x) / i;
      sum = i % 2 == 1 ? sum - term : sum + term;
    }
    return sum;
  }

  // exp(-below) as a multiple of 2^-40, right to 2e-9: one of a whole vocabulary.
  static uint64_t power(int64_t below) {
    constexpr uint64_t kLog2E = 0x171547652B82FE17;  // log2(e) * 2^60
    constexpr int64_t kTerms[] = {4294967296, -2977044456, 1031764650, -238385580,
                                  41298605,   -5702925,    632554,     -46497};
    if (below > int64_t{27} << 32) return 0;
    const uint64_t halves = high_product(static_cast<uint64_t>(below) << 4, kLog2E);  // * 2^32
    const auto part = static_cast<int64_t>(static_cast<uint32_t>(halves) >> 1);       // * 2^31
    int64_t sum = 0;
    for (int i = 7; i >= 0; --i) {
      const int64_t product = sum * part;
      sum = kTerms[i] + (product >= 0 ? product >> 31 : -(-product >> 31));
    }
    return (static_cast<uint64_t>(sum) << 8) >> (halves >> 32);
  }

  // log2 of a number that is not 0, by squaring: * 2^32.
  static int64_t log2(uint64_t number) {
    uint32_t whole = 63;
    for (; (number >> 63) == 0; number <<= 1) --whole;
    uint64_t part = 0;
    for (int bit = 0; bit < 33; ++bit) {  // number is 2^63 to 2^64 - 1
      const uint64_t square = high_product(number, number);
      const bool above = (square >> 63) != 0;
      number = above ? square : square << 1;
      part = part << 1 | (above ? 1 : 0);
    }
    return (static_cast<int64_t>(whole) << 32) + static_cast<int64_t>((part + 1) >> 1);
  }

  // The logarithm of the sum of the exponentials, less the largest logit: * 2^32. kNothing where
  // one is no finite number.
  static int64_t sum_of(const float* logits, size_t count) {
    if (count == 0) return kNothing;
    for (size_t i = 0; i < count; ++i) {
      if (!(logits[i] - logits[i] == 0)) return kNothing;
    }
    const float most = largest(logits, count);
    uint64_t sum = 0;  // * 2^40
    for (size_t i = 0; i < count; ++i) {
      const int64_t below = fixed(most - logits[i]);
      if (below != kNothing) sum += power(below);
    }
    constexpr uint64_t kLn2 = 0xB17217F7D1CF79AB;  // * 2^64
    const int64_t halves = log2(sum) - (int64_t{40} << 32);
    return static_cast<int64_t>(high_product(kLn2, static_cast<uint64_t>(halves < 0 ? 0 : halves)));
  }

  // A score by how many tokens it is of: score / count ^ length_penalty.
  int64_t by_length(int64_t score, uint32_t count) const {
    if (count <= 1 || settings_.search.length_penalty == 0) return score;
    const float penalty = settings_.search.length_penalty;
    const auto exponent = static_cast<int64_t>(penalty * 4294967296.0f);  // * 2^32
    const int64_t log = log2(count);                                      // * 2^32
    const bool divides = exponent > 0;
    const auto size = static_cast<uint64_t>(divides ? exponent : -exponent);
    const uint64_t halves = high_product(size << 16, static_cast<uint64_t>(log) << 16);  // * 2^32
    const uint32_t whole = static_cast<uint32_t>(halves >> 32);
    const auto part = static_cast<uint32_t>(halves);
    const bool below = score < 0;
    const auto own = static_cast<uint64_t>(below ? -score : score);
    uint64_t made;
    if (divides) {
      made = whole > 63 ? 0 : (high_product(own, power_of_half(part)) << 2) >> whole;
    } else {
      // 2^part is 2 * 2^-(1 - part).
      const uint64_t more = part == 0 ? uint64_t{1} << 62 : power_of_half(0u - part);
      const uint32_t doubled = whole + (part == 0 ? 0 : 1);
      made = high_product(own, more) << 2;
      made = doubled > 20 || made >> (62 - doubled) != 0 ? uint64_t{1} << 62 : made << doubled;
    }
    return below ? -static_cast<int64_t>(made) : static_cast<int64_t>(made);
  }

  // ---- What may come next ----

  bool penalizes() const { return settings_.search.repetition_penalty != 1; }
  // Logarithms are 0 or less.
  int64_t penalized(int64_t score) const {
    const auto factor = static_cast<uint64_t>(settings_.search.repetition_penalty * 65536.0f);
    return -static_cast<int64_t>(high_product(static_cast<uint64_t>(-score) << 16, factor << 32));
  }

  const int32_t* text_of(uint32_t beam) const {
    return texts_ + size_t{beam} * settings_.search.most;
  }
  bool is_in(uint32_t beam, int32_t token) const {
    const int32_t* text = text_of(beam);
    for (uint32_t i = 0; i < size_; ++i) {
      if (text[i] == token) return true;
    }
    return false;
  }

  int32_t forced_token() const {
    const uint32_t made = size_ - settings_.start.count;
    if (made < settings_.forced.count) return settings_.forced.ids[made];
    const bool last = size_ + 1 == settings_.search.most;
    return last && settings_.last.count > 0 ? settings_.last.ids[0] : -1;
  }

  bool may_follow(uint32_t beam, int32_t token) const {
    const fovea_search& s = settings_.search;
    if (size_ < s.least && settings_.end.has(token)) return false;
    if (settings_.suppressed.has(token)) return false;
    const uint32_t made = size_ - settings_.start.count;
    if (made == settings_.forced.count && settings_.suppressed_first.has(token)) return false;
    return s.no_repeat == 0 || !comes_again(beam, token, s.no_repeat);
  }

  // Whether the token would end a row of so many that the text has already.
  bool comes_again(uint32_t beam, int32_t token, uint32_t row) const {
    const int32_t* text = text_of(beam);
    for (uint32_t i = row - 1; i < size_; ++i) {
      if (text[i] != token) continue;
      uint32_t same = 0;
      while (same + 1 < row && text[i - 1 - same] == text[size_ - 1 - same]) ++same;
      if (same + 1 == row) return true;
    }
    return false;
  }

  // Whether a score is among the best so far.
  bool counts(int64_t score) const {
    return candidate_count_ < most_candidates_ || score > candidates_[candidate_count_ - 1].score;
  }

  // Keeps the best, of equal ones the first.
  void offer(const Candidate& c) {
    uint32_t at = candidate_count_;
    if (at == most_candidates_) {
      if (c.score <= candidates_[at - 1].score) return;
      --at;
    } else {
      ++candidate_count_;
    }
    for (; at > 0 && candidates_[at - 1].score < c.score; --at)
      candidates_[at] = candidates_[at - 1];
    candidates_[at] = c;
  }

  // ---- A step ----

  bool ends(const Candidate& c, bool last) const { return last || settings_.end.has(c.token); }

  // Texts that end now, of the best beams alone, where they are better than those found.
  void find_texts(bool last) {
    const bool full = settings_.search.stopping == FOVEA_STOP_AT_ONCE && found_all();
    if (full || !improves_) return;
    for (uint32_t i = 0; i < candidate_count_ && i < settings_.search.beams; ++i) {
      const Candidate& c = candidates_[i];
      if (!ends(c, last)) continue;
      keep(c, by_length(c.score, size_ + 1 - settings_.start.count));
    }
  }

  void keep(const Candidate& c, int64_t score) {
    const uint32_t count = settings_.search.beams, most = settings_.search.most;
    uint32_t at = count;
    while (at > 0 && (beams_[at - 1].found_size == 0 || beams_[at - 1].found < score)) --at;
    if (at == count) return;
    for (uint32_t i = count - 1; i > at; --i) {
      beams_[i].found = beams_[i - 1].found;
      beams_[i].found_size = beams_[i - 1].found_size;
      copy(found_ + size_t{i} * most, found_ + size_t{i - 1} * most, beams_[i].found_size);
    }
    beams_[at].found = score;
    beams_[at].found_size = size_ + 1;
    int32_t* text = found_ + size_t{at} * most;
    copy(text, text_of(c.beam), size_);
    text[size_] = c.token;
  }

  // False where none goes on.
  bool choose_beams(bool last) {
    const uint32_t most = settings_.search.most;
    uint32_t count = 0;
    for (uint32_t i = 0; i < candidate_count_ && count < settings_.search.beams; ++i) {
      const Candidate& c = candidates_[i];
      if (ends(c, last)) continue;
      int32_t* text = next_ + size_t{count} * most;
      copy(text, text_of(c.beam), size_);
      text[size_] = c.token;
      from_[count] = c.beam;
      tokens_[count] = c.token;
      scores_[count] = c.score;
      ++count;
    }
    for (uint32_t i = 0; i < count; ++i) beams_[i].score = scores_[i];
    int32_t* const made = next_;
    next_ = texts_;
    texts_ = made;
    active_ = count;
    return count > 0;
  }

  bool found_all() const { return beams_[settings_.search.beams - 1].found_size > 0; }

  // Whether the best beam might still become better than the worst text found.
  bool may_improve() const {
    if (!found_all()) return true;
    if (active_ == 0) return false;
    const fovea_search& s = settings_.search;
    const bool longest = s.stopping == FOVEA_STOP_NEVER && s.length_penalty > 0;
    const uint32_t count = (longest ? s.most : size_) - settings_.start.count;
    return by_length(beams_[0].score, count) > beams_[s.beams - 1].found;
  }

  static void copy(int32_t* to, const int32_t* from, uint32_t count) {
    for (uint32_t i = 0; i < count; ++i) to[i] = from[i];
  }

  BeamSettings settings_;
  Candidate* candidates_;  // [most_candidates_], the best first
  uint32_t most_candidates_, candidate_count_ = 0;
  Beam* beams_;     // [beams]; what was found by its rank
  int32_t* texts_;  // [beams][most] that are written
  int32_t* next_;   // the same after the step
  int32_t* found_;  // [beams][most], the best first
  uint32_t size_;   // tokens of every text that is written
  uint32_t active_ = 1;
  bool improves_ = true;
  uint32_t from_[kMostBeams] = {};
  int32_t tokens_[kMostBeams] = {};
  int64_t scores_[kMostBeams] = {};
};

}  // namespace api
}  // namespace fovea

#endif  // FOVEA_BEAMS_HPP_
