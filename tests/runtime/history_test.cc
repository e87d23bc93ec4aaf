// Rows that go on in the next run: any cutting of a stream gives the bits of the whole.

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/runtime/handmade.h"
#include "tests/runtime/random_models/random.h"

namespace fovea::test {
namespace {

constexpr uint32_t kEach = 2, kWidth = 3, kMostHops = 5, kBefore = 7, kLast = 11;

// x [sequences, 2 * hops, 3]; what it makes of that, by default the rows and 7 before them.
struct Form {
  uint32_t before = kBefore, rows = 0;
  uint32_t sequences = 1;
  uint32_t ring = 16, capacity = 16;
  uint32_t each = kEach;  // rows of a slot
  uint32_t width = kEach * kWidth;
  uint32_t heads = 1;
  schema::StateLayout layout = schema::StateLayout::Values;
  schema::UpdateMode mode = schema::UpdateMode::Append;
  bool updates = true, packs = false;
  uint32_t batch = 0;      // that a run may have; 0: the sequences
  int32_t more = kBefore;  // rows of y above those of x
};

Image history_image(const Form& form) {
  Handmade m;
  m.model.sequences = form.sequences;
  const int32_t batch = m.dim("batch", form.batch == 0 ? form.sequences : form.batch),
                hops = m.dim("hops", kMostHops);
  const int32_t all = m.derived("all", hops, form.each, -1, 0, form.more, 1);
  auto cache = std::make_unique<schema::CacheT>();
  cache->name = "rows";
  cache->context = 1u << 30;
  cache->capacity = form.capacity;
  cache->ring = form.ring;
  if (form.ring == 0) cache->context = form.capacity;
  m.model.caches.push_back(std::move(cache));
  auto state = std::make_unique<schema::StateT>();
  state->layout = form.layout;
  state->heads = form.heads;
  state->width = form.width;
  m.model.states.push_back(std::move(state));
  schema::HistoryT a;
  a.before = form.before;
  a.rows = form.rows;
  const int32_t x = form.packs ? m.input("x", {1, kWidth}, {hops, -1})
                               : m.input("x", {1, form.each, kWidth}, {batch, hops, -1});
  if (form.packs) {
    m.method.lengths = m.input("lengths", {1}, {batch}, schema::DType::Int32);
    m.method.packed = static_cast<uint32_t>(hops);
  }
  const int32_t y = form.rows > 0 ? m.tensor("y", {1, form.rows, kWidth}, {batch, -1, -1})
                                  : m.tensor("y", {1, 1, kWidth}, {batch, all, -1});
  m.op(a, {x}, {y}, {}, {0});
  if (form.updates) m.update(form.mode, hops);
  return m.image(y);
}

// Number `i` of row `row` of a sequence.
float number(uint32_t sequence, uint32_t row, uint32_t i) {
  return static_cast<float>((sequence * 100000 + row) * kWidth + i + 1);
}

struct Streamed : HandmadeSession {
  explicit Streamed(const Form& shape) : HandmadeSession(history_image(shape)), form(shape) {
    set_dim(0, shape.sequences);
  }

  void set(uint32_t hops) {
    set_dim(1, hops);
    fovea_tensor x;
    REQUIRE(fovea_input(session, 0, "x", &x, nullptr) == FOVEA_OK);
    float* to = static_cast<float*>(x.data);
    for (uint32_t s = 0; s < form.sequences; ++s) {
      for (uint32_t r = 0; r < hops * kEach; ++r) {
        for (uint32_t i = 0; i < kWidth; ++i) *to++ = number(s, held + r, i);
      }
    }
  }

  // The rows that end with those of a run: what there is not yet is 0.
  void check(uint32_t hops) {
    const uint32_t made = form.rows > 0 ? form.rows : form.before + hops * kEach;
    fovea_tensor y;
    REQUIRE(fovea_output(session, 0, "y", &y, nullptr) == FOVEA_OK);
    const float* from = static_cast<const float*>(y.data);
    for (uint32_t s = 0; s < form.sequences; ++s) {
      for (uint32_t r = 0; r < made; ++r) {
        const int64_t row = int64_t{held} + hops * kEach - made + r;
        for (uint32_t i = 0; i < kWidth; ++i, ++from) {
          const float wanted = row < 0 ? 0.0f : number(s, static_cast<uint32_t>(row), i);
          REQUIRE_MESSAGE(*from == wanted, "sequence ", s, ", row ", row);
        }
      }
    }
  }

  void run(uint32_t hops) {
    set(hops);
    fovea_error error;
    REQUIRE_MESSAGE(fovea_run(session, 0, &error) == FOVEA_OK, sentence(error, &model));
    check(hops);
    held += hops * kEach;
  }

