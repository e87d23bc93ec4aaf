// fovea/beams.hpp: the texts that a search in double precision finds, which is written here as the
// literature has it, with lists of all that there is.

#include "fovea/beams.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <random>
#include <vector>

namespace fovea {
namespace {

using Ids = std::vector<int32_t>;
using Logits = std::vector<float>;

constexpr int32_t kVocabulary = 13, kEnd = 2;
constexpr double kNone = -std::numeric_limits<double>::infinity();

// What a model makes of a text: random, but the same each time.
Logits logits_of(const Ids& text, uint32_t seed) {
  std::seed_seq mix(text.begin(), text.end());
  std::vector<uint32_t> state(2);
  mix.generate(state.begin(), state.end());
  std::mt19937 random(state[0] ^ state[1] * 31 ^ seed);
  std::normal_distribution<float> normal(0, 2);
  Logits made(kVocabulary);
  for (float& logit : made) logit = normal(random);
  return made;
}

std::vector<double> logarithms(const Logits& logits) {
  double sum = 0;
  const double most = *std::max_element(logits.begin(), logits.end());
  for (const float logit : logits) sum += std::exp(logit - most);
  std::vector<double> made;
  for (const float logit : logits) made.push_back(logit - most - std::log(sum));
  return made;
}

bool repeats(const Ids& text, int32_t token, size_t row) {
  Ids whole = text;
  whole.push_back(token);
  const Ids end(whole.end() - static_cast<long>(std::min(row, whole.size())), whole.end());
  return end.size() == row &&
         std::search(text.begin(), text.end(), end.begin(), end.end()) != text.end();
}

struct Beam {
  double score;
  Ids text;
};

class Reference {
 public:
  Reference(const BeamSettings& settings, uint32_t seed) : s_(settings), seed_(seed) {}

  Beam search() {
    std::vector<Beam> beams = {{0, Ids(s_.start.ids, s_.start.ids + s_.start.count)}};
    bool improves = true;
    while (true) {
      const size_t size = beams[0].text.size();
      const bool last = size + 1 == s_.search.most;
      std::vector<Beam> all = extended(beams, size, last);
      const auto ends = [&](const Beam& b) { return last || s_.end.has(b.text.back()); };
      if (improves && !(at_once() && full())) {
        for (size_t i = 0; i < std::min<size_t>(all.size(), s_.search.beams); ++i) {
          if (ends(all[i])) found_.push_back({by_length(all[i].score, size + 1), all[i].text});
        }
        sort(found_);
        found_.resize(std::min<size_t>(found_.size(), s_.search.beams));
      }
      std::erase_if(all, ends);
      if (all.empty()) break;
      all.resize(std::min<size_t>(all.size(), s_.search.beams));
      beams = all;
      improves = improves && improvable(beams[0]);
      if (!improves || (at_once() && full())) break;
    }
    return found_.empty() ? Beam() : found_[0];
  }

 private:
  bool at_once() const { return s_.search.stopping == FOVEA_STOP_AT_ONCE; }
  bool full() const { return found_.size() == s_.search.beams; }

  bool improvable(const Beam& best) const {
    if (!full()) return true;
    const bool longest = s_.search.stopping == FOVEA_STOP_NEVER && s_.search.length_penalty > 0;
    return by_length(best.score, longest ? s_.search.most : best.text.size()) > found_.back().score;
  }

  double by_length(double score, size_t size) const {
    return score / std::pow(static_cast<double>(size - s_.start.count), s_.search.length_penalty);
  }

  static void sort(std::vector<Beam>& beams) {
    std::stable_sort(beams.begin(), beams.end(),
                     [](const Beam& a, const Beam& b) { return a.score > b.score; });
  }

  std::vector<Beam> extended(const std::vector<Beam>& beams, size_t size, bool last) const {
    std::vector<Beam> all;
    for (const Beam& beam : beams) {
      const std::vector<double> scores = allowed(beam.text, size - s_.start.count, last);
      for (int32_t token = 0; token < kVocabulary; ++token) {
        const double score = scores[static_cast<size_t>(token)];
        if (score == kNone) continue;
        all.push_back({beam.score + score, beam.text});
        all.back().text.push_back(token);
      }
    }
    sort(all);
    const size_t most = std::max<size_t>(2, 1 + s_.end.count) * s_.search.beams;
    all.resize(std::min(all.size(), most));
    return all;
  }

  std::vector<double> allowed(const Ids& text, size_t made, bool last) const {
    const bool first = made < s_.forced.count;
    if (first || (last && s_.last.count > 0)) {
      std::vector<double> scores(kVocabulary, kNone);
      scores[static_cast<size_t>(first ? s_.forced.ids[made] : s_.last.ids[0])] = 0;
      return scores;
    }
    std::vector<double> scores = logarithms(logits_of(text, seed_));
    for (int32_t token = 0; token < kVocabulary; ++token) {
      double& score = scores[static_cast<size_t>(token)];
      if (std::count(text.begin(), text.end(), token) > 0) score *= s_.search.repetition_penalty;
      const bool again = s_.search.no_repeat > 0 && repeats(text, token, s_.search.no_repeat);
      if (again || (text.size() < s_.search.least && s_.end.has(token)) ||
          s_.suppressed.has(token) || (made == s_.forced.count && s_.suppressed_first.has(token))) {
        score = kNone;
      }
    }
    return scores;
  }

