#include "tests/runtime/attention_grid/model.h"

#include <cmath>
#include <numeric>

#include "tests/runtime/handmade.h"

namespace fovea::test {
namespace {

class Maker {
 public:
  explicit Maker(const Use& use) : use_(use) {
    const auto count = static_cast<uint32_t>(use.sequences.size());
    uint32_t all = 0, most = 0;
    for (const auto& s : use.sequences) {
      all += std::min(s.tokens, use.most);
      most = std::max(most, std::min(s.tokens, use.most));
    }
    m_.model.sequences = count;
    batch_ = m_.dim("batch", count);
    tokens_ = m_.dim("tokens", use.has(Form::k_packed) ? all : most);
    if (use.states()) {
      m_.cache_type = use.has(Form::k_f16_cache)    ? schema::DType::Float16
                      : use.has(Form::k_int8_cache) ? schema::DType::Int8
                                                    : schema::DType::Float32;
      m_.cache(use.context, use.kv_heads, use.key_width, use.value_width, use.ring, use.first);
    }
  }

  Image make() {
    if (use_.has(Form::k_cross)) add_store_method();
    m_.method.name = "run";
    if (use_.has(Form::k_packed)) pack(tokens_);
    const int32_t query = rows("query", use_.query_width(), true);
    std::vector<int32_t> inputs = {query, -1, -1};
    if (!use_.has(Form::k_cross)) add_store(inputs);
    std::vector<int32_t> outputs = {rows("y", use_.result_width(), false)}, weights;
    schema::AttentionT attention = attributes();
    if (any_form()) attention.scoring = scoring(inputs, weights);
    if (use_.has(Form::k_dropout)) add_dropout(attention, inputs);
    if (use_.has(Form::k_kept_query)) {
      inputs.resize(7, -1);
      inputs.push_back(rows("kept query", use_.query_width(), true));
    }
    if (use_.has(Form::k_shared_keys)) add_first_reader(attention, inputs, weights);
    add_reports(attention, outputs);
    m_.op(std::move(attention), inputs, outputs, weights, states());
    if (first_ >= 0) outputs.push_back(first_);
    m_.finish(outputs);
    return make_image(m_.model, m_.weights);
  }

 private:
  std::vector<int32_t> states() const {
    return use_.states() ? std::vector<int32_t>{0, 1} : std::vector<int32_t>{};
  }

  void pack(int32_t dim) {
    m_.method.lengths = m_.input("lengths", {1}, {batch_}, schema::DType::Int32);
    m_.method.packed = static_cast<uint32_t>(dim);
  }

  int32_t rows(const char* name, uint32_t width, bool input, int32_t width_dim = -1) {
    std::vector<uint32_t> extents = {1, width};
    std::vector<int32_t> dims = {tokens_, width_dim};
    if (use_.has(Form::k_rectangular)) {
      extents.insert(extents.begin(), 1);
      dims.insert(dims.begin(), batch_);
    }
    return input ? m_.input(name, extents, dims) : m_.tensor(name, extents, dims);
  }

  schema::StoreKeyValueT storing() const {
    schema::StoreKeyValueT store;
    store.heads = use_.kv_heads;
    store.key_width = use_.key_width;
    store.value_width = use_.value_width;
    return store;
  }

  // Keys of all sequences, packed.
  void add_store_method() {
    uint32_t all = 1;
    for (const auto& s : use_.sequences) all += s.keys;
    const int32_t stored = m_.dim("stored", all);
    m_.method.name = "store";
    pack(stored);
    const int32_t k = m_.input("keys", {1, use_.kv_heads * use_.key_width}, {stored, -1});
    const int32_t v = m_.input("values", {1, use_.kv_heads * use_.value_width}, {stored, -1});
    m_.op(storing(), {k, v}, {}, {}, states());
    m_.update(schema::UpdateMode::Append, stored);
    m_.finish({k});
  }

