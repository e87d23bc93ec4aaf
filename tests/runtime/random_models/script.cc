#include "tests/runtime/random_models/script.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <numeric>

#include "runtime/saved.h"
#include "runtime/session.h"
#include "tests/runtime/random_models/random.h"

namespace fovea::test {
namespace {

void expect(bool good, const char* what) {
  if (good) return;
  std::fprintf(stderr, "%s failed\n", what);
  std::abort();
}

// One thread that does the work of several workers.
struct Executor {
  Random random;
  Order order;
  uint32_t workers;

  static void run(void* context, fovea_task task, void* argument, uint32_t tasks) {
    auto& e = *static_cast<Executor*>(context);
    std::vector<uint32_t> order(tasks);
    std::iota(order.begin(), order.end(), 0u);
    if (e.order == Order::kReversed) std::reverse(order.begin(), order.end());
    if (e.order == Order::kOddFirst) {
      std::stable_partition(order.begin(), order.end(), [](uint32_t i) { return i % 2 == 1; });
    }
    for (uint32_t i = tasks; e.order == Order::kShuffled && i > 1; --i) {
      std::swap(order[i - 1], order[e.random.below(i)]);
    }
    for (uint32_t i = 0; i < tasks; ++i) {
      const uint32_t worker =
          e.order == Order::kShuffled ? e.random.below(e.workers) : i % e.workers;
      task(argument, order[i], worker);
    }
  }
};

class Player {
 public:
  Player(const fovea_model& model, const Script& script, const Conditions& conditions)
      : model_(model),
        script_(script),
        conditions_(conditions),
        memory_(fovea_arena(&model, conditions.workers)),
        executor_{Random(script.seed + 1), conditions.order, conditions.workers},
        state_(memory_.state, conditions.side),
        planned_(memory_.planned, conditions.side),
        scratch_(memory_.scratch, conditions.side) {
    for (const Guarded* g : {&state_, &planned_, &scratch_}) g->fill(conditions.poison);
    fovea_options options = {};
    options.row = conditions.row;
    if (conditions.workers > 1) options.executor = {&executor_, Executor::run, conditions.workers};
    const fovea_spans spans = {block(state_), block(planned_), block(scratch_)};
    expect(fovea_bind(&model, spans, &options, &session_, nullptr) == FOVEA_OK, "bind");
  }

  Outcome play() {
    Random random(script_.seed);
    for (uint32_t i = 0; i < script_.runs; ++i) step(random, i == 0);
    return std::move(outcome_);
  }

 private:
  static fovea_block block(const Guarded& g) { return {g.data(), g.size()}; }

  void step(Random& random, bool at_maxima) {
    const uint32_t method = random.below(fovea_method_count(&model_));
    bool derived = false;
    for (uint32_t d = fovea_dim_count(&model_); d-- > 0;) {
      fovea_dim dim;
      expect(fovea_dim_info(&model_, d, &dim) == FOVEA_OK, "dim_info");
      const uint32_t value = random.between(1, std::min(dim.max, 64u));
      const int code =
          fovea_set_dim(session_, d, at_maxima && dim.max < 4096 ? dim.max : value, nullptr);
      // A derived dim refuses, and another may where that would leave nothing of a derived one.
      derived |= dim.derived;
      expect(code == FOVEA_OK || (derived && code == FOVEA_BAD_ARGUMENT), "set_dim");
    }
    for (uint32_t i = 0; i < fovea_input_count(&model_, method); ++i) fill_input(random, method, i);
    const int code = run(method);
    outcome_.codes.push_back(code);
    if (code == FOVEA_OK) read_outputs(method);
    const uint32_t action = random.below(8), sequence = random.below(sequences());
    const uint32_t length = random.below(20);
    if (code != FOVEA_OK) reset_all();
    change(action, sequence, length);
    read_positions();
  }

  uint32_t sequences() const {
    fovea_cache cache;
    return fovea_cache_info(&model_, 0, &cache) == FOVEA_OK ? cache.sequences : 1;
  }

