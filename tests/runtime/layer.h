// A layer of attention by itself, whose queries, keys and values are inputs: element i of token t
// of a stream is the same however the tokens come in runs.

#ifndef FOVEA_TESTS_RUNTIME_LAYER_H_
#define FOVEA_TESTS_RUNTIME_LAYER_H_

#include <cmath>
#include <vector>

#include "tests/reference/attention.h"
#include "tests/runtime/handmade.h"

namespace fovea::test {

inline constexpr uint32_t kHeads = 2, kKeyWidth = 8, kValueWidth = 12;
inline constexpr float kScale = 3.0f;

struct LayerShape {
  uint32_t tokens = 1, context = 0, ring = 0, first = 0;  // of a run; of the cache
  uint32_t before = UINT32_MAX, kept = 0;
  uint32_t sequences = 1;  // packed where there are several
  bool prefix = false;
};

inline schema::AttentionT layer_attention(const LayerShape& s) {
  schema::AttentionT a;
  a.heads = kHeads;
  a.kv_heads = 1;
  a.key_width = kKeyWidth;
  a.value_width = kValueWidth;
  a.causal = true;
  a.scale = kScale;
  a.scoring = std::make_unique<schema::ScoringT>();
  a.scoring->before = s.before;
  a.scoring->kept = s.kept;
  return a;
}

inline schema::StoreKeyValueT layer_store() {
  schema::StoreKeyValueT store;
  store.heads = 1;
  store.key_width = kKeyWidth;
  store.value_width = kValueWidth;
  return store;
}

inline Image layer_image(const LayerShape& s) {
  Handmade m;
  const int32_t tokens = m.dim("tokens", s.tokens);
  m.model.sequences = s.sequences;
  if (s.sequences > 1) {
    m.method.lengths = m.input("lengths", {s.sequences}, {}, schema::DType::Int32);
    m.method.packed = 0;
  }
  m.cache(s.context, 1, kKeyWidth, kValueWidth, s.ring, s.first);
  const auto input = [&](const char* name, uint32_t width) {
    return m.input(name, {1, width}, {tokens, -1});
  };
  const int32_t query = input("query", kHeads * kKeyWidth), keys = input("keys", kKeyWidth);
  const int32_t values = input("values", kValueWidth);
  const int32_t y = m.tensor("y", {1, kHeads * kValueWidth}, {tokens, -1});
  m.op(layer_store(), {keys, values}, {}, {}, {0, 1});
  std::vector<int32_t> inputs = {query, -1, -1, -1, -1};
  if (s.prefix) inputs.push_back(m.input("prefix", {s.sequences}, {}, schema::DType::Int32));
  m.op(layer_attention(s), inputs, {y}, {}, {0, 1});
  m.update(schema::UpdateMode::Append, tokens);
  return m.image(y);
}

// Within -1 and 1.
inline float stream(uint64_t sequence, uint64_t token, uint64_t element) {
  uint64_t z = (sequence << 56) + (token << 16) + element + 0x9E3779B97F4A7C15u;
  z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
  z = (z ^ z >> 27) * 0x94D049BB133111EBu;
  return static_cast<float>((z ^ z >> 31) >> 40) * 0x1p-23f - 1.0f;
}

// Which elements of the stream a token's query, key and value are.
enum : uint64_t { kQueryAt = 0, kKeyAt = 100, kValueAt = 200 };

// What the query of a token is to give, of a head, by the keys of these tokens.
inline Doubles expected_of(uint64_t sequence, uint64_t token, uint32_t head,
                           const std::vector<uint64_t>& seen) {
  Doubles query, keys, values;
  for (uint32_t i = 0; i < kKeyWidth; ++i) {
    query.push_back(double{stream(sequence, token, kQueryAt + head * kKeyWidth + i)});
  }
  for (const uint64_t t : seen) {
    for (uint32_t i = 0; i < kKeyWidth; ++i) {
      keys.push_back(double{stream(sequence, t, kKeyAt + i)});
    }
    for (uint32_t i = 0; i < kValueWidth; ++i) {
      values.push_back(double{stream(sequence, t, kValueAt + i)});
    }
  }
  Scores scores;
  scores.scale = double{kScale};
  return attend(query.data(), keys.data(), values.data(), seen.size(), kKeyWidth, kValueWidth,
                scores)
      .y;
}

// A run's tokens of a sequence: so many, from a token on.
struct Chunk {
  uint64_t first;
  uint32_t count;
};

class LayerSession : public HandmadeSession {
 public:
  explicit LayerSession(Image image) : HandmadeSession(std::move(image)) {}

  template <class T>
  T* data(const char* name) const {
    fovea_tensor tensor;
    REQUIRE(fovea_input(session, 0, name, &tensor, nullptr) == FOVEA_OK);
    return static_cast<T*>(tensor.data);
  }

  // Sets the dim and all inputs but the prefix.
  void set(const std::vector<Chunk>& chunks) const {
    uint32_t rows = 0;
    for (const Chunk& c : chunks) rows += c.count;
    set_dim(0, rows);
    for (size_t b = 0; chunks.size() > 1 && b < chunks.size(); ++b) {
      data<int32_t>("lengths")[b] = static_cast<int32_t>(chunks[b].count);
    }
    fill_rows("query", chunks, kQueryAt, kHeads * kKeyWidth);
    fill_rows("keys", chunks, kKeyAt, kKeyWidth);
    fill_rows("values", chunks, kValueAt, kValueWidth);
  }

  const float* run() const {
    fovea_error error;
    REQUIRE_MESSAGE(fovea_run(session, 0, &error) == FOVEA_OK, sentence(error, &model));
    fovea_tensor y;
    REQUIRE(fovea_output(session, 0, "y", &y, nullptr) == FOVEA_OK);
    return static_cast<const float*>(y.data);
  }

 private:
  void fill_rows(const char* name, const std::vector<Chunk>& chunks, uint64_t at,
                 uint32_t width) const {
    float* x = data<float>(name);
    for (size_t b = 0; b < chunks.size(); ++b) {
      for (uint64_t t = chunks[b].first; t < chunks[b].first + chunks[b].count; ++t) {
        for (uint32_t i = 0; i < width; ++i) *x++ = stream(b, t, at + i);
      }
    }
  }
};

// Both heads of a row of y against the keys of these tokens.
inline void check_row(const float* y, uint64_t sequence, uint64_t token,
                      const std::vector<uint64_t>& seen) {
  for (uint32_t head = 0; head < kHeads; ++head) {
    const Doubles right = expected_of(sequence, token, head, seen);
    for (uint32_t i = 0; i < kValueWidth; ++i) {
      const double error = double{y[head * kValueWidth + i]} - right[i];
      REQUIRE_MESSAGE(std::fabs(error) < 2e-6, "token ", token, " head ", head);
    }
  }
}

}  // namespace fovea::test

#endif  // FOVEA_TESTS_RUNTIME_LAYER_H_