  void add_store(std::vector<int32_t>& inputs) {
    const int32_t k = rows("keys", use_.kv_heads * use_.key_width, true);
    const int32_t v = rows("values", use_.kv_heads * use_.value_width, true);
    if (use_.states()) {
      m_.op(storing(), {k, v}, {}, {}, states());
      m_.update(schema::UpdateMode::Append, tokens_);
      return;
    }
    const uint32_t heads = use_.kv_heads;
    std::vector<uint32_t> keys = {heads, 1, use_.key_width, 16}, values = {heads, 16, 0};
    std::vector<int32_t> key_dims = {-1, -1, -1, -1}, value_dims = {-1, -1, -1};
    if (use_.has(Form::k_packed)) {
      blocks_ = m_.derived("blocks", tokens_, 1, batch_, 15, 0, 16);
      key_dims[1] = value_dims[1] = blocks_;
    } else {
      keys[1] = (use_.context + 15) / 16;
      values[1] = keys[1] * 16;
    }
    values[2] = use_.value_width;
    if (use_.has(Form::k_rectangular)) {
      keys.insert(keys.begin(), 1);
      values.insert(values.begin(), 1);
      key_dims.insert(key_dims.begin(), batch_);
      value_dims.insert(value_dims.begin(), batch_);
    }
    inputs[1] = m_.tensor("stored keys", keys, key_dims);
    inputs[2] = m_.tensor("stored values", values, value_dims);
    m_.op(storing(), {k, v}, {inputs[1], inputs[2]});
  }

  schema::AttentionT attributes() const {
    schema::AttentionT a;
    a.heads = use_.heads;
    a.kv_heads = use_.kv_heads;
    a.key_width = use_.key_width;
    a.value_width = use_.value_width;
    a.causal = use_.has(Form::k_causal);
    a.scale = use_.scale;
    return a;
  }

  bool any_form() const {
    for (const Form form :
         {Form::k_before, Form::k_after, Form::k_soft_cap, Form::k_slopes, Form::k_distances,
          Form::k_sinks, Form::k_position_keys, Form::k_position_queries, Form::k_pairs,
          Form::k_mask, Form::k_seen, Form::k_prefix}) {
      if (use_.has(form)) return true;
    }
    return false;
  }

  std::unique_ptr<schema::ScoringT> scoring(std::vector<int32_t>& inputs,
                                            std::vector<int32_t>& weights) {
    auto s = std::make_unique<schema::ScoringT>();
    s->soft_cap = use_.soft_cap;
    s->before = use_.before;
    s->after = use_.after;
    s->kept = use_.kept;
    weights = {weight({use_.heads}, use_.slopes),
               weight({use_.heads, 2 * use_.reach + 1}, use_.distances),
               weight({use_.heads}, use_.sinks)};
    if (use_.has(Form::k_position_keys) || use_.has(Form::k_position_queries)) {
      const std::vector<uint32_t> shape = {use_.heads, use_.key_width, 2 * use_.position_reach + 1};
      weights.push_back(weight(shape, use_.position_keys));
      weights.push_back(weight(shape, use_.position_queries));
    }
    if (use_.has(Form::k_pairs)) {
      weights.resize(5, -1);
      std::vector<uint32_t> shape = {use_.heads, use_.positions, use_.positions};
      if (!use_.kinds.empty()) shape.insert(shape.begin(), 3);
      s->pairs_of = use_.kinds;
      weights.push_back(weight(shape, use_.pairs));
    }
    const bool mask = use_.has(Form::k_mask);
    if (mask || use_.has(Form::k_seen)) {
      if (!mask) inputs.push_back(-1);
      inputs.push_back(mask_input(mask ? schema::DType::Float32 : schema::DType::Int32));
    }
    if (use_.has(Form::k_prefix)) {
      inputs.resize(5, -1);
      const bool batch = !use_.has(Form::k_one_sequence);
      inputs.push_back(m_.input("prefix", {1}, {batch ? batch_ : -1}, schema::DType::Int32));
    }
    return s;
  }

  void add_dropout(schema::AttentionT& attention, std::vector<int32_t>& inputs) {
    attention.dropout = std::make_unique<schema::DropoutT>();
    attention.dropout->probability = use_.drops.probability;
    attention.dropout->layer = use_.drops.layer;
    inputs.resize(6, -1);
    inputs.push_back(m_.input("dropout", {2}, {}, schema::DType::Int32));
  }

  // The layer before, which looks at what it stored: the same but for reports and dropout.
  void add_first_reader(const schema::AttentionT& attention, std::vector<int32_t> inputs,
                        const std::vector<int32_t>& weights) {
    first_ = rows("first", use_.result_width(), false);
    schema::AttentionT first = attention;
    first.dropout = nullptr;
    if (inputs.size() > 6) inputs[6] = -1;
    m_.op(std::move(first), inputs, {first_}, weights, states());
  }

  int32_t weight(std::vector<uint32_t> shape, const std::vector<float>& numbers) {
    if (numbers.empty()) return -1;
    const int32_t index = m_.weight(schema::Layout::Plain, std::move(shape));
    const size_t first = m_.model.weights.back()->offset / sizeof(float);
    std::copy(numbers.begin(), numbers.end(), m_.weights.begin() + static_cast<ptrdiff_t>(first));
    return index;
  }