  Form form;
  uint32_t held = 0;
};

std::string refused(const Form& form) {
  const Image image = history_image(form);
  fovea_model model;
  fovea_error error = {};
  return fovea_open(image.span(), {}, &model, &error) == FOVEA_OK ? "" : sentence(error);
}

void check_refused(const Form& form, const char* part) {
  const std::string text = refused(form);
  CHECK_MESSAGE(text.find(part) != std::string::npos, text);
}

std::vector<Form> forms() {
  Form rows;
  rows.before = 0;
  rows.rows = kLast;
  Form few = rows;
  few.rows = 3;  // a run may have more
  Form several;
  several.sequences = 3;
  Form whole;
  whole.ring = 0;
  whole.capacity = 4096;
  return {Form(), rows, few, several, whole};
}

}  // namespace

TEST_CASE("any cutting of rows gives those of the whole") {
  Random random(3);
  for (const Form& form : forms()) {
    Streamed stream(form);
    for (int i = 0; i < 400; ++i) stream.run(1 + random.below(kMostHops));
    for (uint32_t s = 0; s < form.sequences; ++s) {
      CHECK(fovea_position(stream.session, 0, s) == stream.held / kEach);
      REQUIRE(fovea_reset(stream.session, s, nullptr) == FOVEA_OK);
    }
    stream.held = 0;
    for (int i = 0; i < 20; ++i) stream.run(1 + random.below(kMostHops));
  }
}

TEST_CASE("a run of some sequences leaves the others as they were") {
  Form form;
  form.sequences = 3;
  Streamed stream(form);
  stream.form.sequences = 2;
  stream.set_dim(0, 2);
  stream.run(3);
  stream.run(1);
  CHECK(fovea_position(stream.session, 0, 1) == 4);
  CHECK(fovea_position(stream.session, 0, 2) == 0);
}

TEST_CASE("rows of a run that was cancelled are forgotten, those before it are not") {
  Random random(4);
  for (const Form& form : forms()) {
    Streamed stream(form);
    for (int i = 0; i < 60; ++i) {
      stream.set(kMostHops);
      bool finished = false;
      REQUIRE(fovea_run_for(stream.session, 0, 1, &finished, nullptr) == FOVEA_OK);
      if (!finished) fovea_cancel(stream.session);
      if (finished) stream.held += kMostHops * kEach;
      stream.run(1 + random.below(kMostHops));
    }
  }
}

TEST_CASE("a stream goes on in another session where it was saved") {
  for (const uint32_t runs : {1u, 2u, 30u}) {
    Streamed stream{Form()}, other{Form()};
    for (uint32_t i = 0; i < runs; ++i) stream.run(3);
    std::vector<unsigned char> saved(fovea_saved_size(stream.session, 0));
    REQUIRE(fovea_save(stream.session, 0, saved.data(), saved.size(), nullptr) == FOVEA_OK);
    other.run(5);
    REQUIRE(fovea_restore(other.session, 0, saved.data(), saved.size(), nullptr) == FOVEA_OK);
    other.held = stream.held;
    other.run(2);
    stream.run(4);
  }
}

TEST_CASE("histories that do not fit their state, their cache or their rows are refused by name") {
  REQUIRE(refused(Form()).empty());
  Form f;
  f.each = 20;
  f.width = 20 * kWidth;
  CHECK(refused(f).empty());
  f.width = kWidth;  // a slot for each row, but updates count hops
  check_refused(f, "input 0");
  f = Form();
  f.batch = 2;
  check_refused(f, "sequence");
  f = Form();
  f.width = kWidth + 1;
  check_refused(f, "state");
  f = Form();
  f.heads = 2;
  check_refused(f, "state");
  f = Form();
  f.layout = schema::StateLayout::Keys16;
  check_refused(f, "state");
  f = Form();
  f.mode = schema::UpdateMode::Replace;
  check_refused(f, "state");
  f = Form();
  f.updates = false;
  check_refused(f, "state");
  f = Form();
  f.more = kBefore + 1;
  check_refused(f, "output 0");
  f.before = kBefore + 1;
  CHECK(refused(f).empty());
  f.rows = kLast;
  check_refused(f, "before");
  f.before = 0;
  CHECK(refused(f).empty());
  f.packs = true;
  f.rows = kLast;
  f.width = kWidth;
  check_refused(f, "input 0");
}

// Rows of y that a convolution is said to make of so many and 7 before them, for each of the hops.
std::string refused_windows(uint32_t taps, uint32_t made) {
  Handmade m;
  const int32_t hops = m.dim("hops", kMostHops);
  const int32_t all = m.derived("all", hops, kEach, -1, 0, kBefore, 1);
  m.cache(kMostHops, 1, 1, 1);
  m.model.states.erase(m.model.states.begin());
  m.model.states[0]->offset = 0;
  m.model.states[0]->width = kEach * kWidth;
  schema::HistoryT a;
  a.before = kBefore;
  const int32_t x = m.input("x", {kEach, kWidth}, {hops, -1});
  const int32_t longer = m.tensor("longer", {1, kWidth}, {all, -1});
  m.op(a, {x}, {longer}, {}, {0});
  schema::ConvolutionT convolution;
  convolution.taps = taps;
  convolution.stride = 2;
  const int32_t y = m.tensor("y", {made, 1}, {hops, -1});
  m.op(convolution, {longer}, {y}, {m.weight(schema::Layout::Panels16, {1, taps * kWidth})});
  m.update(schema::UpdateMode::Append, hops);
  const Image image = m.image(y);
  fovea_model model;
  fovea_error error = {};
  return fovea_open(image.span(), {}, &model, &error) == FOVEA_OK ? "" : sentence(error);
}

TEST_CASE("windows of a history's rows are a whole number for each hop, or are refused") {
  CHECK(refused_windows(8, 1).empty());
  CHECK(refused_windows(9, 1).empty());
  for (const auto& [taps, made] : {std::pair(7u, 1u), std::pair(10u, 1u), std::pair(8u, 2u)}) {
    const std::string text = refused_windows(taps, made);
    CHECK_MESSAGE(text.find("output 0") != std::string::npos, text);
  }
}

TEST_CASE("rings that do not hold what a history reaches back to are refused by name") {
  Form f;
  f.before = 22, f.more = 22;  // 11 slots, and 5 of a run
  CHECK(refused(f).empty());
  f.before = 23, f.more = 23;
  check_refused(f, "ring");
  f.before = 0;
  f.rows = 24;
  CHECK(refused(f).empty());
  f.rows = 25;
  check_refused(f, "ring");
  f.ring = 0;
  f.capacity = 48;
  CHECK(refused(f).empty());
}

}  // namespace fovea::test
