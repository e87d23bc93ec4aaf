// The next token from logits: greedy or at random, in the caller's memory. Weights of tokens are
// integers, made from one division in float: the same logits, options and seed give the same tokens
// on every machine, where the compiler keeps to IEEE 754 (no -ffast-math).
//
//   fovea::Sampler::Candidate room[kVocabulary];
//   fovea::SamplerOptions options;
//   options.temperature = 0.7f;
//   fovea::Sampler sampler(options, room, kVocabulary);
//   const int32_t token = sampler.choose(logits.row(0), logits.width());
#ifndef FOVEA_SAMPLER_HPP_
#define FOVEA_SAMPLER_HPP_

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace fovea {
inline namespace api {

// In the order in which they count. Numbers that mean nothing count as those that change nothing.
struct SamplerOptions {
  // Logits of tokens that were there already are divided by it where they are above 0, otherwise
  // multiplied (Keskar et al. 2019); 1: no penalty.
  float repetition_penalty = 1;
  float temperature = 0;  // that logits are divided by; 0: always the likeliest token
  uint32_t top_k = 0;     // of the k likeliest only; 0: of all
  float top_p = 1;        // of the likeliest that together have this share (Holtzman et al. 2020)
  float min_p = 0;        // of those with this share of the likeliest's probability, or more
  uint64_t seed = 1;
};

class Sampler {
 public:
  struct Candidate {
    uint64_t weight;
    float logit;
    int32_t token;
  };

  // `room` holds `vocabulary` candidates, 8,388,608 at most; for the likeliest token without a
  // penalty none are needed (null).
  explicit Sampler(const SamplerOptions& options, Candidate* room = nullptr, size_t vocabulary = 0)
      : options_(options),
        room_(room),
        vocabulary_(room == nullptr ? 0 : std::min(vocabulary, kMostTokens)),
        state_(options.seed == 0 ? 1 : options.seed) {}

  // The index of the largest of `count` logits, the first of equal ones; -1 where not all of them
  // are finite numbers.
  static int32_t likeliest(const float* logits, size_t count) {
    size_t best = 0;
    for (size_t i = 0; i < count; ++i) {
      if (!(logits[i] - logits[i] == 0)) return -1;
      if (logits[i] > logits[best]) best = i;
    }
    return count == 0 ? -1 : static_cast<int32_t>(best);
  }

  // A token, or -1 where not all logits are finite numbers, or there are more than the room holds.
  // `history` are the tokens that the penalty is for, in any order; others than 0 to count - 1 are
  // left out.
  int32_t choose(const float* logits, size_t count, const int32_t* history = nullptr,
                 size_t history_count = 0) {
    const int32_t best = likeliest(logits, count);
    const bool greedy = !(options_.temperature > 0) || options_.top_k == 1;
    if (best < 0 || (greedy && !penalizes())) return best;
    if (count > vocabulary_) return -1;
    for (size_t i = 0; i < count; ++i) room_[i] = {0, logits[i], static_cast<int32_t>(i)};
    if (penalizes()) penalize(logits, count, history, history_count);
    const Candidate* first =
        std::max_element(room_, room_ + count,
                         [](const Candidate& a, const Candidate& b) { return a.logit < b.logit; });
    if (greedy) return first->token;
    return draw(keep(weigh(count, first->logit)));
  }

 private:
  static constexpr size_t kMostTokens = size_t{1} << 23;  // weights add up to 2^63 at most

  // Candidates that are left, and what their weights add up to.
  struct Kept {
    Candidate* first;
    Candidate* last;
    uint64_t sum;
  };

  bool penalizes() const {
    return options_.repetition_penalty > 0 && options_.repetition_penalty != 1;
  }

  void penalize(const float* logits, size_t count, const int32_t* history, size_t history_count) {
    for (size_t i = 0; i < history_count; ++i) {
      if (history[i] < 0 || static_cast<size_t>(history[i]) >= count) continue;
      const float logit = logits[history[i]];  // of a token that is there twice, once
      room_[history[i]].logit =
          logit > 0 ? logit / options_.repetition_penalty : logit * options_.repetition_penalty;
    }
  }

  // 2^-(part / 2^31) as a multiple of 2^-32: a polynomial of degree 7, right to 2e-9.
  static uint64_t power_of_half(uint32_t part) {
    constexpr int64_t kTerms[] = {4294967296, -2977044456, 1031764650, -238385580,
                                  41298605,   -5702925,    632554,     -46497};
    int64_t sum = 0;
    for (int i = 7; i >= 0; --i) {
      const int64_t product = sum * static_cast<int64_t>(part);
      sum = kTerms[i] + (product >= 0 ? product >> 31 : -(-product >> 31));
    }
    return static_cast<uint64_t>(sum);
  }

  // exp((logit - most) / temperature) as a multiple of 2^-40.
  uint64_t weight_of(float logit, float most) const {
    constexpr uint64_t kLog2E = 1549082005;  // log2(e) * 2^30
    const float below = (most - logit) / options_.temperature;
    if (!(below < 27)) return 0;  // less than 2^-38
    const auto fixed =
        static_cast<uint64_t>(below * 67108864.0f);  // * 2^26, exactly, but for its end
    const uint64_t power = fixed * kLog2E;           // * 2^56
    const auto part = static_cast<uint32_t>(power >> 25) & 0x7FFFFFFF;
    return (power_of_half(part) << 8) >> (power >> 56);
  }

  // Those of any weight, in the order of their tokens.
  Kept weigh(size_t count, float most) const {
    Kept kept = {room_, room_, 0};
    for (size_t i = 0; i < count; ++i) {
      const uint64_t weight = weight_of(room_[i].logit, most);
      if (weight == 0) continue;
      *kept.last = {weight, room_[i].logit, room_[i].token};
      ++kept.last;
      kept.sum += weight;
    }
    return kept;
  }

  // floor(share * whole) for a share from 0 to 1.
  static uint64_t part_of(uint64_t whole, float share) {
    const auto fixed = static_cast<uint64_t>(share * 4294967296.0f);
    return (whole >> 32) * fixed + (((whole & 0xFFFFFFFF) * fixed) >> 32);
  }

  static bool more_likely(const Candidate& a, const Candidate& b) {
    return a.weight != b.weight ? a.weight > b.weight : a.token < b.token;
  }

  // Candidates by likelihood, in order as far as they are asked for.
  struct Ranking {
    Candidate *first, *last;
    size_t sorted = 0;

    const Candidate& at(size_t i) {
      const auto count = static_cast<size_t>(last - first);
      if (i >= sorted) {
        const size_t more = std::min(count, std::max<size_t>(64, 2 * i));
        std::partial_sort(first + sorted, first + more, last, more_likely);
        sorted = more;
      }
      return first[i];
    }
  };

  // Only the likeliest, as the options say; where they say nothing, all in the order of their
  // tokens.
  Kept keep(const Kept& all) const {
    const bool by_share = options_.top_p >= 0 && options_.top_p < 1;
    const bool by_least = options_.min_p > 0 && options_.min_p <= 1;
    if (options_.top_k == 0 && !by_share && !by_least) return all;
    Ranking ranking = {all.first, all.last};
    size_t most = static_cast<size_t>(all.last - all.first);
    uint64_t sum = all.sum;
    if (options_.top_k > 0 && options_.top_k < most) {
      most = options_.top_k;
      sum = 0;
      for (size_t i = 0; i < most; ++i) sum += ranking.at(i).weight;
    }
    const uint64_t wanted = by_share ? part_of(sum, options_.top_p) : sum;
    const uint64_t least = by_least ? part_of(ranking.at(0).weight, options_.min_p) : 0;
    Kept kept = {all.first, all.first, 0};
    for (size_t i = 0; i < most; ++i) {
      const uint64_t weight = ranking.at(i).weight;
      if (i > 0 && (kept.sum >= wanted || weight < least)) break;
      kept.sum += weight;
      ++kept.last;
    }
    return kept;
  }

  // Where in 0 to sum - 1 the generator's next number falls: xorshift64* (Vigna 2016).
  int32_t draw(const Kept& kept) {
    state_ ^= state_ >> 12;
    state_ ^= state_ << 25;
    state_ ^= state_ >> 27;
    const uint64_t random = state_ * 0x2545F4914F6CDD1Du;
    uint64_t left = high_product(random, kept.sum);
    for (const Candidate* c = kept.first; c != kept.last; ++c) {
      if (left < c->weight) return c->token;
      left -= c->weight;
    }
    return (kept.last - 1)->token;
  }

  // floor(a * b / 2^64).
  static uint64_t high_product(uint64_t a, uint64_t b) {
    const uint64_t a1 = a >> 32, a0 = a & 0xFFFFFFFF, b1 = b >> 32, b0 = b & 0xFFFFFFFF;
    const uint64_t middle = a1 * b0 + ((a0 * b0) >> 32);
    const uint64_t other = a0 * b1 + (middle & 0xFFFFFFFF);
    return a1 * b1 + (middle >> 32) + (other >> 32);
  }

  SamplerOptions options_;
  Candidate* room_;
  size_t vocabulary_;
  uint64_t state_;
};

}  // namespace api
}  // namespace fovea

#endif  // FOVEA_SAMPLER_HPP_
