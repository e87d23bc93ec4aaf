// A session of a case: its runs, on inputs made at random.

#ifndef FOVEA_TESTS_RUNTIME_OPERATORS_CASE_SESSION_H_
#define FOVEA_TESTS_RUNTIME_OPERATORS_CASE_SESSION_H_

#include <doctest/doctest.h>

#include <cstring>
#include <numeric>

#include "runtime/session.h"
#include "tests/runtime/operators/listed.h"

namespace fovea::test {

enum class How { kWhole, kThreads, kSliced };

// Several workers in one thread, the last task first.
inline void run_reversed(void*, fovea_task task, void* argument, uint32_t tasks) {
  for (uint32_t i = tasks; i-- > 0;) task(argument, i, i % 3);
}

class CaseSession {
 public:
  CaseSession(Case& c, How how) : how_(how), image_(image_of(c)) {
    fovea_error error;
    REQUIRE_MESSAGE(fovea_open(image_.span(), {}, &model_, &error) == FOVEA_OK, sentence(error));
    fovea_options options = {};
    if (how == How::kThreads) options.executor = {nullptr, run_reversed, 3};
    arena_ = Image(fovea_arena(&model_, 3).total);
    REQUIRE(fovea_bind(&model_, {{arena_.data(), arena_.size()}, {}, {}}, &options, &session_,
                       &error) == FOVEA_OK);
    for (size_t i = 0; i < c.model.weights.size(); ++i) weights_.push_back(c.numbers_of(i));
  }

  fovea_session* get() const { return session_; }

  // What the last run was given.
  const Given& given() const { return given_; }

  std::vector<float> run(uint32_t batch, uint32_t tokens) {
    REQUIRE(fovea_set_dim(session_, 0, batch, nullptr) == FOVEA_OK);
    REQUIRE(fovea_set_dim(session_, 1, tokens, nullptr) == FOVEA_OK);
    for (uint32_t s = 0; s < kCaseBatch; ++s)
      REQUIRE(fovea_reset(session_, s, nullptr) == FOVEA_OK);
    const Frame frame = frame_of(*session_, 0);
    given_ = {batch, tokens, {}, {}, weights_};
    const auto* inputs = frame.method->inputs();
    for (uint32_t i = 0; i < size_of(inputs); ++i) {
      fill(frame, static_cast<int32_t>(inputs->Get(i)));
      take(frame, static_cast<int32_t>(inputs->Get(i)));
    }
    if (frame.method->lengths() < 0) {
      for (size_t b = 0; b < batch; ++b) given_.sequences.push_back({b * tokens, tokens});
    }
    finish();
    return outputs();
  }

  // What the last run made, output after output.
  std::vector<float> outputs() const {
    const Frame frame = frame_of(*session_, 0);
    std::vector<float> result;
    for (uint32_t output : *frame.method->outputs()) {
      const Rows y = frame.rows(static_cast<int32_t>(output));
      result.insert(result.end(), y.f32(), y.f32() + size_t{y.rows} * y.width);
    }
    return result;
  }

  // Packed sequences, whose numbers depend on their row, counted from `first`, alone.
  void run_rows(const std::vector<uint32_t>& lengths, uint32_t first) {
    const uint32_t rows = std::accumulate(lengths.begin(), lengths.end(), 0u);
    const auto batch = static_cast<uint32_t>(lengths.size());
    REQUIRE(fovea_set_dim(session_, 0, batch, nullptr) == FOVEA_OK);
    REQUIRE(fovea_set_dim(session_, 1, rows, nullptr) == FOVEA_OK);
    const Frame frame = frame_of(*session_, 0);
    for (uint32_t input : *frame.method->inputs()) {
      const Rows x = frame.rows(static_cast<int32_t>(input));
      if (static_cast<int32_t>(input) == frame.method->lengths()) {
        std::memcpy(x.data, lengths.data(), batch * sizeof(uint32_t));
        continue;
      }
      const bool rows_of = frame.tensor(static_cast<int32_t>(input))->extents()->size() > 1;
      for (uint32_t r = 0; r < x.rows; ++r) {
        Random random(1000 * input + (rows_of ? first + r : 0));
        for (uint32_t i = 0; i < x.width; ++i) {
          float& number = x.f32()[size_t{r} * x.width + i];
          // A box's second corner is not before its first.
          const bool second = is_boxes(frame, static_cast<int32_t>(input)) && i >= 2;
          const auto seen = static_cast<int32_t>(random.below(2)) + (second ? 1 : 0);
          number = random.real();
          if (frame.tensor(static_cast<int32_t>(input))->dtype() == schema::DType::Int32) {
            std::memcpy(&number, &seen, sizeof seen);
          }
        }
      }
    }
    finish();
  }