  const BeamSettings& s_;
  uint32_t seed_;
  std::vector<Beam> found_;
};

// What the helper finds, with texts in place of caches.
Beam found(const BeamSettings& settings, uint32_t seed) {
  const fovea_search& s = settings.search;
  Ids room(BeamSearch::room(s.beams, s.most) + 2, -7);
  room.front() = room.back() = 77;
  BeamSearch search(settings, room.data() + 1);
  std::vector<Ids> texts = {Ids(settings.start.ids, settings.start.ids + settings.start.count)};
  while (true) {
    for (uint32_t i = 0; i < texts.size(); ++i) {
      REQUIRE(search.add(i, logits_of(texts[i], seed).data(), kVocabulary));
    }
    if (!search.step()) break;
    std::vector<Ids> next;
    for (uint32_t i = 0; i < search.beams(); ++i) {
      next.push_back(texts.at(search.from()[i]));
      next.back().push_back(search.tokens()[i]);
    }
    texts = next;
  }
  CHECK(room.front() == 77);
  CHECK(room.back() == 77);
  return {static_cast<double>(search.score()) / 4294967296.0,
          Ids(search.text(), search.text() + search.size())};
}

void compare(const BeamSettings& settings, uint32_t seed) {
  CAPTURE(seed);
  const Beam wanted = Reference(settings, seed).search(), made = found(settings, seed);
  CHECK(made.text == wanted.text);
  CHECK(made.score == doctest::Approx(wanted.score).epsilon(1e-7));
}

const int32_t kStart[] = {1}, kEnds[] = {kEnd, 5}, kForced[] = {7, 3}, kLast[] = {kEnd},
              kSuppressed[] = {4, 9}, kFirst[] = {6, 8, 10};

BeamSettings settings(uint32_t beams, uint32_t most) {
  BeamSettings made;
  made.search.beams = beams;
  made.search.most = most;
  made.start = {kStart, 1};
  made.end = {kEnds, 1};
  return made;
}

}  // namespace

TEST_CASE("beams find what a search in double precision finds") {
  for (const uint32_t beams : {1u, 2u, 3u, 4u, 6u}) {
    for (const float penalty : {1.0f, 0.0f, 2.0f, 0.6f, -1.0f}) {
      for (const auto stopping : {FOVEA_STOP_LIKELY, FOVEA_STOP_AT_ONCE, FOVEA_STOP_NEVER}) {
        CAPTURE(beams);
        CAPTURE(penalty);
        CAPTURE(stopping);
        BeamSettings s = settings(beams, 12);
        s.search.length_penalty = penalty;
        s.search.stopping = stopping;
        for (uint32_t seed = 0; seed < 20; ++seed) compare(s, seed);
        s.end.count = 2;
        for (uint32_t seed = 20; seed < 30; ++seed) compare(s, seed);
      }
    }
  }
}

TEST_CASE("beams keep to what is forced, forbidden and repeated") {
  for (uint32_t seed = 0; seed < 40; ++seed) {
    BeamSettings s = settings(3, 11);
    s.last = {kLast, 1};
    compare(s, seed);
    s.forced = {kForced, 2};
    compare(s, seed);
    s.suppressed = {kSuppressed, 2};
    s.suppressed_first = {kFirst, 3};
    compare(s, seed);
    s.search.least = 8;
    compare(s, seed);
    for (const uint32_t row : {1u, 2u, 3u}) {
      s.search.no_repeat = row;
      if (row > 1) compare(s, seed);
    }
    s.search.repetition_penalty = 1.5f;
    compare(s, seed);
    s.search.repetition_penalty = 0.5f;
    compare(s, seed);
  }
  BeamSettings s = settings(3, 9);
  s.search.no_repeat = 1;
  s.last = {};
  compare(s, 3);
}

TEST_CASE("a score is the same number on every machine") {
  uint64_t sum = 0;
  for (uint32_t seed = 0; seed < 50; ++seed) {
    BeamSettings s = settings(4, 12);
    s.search.length_penalty = 0.7f;
    const Ids start = {1};
    Ids room(BeamSearch::room(4, 12));
    BeamSearch search(s, room.data());
    Logits logits(kVocabulary);
    for (bool goes_on = true; goes_on;) {
      for (uint32_t i = 0; i < search.beams(); ++i) {
        for (int32_t k = 0; k < kVocabulary; ++k) {
          logits[static_cast<size_t>(k)] =
              static_cast<float>((seed * 31 + i * 7 + static_cast<uint32_t>(k) * 13) % 29) / 8;
        }
        REQUIRE(search.add(i, logits.data(), kVocabulary));
      }
      goes_on = search.step();
    }
    sum = sum * 31 + static_cast<uint64_t>(search.score());
  }
  CHECK(sum == 15040205811801487419u);
}

TEST_CASE("logits that are no numbers are refused, and infinitely small ones never chosen") {
  BeamSettings s = settings(2, 5);
  Ids room(BeamSearch::room(2, 5));
  BeamSearch search(s, room.data());
  Logits logits(kVocabulary, 0);
  logits[3] = std::numeric_limits<float>::quiet_NaN();
  CHECK_FALSE(search.add(0, logits.data(), kVocabulary));
  logits[3] = std::numeric_limits<float>::infinity();
  CHECK_FALSE(search.add(0, logits.data(), kVocabulary));
  CHECK_FALSE(search.add(0, logits.data(), 0));
  CHECK_FALSE(search.step());
  logits.assign(kVocabulary, std::numeric_limits<float>::lowest());
  logits[4] = 1;
  CHECK(search.add(0, logits.data(), kVocabulary));
  CHECK_FALSE(search.add(1, logits.data(), kVocabulary));  // there is one beam yet
  CHECK(search.step());
  CHECK(search.beams() == 1);
  CHECK(search.tokens()[0] == 4);
}

}  // namespace fovea