  int32_t mask_input(schema::DType type) {
    const bool by_head = use_.has(Form::k_mask_by_head), by_row = use_.has(Form::k_mask_by_row);
    std::vector<uint32_t> extents = {by_head ? use_.heads : 1, 1, use_.states() ? use_.context : 1};
    std::vector<int32_t> dims = {-1, by_row ? tokens_ : -1, use_.states() ? -1 : tokens_};
    if (use_.has(Form::k_rectangular)) {
      extents.insert(extents.begin(), 1);
      dims.insert(dims.begin(), by_row ? batch_ : -1);
    }
    return m_.input("mask", extents, dims, type);
  }

  void add_reports(schema::AttentionT& attention, std::vector<int32_t>& outputs) {
    using Kind = schema::ReportKind;
    const auto add = [&](Kind kind, int32_t tensor) {
      attention.reports.push_back(kind);
      outputs.push_back(tensor);
    };
    if (use_.has(Form::k_some_heads)) {
      attention.range = std::make_unique<schema::ReportRangeT>();
      attention.range->first_head = use_.first_told;
      attention.range->heads = use_.told;
    }
    if (use_.has(Form::k_weights)) add(Kind::Weights, planes_output("weights"));
    if (use_.has(Form::k_summaries)) {
      add(Kind::Entropy, rows("entropy", use_.told, false));
      add(Kind::Effective, rows("effective", use_.told, false));
      add(Kind::Maximum, rows("maximum", use_.told, false));
      add(Kind::Position, rows("position", use_.told, false));
    }
    if (use_.has(Form::k_average)) {
      add(Kind::Average, rows("average", slots(), false, blocks_));
      add(Kind::AverageEntropy, rows("average entropy", 1, false));
      add(Kind::AverageEffective, rows("average effective", 1, false));
    }
    if (!use_.has(Form::k_scores)) return;
    add(Kind::ScaledScores, planes_output("scaled"));
    add(Kind::CappedScores, planes_output("capped"));
    add(Kind::Scores, planes_output("scores"));
  }

  // For one query's keys; in each of the blocks where their number follows dims.
  uint32_t slots() const {
    if (blocks_ >= 0) return 16;
    return use_.states() ? use_.context : (use_.context + 15) / 16 * 16;
  }

  int32_t planes_output(const char* name) {
    std::vector<uint32_t> extents = {use_.told, 1, slots()};
    std::vector<int32_t> dims = {-1, tokens_, blocks_};
    if (use_.has(Form::k_rectangular)) {
      extents.insert(extents.begin(), 1);
      dims.insert(dims.begin(), batch_);
    }
    return m_.tensor(name, extents, dims);
  }

  const Use& use_;
  Handmade m_;
  int32_t batch_ = -1, tokens_ = -1, blocks_ = -1, first_ = -1;
};

// One session that is fed a use, piece by piece.
class Session {
 public:
  Session(const Use& use, const Image& image, const How& how) : use_(use), how_(how) {
    fovea_error error;
    REQUIRE_MESSAGE(fovea_open(image.span(), {}, &model_, &error) == FOVEA_OK, sentence(error));
    fovea_options options = {};
    options.row = how.row;
    if (how.workers > 0) options.executor = {nullptr, run_reversed, how.workers};
    arena_ = Image(fovea_arena(&model_, std::max(how.workers, 1u)).total);
    REQUIRE(fovea_bind(&model_, {{arena_.data(), arena_.size()}, {}, {}}, &options, &session_,
                       &error) == FOVEA_OK);
    for (size_t b = 0; b < use.sequences.size(); ++b) {
      if (how.sequence < 0 || b == static_cast<size_t>(how.sequence)) running_.push_back(b);
    }
    results_.resize(running_.size());
    set_dim("batch", static_cast<uint32_t>(running_.size()));
  }

  std::vector<Result> run() {
    if (use_.has(Form::k_cross)) store();
    std::vector<uint32_t> from(running_.size());
    const std::vector<uint32_t> all(use_.ring == 0 ? 1 : use_.context / use_.most + 1, use_.most);
    for (const uint32_t piece : how_.pieces.empty() ? all : how_.pieces) {
      std::vector<uint32_t> counts;
      for (size_t i = 0; i < running_.size(); ++i) {
        counts.push_back(std::min(piece, sequence(i).tokens - from[i]));
      }
      if (std::accumulate(counts.begin(), counts.end(), 0u) == 0) continue;
      run_rows(from, counts);
      for (size_t i = 0; i < counts.size(); ++i) from[i] += counts[i];
    }
    return std::move(results_);
  }