 private:
  void finish() {
    fovea_error error;
    bool finished = how_ != How::kSliced;
    if (finished) REQUIRE_MESSAGE(fovea_run(session_, 0, &error) == FOVEA_OK, sentence(error));
    while (!finished) REQUIRE(fovea_run_for(session_, 0, 1, &finished, nullptr) == FOVEA_OK);
  }

  static bool is_boxes(const Frame& frame, int32_t input) {
    for (const schema::Operator* op : *frame.method->operators()) {
      const uint32_t boxes = find_operator(fovea_all_operators, op->attributes_type())->boxes;
      for (uint32_t i = 0; i < size_of(op->inputs()); ++i) {
        if ((boxes >> i & 1) != 0 && op->inputs()->Get(i) == input) return true;
      }
    }
    return false;
  }

  // Numbers are lengths of packed rows, of which the last sequence has most, ids, or yes and no.
  void fill(const Frame& frame, int32_t input) const {
    const Rows x = frame.rows(input);
    if (input == frame.method->lengths()) {
      auto* lengths = static_cast<int32_t*>(x.data);
      const uint32_t rows = frame.dims[frame.method->packed()];
      for (uint32_t b = 0; b < x.width; ++b) lengths[b] = static_cast<int32_t>(rows / 3);
      lengths[x.width - 1] = static_cast<int32_t>(rows - (x.width - 1) * (rows / 3));
      return;
    }
    Random random(7 + static_cast<uint64_t>(input));
    if (frame.tensor(input)->dtype() == schema::DType::Float32) {
      for (size_t i = 0; i < size_t{x.rows} * x.width; ++i) x.f32()[i] = random.real();
      return;
    }
    if (is_boxes(frame, input)) {
      for (uint32_t i = 0; i < x.rows * x.width; ++i) {
        static_cast<int32_t*>(x.data)[i] =
            static_cast<int32_t>(random.below(3) + (i % 4 < 2 ? 0 : 2));
      }
      return;
    }
    if (frame.tensor(input)->dtype() == schema::DType::UInt8) {
      auto* pixels = static_cast<uint8_t*>(x.data);
      for (size_t i = 0; i < size_t{x.rows} * x.width; ++i) {
        pixels[i] = static_cast<uint8_t>(random.below(256));
      }
      return;
    }
    uint32_t vocabulary = 0;
    for (const schema::Operator* op : *frame.method->operators()) {
      const fovea_operator& definition = *find_operator(fovea_all_operators, op->attributes_type());
      if (definition.ids != 0) {
        vocabulary = frame.model->weights()
                         ->Get(static_cast<uint32_t>(op->weights()->Get(0)))
                         ->shape()
                         ->Get(0);
      }
    }
    for (uint32_t i = 0; i < x.rows * x.width; ++i) {
      const uint32_t number = vocabulary == 0 ? i % 3 != 1 : random.below(vocabulary);
      static_cast<int32_t*>(x.data)[i] = static_cast<int32_t>(number);
    }
  }

  // Remembers an input, or what lengths say of the sequences.
  void take(const Frame& frame, int32_t input) {
    const Rows x = frame.rows(input);
    const size_t count = size_t{x.rows} * x.width;
    const auto* integers = static_cast<const int32_t*>(x.data);
    if (input == frame.method->lengths()) {
      for (size_t b = 0, first = 0; b < count; first += static_cast<size_t>(integers[b++])) {
        given_.sequences.push_back({first, static_cast<size_t>(integers[b])});
      }
      return;
    }
    const auto* bytes = static_cast<const uint8_t*>(x.data);
    if (frame.tensor(input)->dtype() == schema::DType::UInt8) {
      given_.inputs.push_back(Doubles(bytes, bytes + count));
      return;
    }
    const bool real = frame.tensor(input)->dtype() == schema::DType::Float32;
    given_.inputs.push_back(real ? to_doubles(x.f32(), count)
                                 : Doubles(integers, integers + count));
  }

  How how_;
  Given given_ = {};
  std::vector<Doubles> weights_;
  Image image_, arena_;
  fovea_model model_;
  fovea_session* session_ = nullptr;
};

}  // namespace fovea::test

#endif  // FOVEA_TESTS_RUNTIME_OPERATORS_CASE_SESSION_H_
