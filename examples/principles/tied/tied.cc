// Keys and values for the decoder, made by the encoder's own matrices: fewer bytes, the same
// copies.

#include "examples/principles/principles.h"
#include "examples/principles/random.h"

namespace principles {
namespace {

constexpr int32_t kBegin = 0, kEnd = 1, kFirstLetter = 2;
constexpr uint32_t kLetters = 16, kAlphabet = 26;
constexpr int kSources = 50;
// What make.py ties: a matrix for keys and one for values, both [32, 61], in panels of 16 outputs.
constexpr size_t kTiedBytes = 2 * 32 * 61 * sizeof(float);

// Letters that are copied to their place; bits of the logits are added up in `crc`.
size_t copied(const Net& net, std::vector<int32_t> source, uint32_t& crc) {
  must(net.session().reset());
  source.push_back(kEnd);
  const fovea::Method encode = net.method("encode"), decode = net.method("decode");
  must(encode.set_list("source", source.data(), source.size()));
  must(encode.run());
  size_t count = 0;
  int32_t token = kBegin;
  for (size_t i = 0; i < source.size() && token == (i == 0 ? kBegin : source[i - 1]); ++i) {
    token = must(decode.next(&token, 1));
    const auto logits = must(decode.output<float>("logits"));
    crc = fovea_crc32(crc, logits.data(), logits.size() * sizeof(float));
    count += token == source[i] && token != kEnd;
  }
  return count;
}

size_t copied_in_all(const Net& net, uint32_t& crc) {
  Random random(1);
  size_t count = 0;
  for (int i = 0; i < kSources; ++i) {
    std::vector<int32_t> source(kLetters);
    for (int32_t& letter : source) {
      letter = kFirstLetter + static_cast<int32_t>(random.below(kAlphabet));
    }
    count += copied(net, source, crc);
  }
  return count;
}

}  // namespace

void tied(const Place& place, Report& report) {
  const Net apart(place, "tied_apart"), shared(place, "tied_shared");
  constexpr size_t kAll = size_t{kSources} * kLetters;
  uint32_t crc = 0, shared_crc = 0;
  report.count("letters copied, keys and values of its own", copied_in_all(apart, crc), kAll, kAll);
  report.count("letters copied, the encoder's", copied_in_all(shared, shared_crc), kAll, kAll);
  report.near("difference of the logits' checksums", crc - shared_crc, 0, 0);
  report.near(
      "bytes of weights saved",
      static_cast<double>(apart.weight_bytes()) - static_cast<double>(shared.weight_bytes()),
      kTiedBytes, 0);
}

}  // namespace principles
