// ONNX's official cases of Attention (../shared/data/onnx_backend_node), each as a model of two
// methods: one fills the caches, the other asks them, and stores the keys of its own queries where
// attention is causal. What a case says of its scores or weights (qk_matmul_output) is a report.

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/runtime/handmade.h"
#include "tests/support/onnx_case.h"
#include "tests/support/skip.h"

namespace fovea::test {
namespace {

using Tensors = std::map<std::string, OnnxTensor>;
using Json = nlohmann::json;

struct OnnxCase {
  std::string name;
  Json attributes;
  Tensors tensors;

  bool has(const char* tensor) const { return tensors.count(tensor) > 0; }
  bool causal() const { return attributes.value("is_causal", 0) != 0; }
};

std::vector<OnnxCase> read_cases() {
  const std::string folder = FOVEA_ONNX_CASES;
  std::ifstream list(folder + "/ATTENTION_CASES.tsv");
  std::vector<OnnxCase> cases;
  std::string line;
  std::getline(list, line);
  while (std::getline(list, line)) {
    std::istringstream fields(line);
    std::string name, opset, attributes;
    std::getline(fields, name, '\t');
    std::getline(fields, opset, '\t');
    std::getline(fields, attributes, '\t');
    cases.push_back(
        {name, Json::parse(attributes), read_onnx_case(folder + "/" + name + "/test_data_set_0")});
  }
  return cases;
}

// Rows of a batch: [batch][tokens][heads * width].
struct BatchRows {
  uint32_t batch, tokens, heads, width;
  std::vector<float> values;

  uint32_t row_width() const { return heads * width; }
  const float* row(uint32_t b, uint32_t t) const {
    return &values[(size_t{b} * tokens + t) * row_width()];
  }
};

// Of [batch, heads, tokens, width], or of [batch, tokens, heads * width].
BatchRows rows_of(const OnnxTensor& x, uint32_t heads) {
  if (x.shape.size() == 3) {
    return {x.shape[0], x.shape[1], heads, x.shape[2] / heads, x.values};
  }
  BatchRows rows = {x.shape[0], x.shape[2], x.shape[1], x.shape[3], {}};
  for (uint32_t b = 0; b < rows.batch; ++b) {
    for (uint32_t t = 0; t < rows.tokens; ++t) {
      for (uint32_t h = 0; h < rows.heads; ++h) {
        const auto from =
            x.values.begin() + ((b * rows.heads + h) * rows.tokens + t) * int64_t{rows.width};
        rows.values.insert(rows.values.end(), from, from + rows.width);
      }
    }
  }
  return rows;
}

// The past of every sequence, then what is new.
BatchRows joined(const BatchRows& past, const BatchRows& now) {
  BatchRows all = {now.batch, past.tokens + now.tokens, now.heads, now.width, {}};
  for (uint32_t b = 0; b < all.batch; ++b) {
    for (const BatchRows* part : {&past, &now}) {
      if (part->tokens == 0) continue;
      const float* first = part->row(b, 0);
      all.values.insert(all.values.end(), first, first + part->tokens * part->row_width());
    }
  }
  return all;
}

// Which rows go where, by sequence. Queries before `skipped` see nothing: they stand before the
// first key.
struct Split {
  uint32_t stored, own, skipped;
};

class Attention {
 public:
  explicit Attention(const OnnxCase& c) : case_(c) {
    const OnnxTensor& q = c.tensors.at("Q");
    const bool flat = q.shape.size() == 3;
    const uint32_t heads = flat ? c.attributes.at("q_num_heads").get<uint32_t>() : q.shape[1];
    const uint32_t kv_heads =
        flat ? c.attributes.at("kv_num_heads").get<uint32_t>() : c.tensors.at("K").shape[1];
    query_ = rows_of(q, heads);
    keys_ = rows_of(c.tensors.at("K"), kv_heads);
    values_ = rows_of(c.tensors.at("V"), kv_heads);
    uint32_t past = 0;
    if (c.has("past_key")) {
      past = c.tensors.at("past_key").shape[2];
      keys_ = joined(rows_of(c.tensors.at("past_key"), kv_heads), keys_);
      values_ = joined(rows_of(c.tensors.at("past_value"), kv_heads), values_);
    }
    for (uint32_t b = 0; b < query_.batch; ++b) split_.push_back(split(b, past));
    packed_ = std::any_of(split_.begin(), split_.end(), [](auto& s) { return s.skipped > 0; });
    add_store();
    add_attend();
    session_ = std::make_unique<HandmadeSession>(make_image(m_.model, m_.weights));
  }

  void run() {
    store();
    attend();
    check_result();
    if (reports()) check_report();
  }

  bool reports() const { return case_.has("qk_matmul_output"); }

 private:
  Split split(uint32_t b, uint32_t past) const {
    const uint32_t queries = query_.tokens;
    const bool padded = case_.has("nonpad_kv_seqlen");
    const auto keys = padded ? static_cast<uint32_t>(case_.tensors.at("nonpad_kv_seqlen").values[b])
                             : keys_.tokens;
    if (!case_.causal()) return {keys, 0, 0};
    if (!padded) return {past, queries, 0};
    const uint32_t own = std::min(queries, keys);
    return {keys - own, own, queries - own};
  }