 private:
  static void run_reversed(void*, fovea_task task, void* argument, uint32_t tasks) {
    for (uint32_t i = tasks; i-- > 0;) task(argument, i, i % 3);
  }

  const Use::Sequence& sequence(size_t i) const { return use_.sequences[running_[i]]; }
  void set_dim(const char* name, uint32_t value) const {
    const int64_t dim = fovea_find_dim(&model_, name);
    REQUIRE(fovea_set_dim(session_, static_cast<uint32_t>(dim), value, nullptr) == FOVEA_OK);
  }
  template <class T>
  T* input(const char* method, const char* name) const {
    fovea_tensor tensor;
    REQUIRE(fovea_input(session_, static_cast<uint32_t>(fovea_find_method(&model_, method)), name,
                        &tensor, nullptr) == FOVEA_OK);
    return static_cast<T*>(tensor.data);
  }
  void run_method(const char* method) const {
    const auto index = static_cast<uint32_t>(fovea_find_method(&model_, method));
    fovea_error error;
    bool finished = !how_.sliced;
    if (finished) {
      REQUIRE_MESSAGE(fovea_run(session_, index, &error) == FOVEA_OK, sentence(error, &model_));
    }
    while (!finished) REQUIRE(fovea_run_for(session_, index, 1, &finished, nullptr) == FOVEA_OK);
  }
  void set_lengths(const char* method, const std::vector<uint32_t>& lengths) const {
    std::copy(lengths.begin(), lengths.end(), input<int32_t>(method, "lengths"));
  }
  // Rows [from, from + counts) of each sequence, one after another.
  void fill(const char* method, const char* name, std::vector<float> Use::Sequence::*numbers,
            uint32_t width, const std::vector<uint32_t>& from,
            const std::vector<uint32_t>& counts) const {
    float* to = input<float>(method, name);
    for (size_t i = 0; i < counts.size(); ++i) {
      const float* first = (sequence(i).*numbers).data() + size_t{from[i]} * width;
      to = std::copy_n(first, size_t{counts[i]} * width, to);
    }
  }
  void fill_keys(const char* method, const std::vector<uint32_t>& from,
                 const std::vector<uint32_t>& counts) const {
    fill(method, "keys", &Use::Sequence::key, use_.kv_heads * use_.key_width, from, counts);
    fill(method, "values", &Use::Sequence::value, use_.kv_heads * use_.value_width, from, counts);
  }

  void store() const {
    std::vector<uint32_t> counts;
    for (size_t i = 0; i < running_.size(); ++i) counts.push_back(sequence(i).keys);
    const uint32_t total = std::accumulate(counts.begin(), counts.end(), 0u);
    if (total == 0) return;
    set_dim("stored", total);
    set_lengths("store", counts);
    fill_keys("store", std::vector<uint32_t>(counts.size()), counts);
    run_method("store");
  }

  void run_rows(const std::vector<uint32_t>& from, const std::vector<uint32_t>& counts) {
    const uint32_t total = std::accumulate(counts.begin(), counts.end(), 0u);
    set_dim("tokens", use_.has(Form::k_packed) ? total : counts[0]);
    if (use_.has(Form::k_packed)) set_lengths("run", counts);
    fill("run", "query", &Use::Sequence::query, use_.query_width(), from, counts);
    if (use_.has(Form::k_kept_query)) {
      fill("run", "kept query", &Use::Sequence::kept_query, use_.query_width(), from, counts);
    }
    if (!use_.has(Form::k_cross)) fill_keys("run", from, counts);
    if (use_.has(Form::k_mask)) fill_mask<float>(from, counts);
    if (use_.has(Form::k_seen)) fill_mask<int32_t>(from, counts);
    if (use_.has(Form::k_dropout)) {
      input<int32_t>("run", "dropout")[0] = static_cast<int32_t>(use_.drops.seed);
      input<int32_t>("run", "dropout")[1] = static_cast<int32_t>(use_.drops.pass);
    }
    if (use_.has(Form::k_prefix)) {
      for (size_t i = 0; i < counts.size(); ++i) {
        input<int32_t>("run", "prefix")[i] =
            static_cast<int32_t>(use_.prefix(running_[i], counts[i]));
      }
    }
    run_method("run");
    take(counts);
  }

