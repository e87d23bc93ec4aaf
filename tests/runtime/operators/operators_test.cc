// What is true of every operator that runs: its results, and what it tells of itself.

#include <doctest/doctest.h>

#include <algorithm>
#include <cfloat>
#include <cmath>
#include <cstring>
#include <iterator>

#include "runtime/definition.h"
#include "runtime/work.h"
#include "tests/runtime/operators/case_session.h"
#include "tests/support/tiny_session.h"

namespace {

using namespace fovea;
using namespace fovea::test;

// Half an ulp for each term, of either sign, and some for functions, of the largest number.
void check_close(const Case& c, const Given& given, const std::vector<float>& found) {
  REQUIRE(c.oracle != nullptr);
  const Doubles exact = c.oracle(given);
  REQUIRE(found.size() == exact.size());
  double worst = 0, magnitude = 1;
  for (size_t i = 0; i < exact.size(); ++i) {
    if (std::isinf(exact[i])) CHECK(found[i] == exact[i]);
    if (std::isinf(exact[i])) continue;
    const double error = std::abs(found[i] - exact[i]);
    worst = std::isnan(error) ? INFINITY : std::max(worst, error);
    magnitude = std::max(magnitude, std::abs(exact[i]));
  }
  CHECK(worst <= (8 * std::sqrt(c.terms) + 16) * (FLT_EPSILON / 2) * magnitude);
}

TEST_CASE("operators: what double precision says, at every grain of division the same bits") {
  for_each_case([](const Listed&, const auto& make) {
    Case c = make();
    for (const auto& [batch, tokens] : {std::pair(kCaseBatch, kCaseTokens), std::pair(1u, 1u),
                                        std::pair(2u, 17u), std::pair(2u, 1u)}) {
      CaseSession session(c, How::kWhole);
      const std::vector<float> whole = session.run(batch, tokens);
      check_close(c, session.given(), whole);
      CHECK(std::any_of(whole.begin(), whole.end(), [](float y) { return y != 0; }));
      CHECK(same_bits(CaseSession(c, How::kThreads).run(batch, tokens), whole));
      CHECK(same_bits(CaseSession(c, How::kSliced).run(batch, tokens), whole));
    }
  });
}

constexpr uint64_t kMostWork = 100000;  // multiply-adds, with the cases' widths

// Of one run, each output as [planes][rows][width]: one plane but for weights and scores.
struct Planes {
  uint32_t planes, rows, width;
  const float* data;
  const float* row(uint32_t plane, uint32_t r) const {
    return data + (size_t{plane} * rows + r) * width;
  }
};

std::vector<Planes> planes_of(const CaseSession& session) {
  std::vector<Planes> result;
  const Frame f = frame_of(*session.get(), 0);
  for (uint32_t output : *f.method->outputs()) {
    const Rows y = f.rows(static_cast<int32_t>(output));
    const uint32_t planes =
        f.tensor(static_cast<int32_t>(output))->extents()->size() == 3 ? y.batch : 1;
    result.push_back({planes, y.rows / planes, y.width, y.f32()});
  }
  return result;
}

// One sequence's rows of outputs that were made with others are those that it makes alone. Where
// there are as many for each sequence, they come after those of the sequences before it.
void check_alone(const std::vector<Planes>& together, const std::vector<Planes>& alone,
                 uint32_t sequence, uint32_t first, uint32_t count) {
  for (size_t i = 0; i < together.size(); ++i) {
    const Planes &a = together[i], &b = alone[i];
    const bool each = b.rows != count;
    REQUIRE((!each || a.rows == 2 * b.rows));
    REQUIRE(a.planes == b.planes);
    for (uint32_t p = 0; p < a.planes; ++p) {
      for (uint32_t r = 0; r < b.rows; ++r) {
        const float* found = a.row(p, (each ? sequence * b.rows : first) + r);
        CHECK(std::memcmp(found, b.row(p, r), std::min(a.width, b.width) * sizeof(float)) == 0);
        for (uint32_t k = b.width; k < a.width; ++k)
          CHECK((found[k] == 0 || found[k] == -INFINITY));
      }
    }
  }
}

TEST_CASE("operators: packed sequences give what each gives alone") {
  for_each_case([](const Listed&, const auto& make) {
    Case c = make();
    if (!c.packed()) return;
    for (const auto& [a, b] : {std::pair(13u, 27u), std::pair(33u, 7u), std::pair(16u, 16u)}) {
      for (const How how : {How::kWhole, How::kThreads, How::kSliced}) {
        CaseSession together(c, how), first(c, how), second(c, how);
        together.run_rows({a, b}, 0);
        first.run_rows({a}, 0);
        second.run_rows({b}, a);
        check_alone(planes_of(together), planes_of(first), 0, 0, a);
        check_alone(planes_of(together), planes_of(second), 1, a, b);
      }
    }
  });
}

TEST_CASE("operators: a task of a sliced run has little to do") {
  for_each_case([](const Listed& listed, const auto& make) {
    Case c = make();
    const uint32_t index = static_cast<uint32_t>(index_of(c, listed.definition));
    CaseSession session(c, How::kWhole);
    session.run(kCaseBatch, kCaseTokens);
    Run run;
    run.frame = frame_of(*session.get(), 0);
    run.frame.op = run.frame.method->operators()->Get(index);
    run.frame.op_index = index;
    run.kernels = kernels::select_row(nullptr);
    run.grain = Grain::kFine;
    REQUIRE(listed.definition.prepare != nullptr);
    for (uint32_t s = 0; s < kCaseBatch; ++s) {
      REQUIRE(fovea_reset(session.get(), s, nullptr) == FOVEA_OK);
    }
    REQUIRE(listed.definition.prepare(run, nullptr) == FOVEA_OK);
    CHECK(run.tasks > 1);
    CHECK(operator_work(run.frame).multiply_adds / run.tasks <= kMostWork);
  });
}

TEST_CASE("operators: what those without a matrix count for each number") {
  using schema::Attributes;
  // Multiply-adds and bytes, for each number of the input and of the output.
  const struct {
    Attributes kind;
    uint64_t read, made, bytes_read, bytes_made;
  } all[] = {{Attributes::DynamicRange, 0, 2, 0, 12}, {Attributes::GroupNorm, 0, 4, 0, 16},
             {Attributes::Logarithm, 0, 12, 0, 8},    {Attributes::Pool, 1, 0, 4, 4},
             {Attributes::ResizeGrid, 0, 4, 4, 4},    {Attributes::Quantize, 2, 0, 4, 4},
             {Attributes::QuantizeGroups, 2, 0, 4, 4}};
  size_t count = 0;
  for_each_case([&](const Listed& listed, const auto& make) {
    for (const auto& each : all) {
      if (listed.definition.kind != each.kind) continue;
      Case c = make();
      const CaseSession session(c, How::kWhole);
      Frame f = frame_of(*session.get(), 0);
      f.op_index = static_cast<uint32_t>(index_of(c, listed.definition));
      f.op = f.method->operators()->Get(f.op_index);
      const Rows x = f.input_rows(0), y = f.output_rows(0);
      const uint64_t read = uint64_t{x.rows} * x.width, made = uint64_t{y.rows} * y.width;
      const fovea_cost cost = operator_work(f);
      CHECK(cost.multiply_adds == read * each.read + made * each.made);
      CHECK(cost.bytes == read * each.bytes_read + made * each.bytes_made);
      ++count;
    }
  });
  CHECK(count >= std::size(all));
}

// Firmware of models that need no more links these.
extern "C" {
extern const fovea_operator fovea_operator_attention_plain, fovea_operator_attention_form;
#define FOVEA_CACHE_F32(...)
#define FOVEA_CACHE(name, Element, type)                               \
  extern const fovea_operator fovea_operator_attention_##name##_plain, \
      fovea_operator_attention_##name##_form;
#include "kernels/caches.inc"
#undef FOVEA_CACHE
}

// All operators, but of attention those of one size.
static std::vector<const fovea_operator*> with_attention(
    const std::vector<const fovea_operator*>& of_formats) {
  std::vector<const fovea_operator*> items;
  for (uint32_t i = 0; i < fovea_all_operators.count; ++i) {
    const fovea_operator* item = fovea_all_operators.items[i];
    for (const fovea_operator* other : of_formats) {
      if (item->kind == other->kind && item->format == other->format) {
        item = other;
        break;
      }
    }
    items.push_back(item);
  }
  return items;
}

TEST_CASE("operators: plain attention takes what only scales its scores, and refuses the rest") {
  const auto items = with_attention({
      &fovea_operator_attention_plain,
#define FOVEA_CACHE_F32(...)
#define FOVEA_CACHE(name, Element, type) &fovea_operator_attention_##name##_plain,
#include "kernels/caches.inc"
#undef FOVEA_CACHE
  });
  fovea_operators operators = fovea_all_operators;
  operators.items = items.data();
  const auto opens = [&](Case& c) {
    const Image image = image_of(c);
    fovea_model model;
    return fovea_open_with(&operators, image.span(), {}, &model, nullptr) == FOVEA_OK;
  };
  for (Case& c : attention_cases()) {
    CAPTURE(c.what);
    schema::OperatorT& op = *c.method().operators.back();
    schema::AttentionT& attention = *op.attributes.AsAttention();
    const bool plain = !attention.scoring && op.outputs.size() == 1 && !attention.dropout;
    CHECK(opens(c) == plain);
    // A window has no operand that would give it away, nor has dropout that lacks its input.
    if (plain) {
      attention.dropout = std::make_unique<schema::DropoutT>();
      CHECK(!opens(c));
      attention.dropout = nullptr;
    }
    if (!attention.scoring) attention.scoring = std::make_unique<schema::ScoringT>();
    CHECK(!opens(c));
  }
}

// Firmware of models without position keys, position queries and kept queries, whose reports are of
// all heads and queries and not of scores, links these.
TEST_CASE("operators: attention of forms takes all but positions") {
  const auto items = with_attention({
      &fovea_operator_attention_form,
#define FOVEA_CACHE_F32(...)
#define FOVEA_CACHE(name, Element, type) &fovea_operator_attention_##name##_form,
#include "kernels/caches.inc"
#undef FOVEA_CACHE
  });
  fovea_operators operators = fovea_all_operators;
  operators.items = items.data();
  size_t refused = 0;
  for (Case& c : attention_cases()) {
    CAPTURE(c.what);
    const schema::OperatorT& op = *c.method().operators.back();
    const schema::AttentionT& attention = *op.attributes.AsAttention();
    const bool scores =
        !attention.reports.empty() && attention.reports.back() >= schema::ReportKind::ScaledScores;
    const bool related = op.weights.size() > 3 || op.inputs.size() > 7 || scores || attention.range;
    const Image image = image_of(c);
    fovea_model model;
    const fovea_code code = fovea_open_with(&operators, image.span(), {}, &model, nullptr);
    CHECK((code == FOVEA_OK) == !related);
    refused += related ? 1 : 0;
  }
  CHECK(refused > 0);
}

// Firmware whose products go through no function, or ReLU, links this one.
extern "C" const fovea_operator fovea_operator_linear_plain;

TEST_CASE("operators: plain products take ReLU, and refuse all other functions") {
  std::vector<const fovea_operator*> items(fovea_all_operators.items,
                                           fovea_all_operators.items + fovea_all_operators.count);
  for (const fovea_operator*& item : items) {
    if (item == &fovea_operator_linear) item = &fovea_operator_linear_plain;
  }
  fovea_operators operators = fovea_all_operators;
  operators.items = items.data();
  for (Case& c : cases_linear()) {
    CAPTURE(c.what);
    for (const schema::Function function : schema::EnumValuesFunction()) {
      CAPTURE(schema::EnumNameFunction(function));
      c.method().operators.back()->attributes.AsLinear()->function = function;
      const Image image = image_of(c);
      fovea_model model;
      const fovea_code code = fovea_open_with(&operators, image.span(), {}, &model, nullptr);
      const bool plain = function == schema::Function::None || function == schema::Function::Relu;
      CHECK((code == FOVEA_OK) == plain);
      CHECK(fovea_open(image.span(), {}, &model, nullptr) == FOVEA_OK);
    }
  }
}

// ---- In place --------------------------------------------------------------------------------

// Input `slot` becomes the first output, too, and the tensor that was the output is no more.
void work_over(Case& c, schema::OperatorT& op, size_t slot) {
  const int32_t x = op.inputs[slot], y = op.outputs[0];
  const auto renumber = [x, y](auto& index) {
    const int32_t old = static_cast<int32_t>(index);
    index = static_cast<std::decay_t<decltype(index)>>(old == y ? x : old > y ? old - 1 : old);
  };
  for (auto& o : c.method().operators) {
    std::for_each(o->inputs.begin(), o->inputs.end(), renumber);
    std::for_each(o->outputs.begin(), o->outputs.end(), renumber);
  }
  std::for_each(c.method().inputs.begin(), c.method().inputs.end(), renumber);
  std::for_each(c.method().outputs.begin(), c.method().outputs.end(), renumber);
  c.method().tensors.erase(c.method().tensors.begin() + y);
}

bool same_shape(Case& c, int32_t a, int32_t b) {
  const schema::TensorT &x = *c.method().tensors[static_cast<size_t>(a)],
                        &y = *c.method().tensors[static_cast<size_t>(b)];
  return x.extents == y.extents && x.dims == y.dims;
}

TEST_CASE("operators: in place where the definition allows it, with the same bits") {
  for_each_case([](const Listed& listed, const auto& make) {
    Case whole = make();
    const std::vector<float> expected = CaseSession(whole, How::kWhole).run(2, 17);
    const schema::OperatorT& op = tested(whole, listed);
    for (size_t slot = 0; slot < op.inputs.size() && !op.outputs.empty(); ++slot) {
      if (op.inputs[slot] < 0 || op.inputs[slot] == op.outputs[0]) continue;
      CAPTURE(slot);
      Case c = make();
      work_over(c, tested(c, listed), slot);
      if ((listed.definition.in_place >> slot & 1) == 0) {
        CHECK(open_code(c, nullptr) != FOVEA_OK);
      } else if (same_shape(whole, op.inputs[slot], op.outputs[0])) {
        CHECK(same_bits(CaseSession(c, How::kWhole).run(2, 17), expected));
        CHECK(same_bits(CaseSession(c, How::kSliced).run(2, 17), expected));
        CHECK(same_bits(CaseSession(c, How::kThreads).run(2, 17), expected));
      }
    }
  });
}

TEST_CASE("operators: signatures") {
  for (const Listed& listed : kListed) {
    CAPTURE(listed.name);
    const Signature& s = signature_of(listed.definition.kind);
    for (const Operands* operands : {&s.inputs, &s.outputs, &s.weights, &s.states}) {
      bool optional = false;
      for (const Operand& operand : *operands) {
        CHECK(operand.name[0] != '\0');
        CHECK(((operand.is & kOptional) != 0 || !optional));  // optional ones stand last
        optional = optional || (operand.is & kOptional) != 0;
      }
    }
    CHECK(s.inputs.size() == listed.definition.inputs.most);
    CHECK(s.outputs.size() == listed.definition.outputs.most);
  }
}

}  // namespace
