#include "tests/tools/families/runs.h"

#include <algorithm>
#include <cmath>

namespace fovea::test {

namespace {

Numbers slice(const Numbers& numbers, size_t first, size_t count) {
  if (numbers.empty()) return {};
  const auto begin = numbers.begin() + static_cast<ptrdiff_t>(first);
  return {begin, begin + static_cast<ptrdiff_t>(count)};
}

}  // namespace

Outputs run_alone(Session& session, const char* method, const Reference& r, size_t chunk) {
  Outputs made;
  for (const auto& entry : r.outputs) made[entry.first] = {};
  size_t first = 0;
  int sequence = 0;
  for (const float length : r.lengths) {
    session.reset();
    session.encode(r, sequence++);
    const size_t end = first + static_cast<size_t>(length);
    for (; first < end;) {
      const size_t count = std::min(chunk, end - first);
      Reference given;
      given.tokens = slice(r.tokens, first, count);
      given.lengths = {static_cast<float>(count)};
      given.types = slice(r.types, first, count);
      given.boxes = slice(r.boxes, 4 * first, 4 * count);
      session.run(method, given, made);
      first += count;
    }
  }
  return made;
}

Outputs run_images(Session& session, const std::string& method, const Reference& r, size_t most) {
  Outputs made;
  for (const auto& entry : r.outputs) made[entry.first] = {};
  const size_t pixels = r.pixels.size() / r.images;
  for (size_t first = 0; first < r.images; first += most) {
    const size_t count = std::min(most, r.images - first);
    session.run_images(method.c_str(), slice(r.pixels, first * pixels, count * pixels), count,
                       made);
  }
  return made;
}

Outputs run_packed(Session& session, const char* method, const Reference& r) {
  Outputs made;
  for (const auto& entry : r.outputs) made[entry.first] = {};
  session.reset();
  session.encode(r, -1);
  session.run(method, r, made);
  return made;
}

Outputs run_samples(Session& session, const Reference& r, size_t sequences) {
  constexpr size_t kSequences = 4;
  Outputs made;
  for (const auto& entry : r.outputs) made[entry.first] = {};
  const Numbers& heard = r.samples.empty() ? r.features : r.samples;
  const size_t count = heard.size() / kSequences * sequences;
  for (size_t at = 0; at < heard.size(); at += count) {
    const char* input = r.samples.empty() ? r.features_are.c_str() : "samples";
    session.hear(input, slice(heard, at, count), sequences);
    session.take(made);
  }
  return made;
}

double worst_of(const Outputs& made, const Outputs& wanted) {
  double worst = 0;
  for (const auto& output : wanted) {
    const auto& name = output.first;
    const Numbers& numbers = output.second;
    CAPTURE(name);
    const Numbers& found = made.at(name);
    REQUIRE(found.size() == numbers.size());
    double error = 0, most = 0;
    for (size_t i = 0; i < numbers.size(); ++i) {
      const double e = std::abs(double{found[i]} - numbers[i]);
      error = std::isnan(e) ? INFINITY : std::max(error, e);
      most = std::max(most, std::abs(double{numbers[i]}));
    }
    worst = std::max(worst, error / most);
  }
  return worst;
}

}  // namespace fovea::test