  void fill_input(Random& random, uint32_t method, uint32_t index) {
    fovea_tensor info, t;
    expect(fovea_input_info(&model_, method, index, &info) == FOVEA_OK, "input_info");
    expect(fovea_input(session_, method, info.name, &t, nullptr) == FOVEA_OK, "input");
    if (std::strcmp(info.name, "lengths") == 0 && random.percent(95)) return deal(random, t);
    if (t.type == FOVEA_UINT8) {
      for (uint64_t i = 0; i < t.bytes; ++i) {
        static_cast<uint8_t*>(t.data)[i] = static_cast<uint8_t>(random.next());
      }
      return;
    }
    const bool boxes = std::strncmp(info.name, "boxes", 5) == 0 && random.percent(95);
    const uint32_t limit = boxes || random.percent(80) ? 3 : 12;
    for (uint64_t i = 0; i < t.bytes / 4; ++i) {
      if (t.type == FOVEA_FLOAT32) {
        static_cast<float*>(t.data)[i] =
            script_.special && random.percent(2) ? random.special() : random.real();
      } else {
        const bool wild = script_.special && random.percent(2);
        static_cast<int32_t*>(t.data)[i] =
            wild ? static_cast<int32_t>(random.next()) : static_cast<int32_t>(random.below(limit));
        // A second corner is not before the first.
        if (boxes && !wild) static_cast<int32_t*>(t.data)[i] /= 2;
        if (boxes && !wild && i % 4 >= 2) static_cast<int32_t*>(t.data)[i] += 2;
      }
    }
  }

  // The rows of dim 0 among the sequences.
  void deal(Random& random, const fovea_tensor& lengths) {
    auto* values = static_cast<int32_t*>(lengths.data);
    uint32_t left = fovea_get_dim(session_, 0);
    const uint64_t count = lengths.bytes / 4;
    for (uint64_t i = 0; i < count; ++i) {
      const uint32_t share = i + 1 == count ? left : random.below(left + 1);
      values[i] = static_cast<int32_t>(share);
      left -= share;
    }
  }

  int run(uint32_t method) {
    if (conditions_.slice == 0) return fovea_run(session_, method, nullptr);
    bool finished = false;
    if (conditions_.cancels && executor_.random.percent(50)) {
      const uint32_t budget = executor_.random.below(20);
      const int code = fovea_run_for(session_, method, budget, &finished, nullptr);
      if (code != FOVEA_OK || finished) return code;
      fovea_cancel(session_);
    }
    int code = FOVEA_OK;
    while (code == FOVEA_OK && !finished) {
      const uint32_t budget = executor_.random.between(1, conditions_.slice);
      code = fovea_run_for(session_, method, budget, &finished, nullptr);
    }
    return code;
  }

  void read_outputs(uint32_t method) {
    for (uint32_t i = 0; i < fovea_output_count(&model_, method); ++i) {
      fovea_tensor info, t;
      expect(fovea_output_info(&model_, method, i, &info) == FOVEA_OK, "output_info");
      expect(fovea_output(session_, method, info.name, &t, nullptr) == FOVEA_OK, "output");
      std::vector<uint32_t> bits(t.bytes / 4);
      if (!bits.empty()) std::memcpy(bits.data(), t.data, t.bytes);
      for (uint32_t& b : bits) {
        if (t.type == FOVEA_FLOAT32 && (b & 0x7FFFFFFFu) > 0x7F800000u) b = 0x7FC00000u;
      }
      outcome_.outputs.push_back(std::move(bits));
    }
  }

  void reset_all() {
    for (uint32_t s = 0; s < sequences(); ++s) {
      expect(fovea_reset(session_, s, nullptr) == FOVEA_OK, "reset");
    }
  }

  void change(uint32_t action, uint32_t sequence, uint32_t length) {
    if (action == 0) expect(fovea_reset(session_, sequence, nullptr) == FOVEA_OK, "reset");
    if (action == 1) {
      for (uint32_t c = 0; c < fovea_cache_count(&model_); ++c) {
        const uint32_t held = fovea_position(session_, c, sequence);
        expect(fovea_truncate(session_, c, sequence, std::min(held, length), nullptr) == FOVEA_OK,
               "truncate");
      }
    }
    if (action == 2 || action == 3) save_and_restore(sequence, action == 3);
  }