  // Rows of several sequences one after another.
  int32_t packed_input(const char* name, uint32_t width) {
    return m_.input(name, {1, width}, {tokens_, -1});
  }
  void pack() {
    m_.method.lengths = m_.input("lengths", {query_.batch}, {}, schema::DType::Int32);
    m_.method.packed = static_cast<uint32_t>(tokens_);
  }
  schema::StoreKeyValueT storing() const {
    schema::StoreKeyValueT store;
    store.heads = keys_.heads;
    store.key_width = keys_.width;
    store.value_width = values_.width;
    return store;
  }

  void add_store() {
    const uint32_t batch = query_.batch;
    m_.model.sequences = batch;
    tokens_ = m_.dim("tokens", batch * keys_.tokens);
    m_.cache(keys_.tokens, keys_.heads, keys_.width, values_.width);
    m_.method.name = "store";
    pack();
    const int32_t k = packed_input("keys", keys_.row_width());
    const int32_t v = packed_input("values", values_.row_width());
    m_.op(storing(), {k, v}, {}, {}, {0, 1});
    m_.update(schema::UpdateMode::Append, tokens_);
    m_.finish({k});
  }

  // [batch, tokens, width], or packed rows where some are left out.
  int32_t rows(const char* name, uint32_t width, bool input) {
    std::vector<uint32_t> extents = {query_.batch, query_.tokens, width};
    std::vector<int32_t> dims = {-1, -1, -1};
    if (packed_) {
      extents = {1, width};
      dims = {tokens_, -1};
    } else if (case_.causal()) {
      extents[1] = 1;
      dims[1] = queries_;
    }
    return input ? m_.input(name, extents, dims) : m_.tensor(name, extents, dims);
  }

  void add_attend() {
    m_.method.name = "attend";
    if (packed_) pack();
    if (!packed_ && case_.causal()) queries_ = m_.dim("queries", query_.tokens);
    const int32_t q = rows("query", query_.row_width(), true);
    if (case_.causal()) {
      const int32_t k = rows("keys", keys_.row_width(), true);
      const int32_t v = rows("values", values_.row_width(), true);
      m_.op(storing(), {k, v}, {}, {}, {0, 1});
      m_.update(schema::UpdateMode::Append, packed_ ? tokens_ : queries_);
    }
    schema::AttentionT a;
    a.heads = query_.heads;
    a.kv_heads = keys_.heads;
    a.key_width = keys_.width;
    a.value_width = values_.width;
    a.causal = case_.causal();
    a.scale = case_.attributes.value("scale", 1 / std::sqrt(static_cast<float>(keys_.width)));
    std::vector<int32_t> inputs = {q}, outputs = {rows("y", y_width(), false)};
    a.scoring = std::make_unique<schema::ScoringT>();
    a.scoring->soft_cap = case_.attributes.value("softcap", 0.0f);
    if (case_.has("attn_mask")) add_mask(inputs);
    if (reports()) {
      constexpr schema::ReportKind kModes[] = {
          schema::ReportKind::ScaledScores, schema::ReportKind::CappedScores,
          schema::ReportKind::Scores, schema::ReportKind::Weights};
      a.reports = {kModes[case_.attributes.value("qk_matmul_output_mode", 0)]};
      outputs.push_back(m_.tensor("report", {query_.batch, query_.heads, 1, keys_.tokens},
                                  {-1, -1, queries_, -1}));
      if (queries_ < 0) m_.method.tensors.back()->extents[2] = query_.tokens;
    }
    m_.op(std::move(a), inputs, outputs, {}, {0, 1});
    m_.finish(outputs);
  }

  uint32_t y_width() const { return query_.heads * values_.width; }

  // The mask with all of its extents, the first of them 1 where the case leaves them out.
  std::vector<uint32_t> mask_shape() const {
    std::vector<uint32_t> shape = case_.tensors.at("attn_mask").shape;
    shape.insert(shape.begin(), 4 - shape.size(), 1);
    return shape;
  }

  void add_mask(std::vector<int32_t>& inputs) {
    const bool seen = case_.tensors.at("attn_mask").type == OnnxTensor::kBool;
    std::vector<uint32_t> extents = mask_shape();
    REQUIRE(!packed_);
    std::vector<int32_t> dims(4, -1);
    if (case_.causal()) {
      extents[2] = 1;
      dims[2] = queries_;
    }
    extents[3] = keys_.tokens;
    inputs.resize(seen ? 4 : 3, -1);
    inputs.push_back(
        m_.input("mask", extents, dims, seen ? schema::DType::Int32 : schema::DType::Float32));
  }