  template <class T>
  void fill_mask(const std::vector<uint32_t>& from, const std::vector<uint32_t>& counts) const {
    T* mask = input<T>("run", "mask");
    const bool rectangular = use_.has(Form::k_rectangular);
    const uint32_t total = std::accumulate(counts.begin(), counts.end(), 0u);
    const uint32_t keys = use_.states() ? use_.context : rectangular ? counts[0] : total;
    const bool by_row = use_.has(Form::k_mask_by_row);
    const size_t heads = use_.has(Form::k_mask_by_head) ? use_.heads : 1;
    const auto put_head = [&](size_t i, size_t h) {
      for (uint32_t t = 0; t < (by_row ? counts[i] : 1); ++t) {
        for (uint32_t k = 0; k < keys; ++k) {
          const float x = use_.mask(running_[i], h, from[i] + t, k);
          *mask++ = std::is_same_v<T, float> ? static_cast<T>(x) : static_cast<T>(x == 0);
        }
      }
    };
    const size_t sequences = by_row ? counts.size() : 1;
    if (rectangular) {
      for (size_t i = 0; i < sequences; ++i) {
        for (size_t h = 0; h < heads; ++h) put_head(i, h);
      }
      return;
    }
    for (size_t h = 0; h < heads; ++h) {
      for (size_t i = 0; i < sequences; ++i) put_head(i, h);
    }
  }

  fovea_tensor output(const char* name) const {
    fovea_tensor tensor;
    REQUIRE(fovea_output(session_, static_cast<uint32_t>(fovea_find_method(&model_, "run")), name,
                         &tensor, nullptr) == FOVEA_OK);
    return tensor;
  }

  void take(const std::vector<uint32_t>& counts) {
    take_rows({"y"}, &Result::y, use_.result_width(), counts);
    if (use_.has(Form::k_shared_keys)) {
      take_rows({"first"}, &Result::first, use_.result_width(), counts);
    }
    if (use_.has(Form::k_weights)) take_planes("weights", &Result::weights, 0, counts);
    if (use_.has(Form::k_scores)) {
      take_planes("scaled", &Result::scaled, -INFINITY, counts);
      take_planes("capped", &Result::capped, -INFINITY, counts);
      take_planes("scores", &Result::scores, -INFINITY, counts);
    }
    if (use_.has(Form::k_summaries)) {
      take_rows({"entropy", "effective", "maximum", "position"}, &Result::summaries, use_.told,
                counts);
    }
    if (!use_.has(Form::k_average)) return;
    take_rows({"average"}, &Result::average, use_.context, counts);
    take_rows({"average entropy", "average effective"}, &Result::average_summaries, 1, counts);
  }

  // Of each row `width` numbers of each output, zeros where it has fewer.
  void take_rows(std::initializer_list<const char*> names, std::vector<float> Result::*list,
                 size_t width, const std::vector<uint32_t>& counts) {
    size_t row = 0;
    for (size_t i = 0; i < counts.size(); ++i) {
      for (const size_t end = row + counts[i]; row < end; ++row) {
        for (const char* name : names) {
          const fovea_tensor tensor = output(name);
          const size_t there = tensor.extents[tensor.rank - 1];
          const float* x = static_cast<const float*>(tensor.data) + row * there;
          std::vector<float>& to = results_[i].*list;
          to.insert(to.end(), x, x + std::min(there, width));
          to.resize(to.size() + width - std::min(there, width));
        }
      }
    }
  }

  // [batch, heads, tokens, keys], or [heads, rows of all, keys]; there may be more slots than keys.
  void take_planes(const char* name, std::vector<float> Result::*list, float otherwise,
                   const std::vector<uint32_t>& counts) {
    const fovea_tensor tensor = output(name);
    const auto* data = static_cast<const float*>(tensor.data);
    const size_t slots = tensor.extents[tensor.rank - 1], rows = tensor.extents[tensor.rank - 2];
    const bool rectangular = use_.has(Form::k_rectangular);
    size_t before = 0;
    for (size_t i = 0; i < counts.size(); ++i) {
      for (size_t t = 0; t < counts[i]; ++t) {
        for (size_t h = 0; h < use_.told; ++h) {
          const size_t plane = rectangular ? i * use_.told + h : h;
          const float* row = data + (plane * rows + before + t) * slots;
          std::vector<float> numbers(row, row + std::min<size_t>(slots, use_.context));
          numbers.resize(use_.context, otherwise);
          std::vector<float>& to = results_[i].*list;
          to.insert(to.end(), numbers.begin(), numbers.end());
        }
      }
      if (!rectangular) before += counts[i];
    }
  }

  const Use& use_;
  const How& how_;
  Image arena_;
  fovea_model model_;
  fovea_session* session_ = nullptr;
  std::vector<size_t> running_;
  std::vector<Result> results_;
};

}  // namespace

Image image_of(const Use& use) {
  return Maker(use).make();
}

std::vector<Result> run(const Use& use, const Image& image, const How& how) {
  return Session(use, image, how).run();
}

}  // namespace fovea::test
