// random_models_test [SECONDS [FIRST_SEED]]: models made at random and broken at random, run
// between guard pages in poisoned memory under many conditions, for SECONDS and until every
// operator has come. A finding is a bad access, a model refused that should open, or bits that
// depend on the conditions; its seed alone repeats it in the same build: random_models_test 0 SEED.

#include <unistd.h>
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <iterator>

#include "kernels/kernels.h"
#include "runtime/layout.h"
#include "runtime/preamble.h"
#include "tests/runtime/random_models/maker.h"
#include "tests/runtime/random_models/mutate.h"
#include "tests/runtime/random_models/script.h"
#include "tests/support/tiny_model.h"

namespace fovea::test {
namespace {

char current[64];  // the seed at work, for the signal handler

void on_signal(int signal) {
  (void)!write(2, current, std::strlen(current));
  (void)!write(2, "a signal ended it\n", 18);
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

struct Counts {
  uint64_t models = 0, mutants = 0, accepted = 0, runs = 0, good = 0, findings = 0;
  uint64_t operators[static_cast<size_t>(schema::Attributes::MAX) + 1] = {};
};

// A file as two spans between guard pages that nobody may write.
class File {
 public:
  File(const Image& image, Side side)
      : split_(reinterpret_cast<const Preamble*>(image.data())->weights_offset),
        header_(split_, side),
        weights_(image.size() - split_, side, 16) {
    std::memcpy(header_.data(), image.data(), split_);
    std::memcpy(weights_.data(), image.data() + split_, image.size() - split_);
    header_.protect();
    weights_.protect();
  }
  fovea_code open(fovea_model* model, fovea_error* error) const {
    return fovea_open({header_.data(), header_.size()}, {weights_.data(), weights_.size()}, model,
                      error);
  }

 private:
  size_t split_;
  Guarded header_, weights_;
};

constexpr uint64_t kMostBytes = uint64_t{4} << 20;
constexpr uint64_t kMostModels = 5000;  // that every operator must come in

Conditions random_conditions(Random& r, const std::vector<const char*>& rows) {
  Conditions c;
  c.row = r.of(rows);
  c.poison = r.of({static_cast<unsigned char>(0xFF), static_cast<unsigned char>(0x3F),
                   static_cast<unsigned char>(0)});
  c.side = r.percent(70) ? Side::kRight : Side::kLeft;
  if (r.percent(50)) {
    c.workers = r.between(2, 9);
    c.order = r.of({Order::kInOrder, Order::kReversed, Order::kShuffled, Order::kOddFirst});
  } else if (r.percent(60)) {
    c.slice = r.of({1u, 3u, 40u});
    c.cancels = r.percent(40);
  }
  return c;
}

class Session {
 public:
  Session() {
    for (auto row = kernels::compiled_rows(); *row != nullptr; ++row) {
      if (kernels::cpu_has(**row)) rows_.push_back((*row)->name);
    }
  }

  void seed(uint64_t seed) {
    std::snprintf(current, sizeof current, "seed %llu: ", static_cast<unsigned long long>(seed));
    Random random(~seed);
    const bool special = random.percent(40);
    RandomModel made = make_random_model(seed, special);
    const Script script = {seed, 4, special};
    for (const auto& m : made.model.methods) {
      for (const auto& o : m->operators)
        ++counts_.operators[static_cast<size_t>(o->attributes.type)];
    }
    run_good(made, script, random);
    for (int i = 0; i < 6; ++i) run_mutant(seed, special, script, random);
  }

  const Counts& counts() const { return counts_; }

 private:
  void finding(const std::string& what) {
    ++counts_.findings;
    std::fprintf(stderr, "%s%s\n", current, what.c_str());
  }

  void run_good(RandomModel& made, const Script& script, Random& random) {
    ++counts_.models;
    const Image image = make_image(made.model, made.weights);
    const File file(image, random.percent(70) ? Side::kRight : Side::kLeft);
    fovea_model model;
    fovea_error error;
    if (file.open(&model, &error) != FOVEA_OK) {
      char line[256];
      fovea_describe(nullptr, &error, line, sizeof line);
      return finding(std::string("a good model is refused: ") + line);
    }
    compare(model, script, random, 5, "a good model: ");
  }

  // The same script under other conditions gives the same.
  void compare(const fovea_model& model, const Script& script, Random& random, int times,
               const char* what) {
    Conditions plain;
    plain.row = "portable";
    const Outcome expected = play(model, script, plain, kMostBytes);
    for (int code : expected.codes) counts_.good += code == FOVEA_OK;
    counts_.runs += expected.codes.size();
    for (int i = 0; i < times && !expected.codes.empty(); ++i) {
      Conditions c = random_conditions(random, rows_);
      if (i == 0) c.poison = 0x3F;
      if (fovea_arena(&model, c.workers).total > kMostBytes) continue;
      const Outcome found = play(model, script, c, kMostBytes);
      if (found == expected) continue;
      finding(what + difference(expected, found) + ", row " + c.row + ", workers " +
              std::to_string(c.workers) + ", order " + std::to_string(static_cast<int>(c.order)) +
              ", slice " + std::to_string(c.slice) + (c.cancels ? ", cancelled" : "") +
              ", poison " + std::to_string(c.poison));
    }
  }

  void run_mutant(uint64_t seed, bool special, const Script& script, Random& random) {
    ++counts_.mutants;
    RandomModel made = make_random_model(seed, special);
    const uint32_t changes = random.between(1, 3);
    for (uint32_t i = 0; i < changes; ++i) mutate(made.model, random);
    if (random.percent(80)) fix(made.model);
    const Image image = make_image(made.model, made.weights);
    const File file(image, Side::kRight);
    fovea_model model;
    fovea_error error;
    if (file.open(&model, &error) != FOVEA_OK) {
      char line[256];
      fovea_describe(nullptr, &error, line, sizeof line);
      return;
    }
    ++counts_.accepted;
    compare(model, script, random, 2, "a mutant: ");
  }

  // Puts right what would be refused first: plans, and sizes of weights.
  static void fix(schema::ModelT& model) {
    for (auto& w : model.weights) {
      const uint32_t rank = static_cast<uint32_t>(w->shape.size());
      if (layout_takes_rank(w->layout, rank)) {
        w->size = weight_bytes(w->layout, w->shape.data(), rank, w->dtype).value();
      }
    }
    plan_model(model);
  }

  Counts counts_;
  std::vector<const char*> rows_;
};

double now() {
  timespec t;
  (void)clock_gettime(CLOCK_MONOTONIC, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

int run(double seconds, uint64_t first) {
  Session session;
  const double end = now() + seconds;
  uint64_t seed = first;
  const Counts& c = session.counts();
  // On a slow machine the rarest operator comes after that time. A seed alone has but a few.
  const auto complete = [&] {
    return seconds == 0 || std::count(c.operators + 1, std::end(c.operators), 0) == 0;
  };
  do {
    session.seed(seed++);
  } while (now() < end || (!complete() && c.models < kMostModels));
  const auto count = [](uint64_t n) { return static_cast<unsigned long long>(n); };
  std::printf(
      "seeds %llu to %llu: %llu models and %llu of %llu mutants ran, %llu of %llu runs to the "
      "end; %llu findings\n",
      count(first), count(seed - 1), count(c.models), count(c.accepted), count(c.mutants),
      count(c.good), count(c.runs), count(c.findings));
  for (size_t i = 1; i < std::size(c.operators) && !complete(); ++i) {
    if (c.operators[i] != 0) continue;
    std::printf("no %s\n", schema::EnumNameAttributes(static_cast<schema::Attributes>(i)));
  }
  return c.findings == 0 && complete() ? 0 : 1;
}

}  // namespace
}  // namespace fovea::test

int main(int argc, char** argv) {
#if defined(FOVEA_SANITIZED)  // which has handlers of its own
  constexpr bool kHandlers = false;
#else
  constexpr bool kHandlers = true;
#endif
  for (int s : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT}) {
    if (kHandlers) std::signal(s, fovea::test::on_signal);
  }
  const char* wanted = std::getenv("FOVEA_RANDOM_SECONDS");
  const char* seconds = argc > 1 ? argv[1] : wanted != nullptr && wanted[0] != '\0' ? wanted : "10";
  const char* first = argc > 2 ? argv[2] : "1";
  return fovea::test::run(std::strtod(seconds, nullptr), std::strtoull(first, nullptr, 10));
}