  template <class T>
  T* input(uint32_t method, const char* name) const {
    fovea_tensor tensor;
    REQUIRE(fovea_input(session_->session, method, name, &tensor, nullptr) == FOVEA_OK);
    return static_cast<T*>(tensor.data);
  }
  const float* output(const char* name) const {
    fovea_tensor tensor;
    REQUIRE(fovea_output(session_->session, 1, name, &tensor, nullptr) == FOVEA_OK);
    return static_cast<const float*>(tensor.data);
  }
  void run_method(uint32_t method) const {
    fovea_error error;
    REQUIRE_MESSAGE(fovea_run(session_->session, method, &error) == FOVEA_OK,
                    sentence(error, &session_->model));
  }
  // Rows [first, first + count) of each sequence, one after another.
  template <class F>
  void fill(float* to, const BatchRows& from, const F& range) const {
    for (uint32_t b = 0; b < from.batch; ++b) {
      const auto [first, count] = range(split_[b]);
      if (count == 0) continue;
      to = std::copy_n(from.row(b, first), size_t{count} * from.row_width(), to);
    }
  }
  template <class F>
  void set_lengths(uint32_t method, const F& length) const {
    uint32_t total = 0;
    for (const Split& s : split_) total += length(s);
    session_->set_dim(static_cast<uint32_t>(tokens_), total);
    auto* lengths = input<int32_t>(method, "lengths");
    for (uint32_t b = 0; b < query_.batch; ++b)
      lengths[b] = static_cast<int32_t>(length(split_[b]));
  }

  void store() const {
    const auto range = [](const Split& s) { return std::pair(0u, s.stored); };
    if (std::all_of(split_.begin(), split_.end(), [](auto& s) { return s.stored == 0; })) return;
    set_lengths(0, [](const Split& s) { return s.stored; });
    fill(input<float>(0, "keys"), keys_, range);
    fill(input<float>(0, "values"), values_, range);
    run_method(0);
  }

  void attend() const {
    if (packed_) set_lengths(1, [](const Split& s) { return s.own; });
    const uint32_t queries = query_.tokens;
    fill(input<float>(1, "query"), query_,
         [&](const Split& s) { return std::pair(s.skipped, queries - s.skipped); });
    if (case_.causal()) {
      const auto own = [](const Split& s) { return std::pair(s.stored, s.own); };
      fill(input<float>(1, "keys"), keys_, own);
      fill(input<float>(1, "values"), values_, own);
    }
    if (case_.has("attn_mask")) fill_mask();
    run_method(1);
  }

  // Keys that a mask does not reach are not seen.
  void fill_mask() const {
    const OnnxTensor& mask = case_.tensors.at("attn_mask");
    const bool seen = mask.type == OnnxTensor::kBool;
    const std::vector<uint32_t> shape = mask_shape();
    const size_t rows = size_t{shape[0]} * shape[1] * shape[2];
    for (size_t row = 0; row < rows; ++row) {
      for (uint32_t k = 0; k < keys_.tokens; ++k) {
        const bool there = k < shape[3];
        const size_t from = row * shape[3] + k, to = row * keys_.tokens + k;
        if (seen) {
          input<int32_t>(1, "mask")[to] = there && mask.values[from] != 0;
        } else {
          input<float>(1, "mask")[to] = there ? mask.values[from] : -INFINITY;
        }
      }
    }
  }

  bool half() const { return case_.tensors.at("Q").type == OnnxTensor::kHalf; }

  void check_close(float found, float expected) const {
    // Halves: what is expected was computed and rounded in them.
    const float tolerance = half() ? 2e-3f : 1e-6f;
    CHECK((found == expected || std::abs(found - expected) <= tolerance));
  }

  void check_result() const {
    const BatchRows expected = rows_of(case_.tensors.at("Y"), query_.heads);
    REQUIRE(expected.row_width() == y_width());
    const float* y = output("y");
    for (uint32_t b = 0; b < expected.batch; ++b) {
      for (uint32_t t = 0; t < expected.tokens; ++t) {
        const bool skipped = t < split_[b].skipped;
        for (uint32_t i = 0; i < y_width(); ++i) {
          check_close(skipped ? 0 : y[i], expected.row(b, t)[i]);
        }
        if (!skipped) y += y_width();
      }
    }
  }

  void check_report() const {
    const OnnxTensor& expected = case_.tensors.at("qk_matmul_output");
    const float* report = output("report");
    for (size_t i = 0; i < expected.values.size(); ++i) check_close(report[i], expected.values[i]);
  }

  const OnnxCase& case_;
  BatchRows query_, keys_, values_;
  std::vector<Split> split_;
  bool packed_ = false;
  Handmade m_;
  int32_t tokens_ = -1, queries_ = -1;
  std::unique_ptr<HandmadeSession> session_;
};

TEST_CASE("ONNX's cases of Attention") {
  const std::vector<OnnxCase> cases = read_cases();
  if (cases.empty()) return skip("ONNX's cases are not beside the checkout");
  CHECK(cases.size() == 76);
  size_t told = 0;
  for (const OnnxCase& c : cases) {
    CAPTURE(c.name);
    told += c.has("qk_matmul_output") ? 1 : 0;
    Attention(c).run();
  }
  CHECK(told == 17);
}

}  // namespace
}  // namespace fovea::test