  // One NaN for all, in states of one type. Where there are several, halves of words are looked at,
  // as states of 16 bits move those behind them: large sums make NaNs of common numbers, too. Saved
  // bits tell nothing there of scripts that bring NaNs.
  bool forget_nans(std::vector<uint32_t>& bits) const {
    const auto* states = session_->model.root->states();
    if (size_of(states) == 0) return true;
    const schema::DType type = states->Get(0)->dtype();
    bool halves = type == schema::DType::Float16;
    for (const schema::State* state : *states) {
      if (state->dtype() == type) continue;
      if (script_.special) return false;
      halves = true;
    }
    for (uint32_t& b : bits) {
      if (!halves) {
        if ((b & 0x7FFFFFFFu) > 0x7F800000u) b = 0x7FC00000u;
        continue;
      }
      for (const int shift : {0, 16}) {
        if ((b >> shift & 0x7FFFu) > 0x7C00u) b = (b & ~(0xFFFFu << shift)) | 0x7E00u << shift;
      }
    }
    return true;
  }

  // Saved bytes hold nothing that no run stored; what is restored goes on as if nothing had been.
  void save_and_restore(uint32_t from, bool elsewhere) {
    const uint64_t size = fovea_saved_size(session_, from);
    if (size == 0 || size > (1u << 22)) return;
    const Guarded saved(size, Side::kRight, 8);
    expect(fovea_save(session_, from, saved.data(), size, nullptr) == FOVEA_OK, "save");
    // Without the head, whose checksum tells one NaN from another.
    std::vector<uint32_t> bits((size - sizeof(SavedHead)) / 4);
    if (!bits.empty()) std::memcpy(bits.data(), saved.data() + sizeof(SavedHead), bits.size() * 4);
    if (forget_nans(bits)) outcome_.outputs.push_back(std::move(bits));
    expect(fovea_reset(session_, from, nullptr) == FOVEA_OK, "reset");
    const uint32_t to = elsewhere ? sequences() - 1 : from;
    expect(fovea_restore(session_, to, saved.data(), size, nullptr) == FOVEA_OK, "restore");
  }

  void read_positions() {
    for (uint32_t c = 0; c < fovea_cache_count(&model_); ++c) {
      for (uint32_t s = 0; s < sequences(); ++s) {
        outcome_.positions.push_back(fovea_position(session_, c, s));
      }
    }
  }

  const fovea_model& model_;
  const Script& script_;
  const Conditions& conditions_;
  const fovea_memory memory_;
  Executor executor_;
  const Guarded state_, planned_, scratch_;
  fovea_session* session_ = nullptr;
  Outcome outcome_;
};

}  // namespace

Outcome play(const fovea_model& model, const Script& script, const Conditions& conditions,
             uint64_t most_bytes) {
  if (fovea_arena(&model, conditions.workers).total > most_bytes) return {};
  return Player(model, script, conditions).play();
}

std::string difference(const Outcome& a, const Outcome& b) {
  if (a.codes != b.codes) {
    for (size_t i = 0; i < std::min(a.codes.size(), b.codes.size()); ++i) {
      if (a.codes[i] == b.codes[i]) continue;
      return "run " + std::to_string(i) + " returned " + std::to_string(a.codes[i]) + " and " +
             std::to_string(b.codes[i]);
    }
    return "numbers of runs";
  }
  if (a.positions != b.positions) return "positions";
  for (size_t i = 0; i < a.outputs.size(); ++i) {
    for (size_t k = 0; k < a.outputs[i].size(); ++k) {
      if (a.outputs[i][k] == b.outputs[i][k]) continue;
      return "output " + std::to_string(i) + " at " + std::to_string(k) + " of " +
             std::to_string(a.outputs[i].size());
    }
  }
  return "nothing";
}

}  // namespace fovea::test
