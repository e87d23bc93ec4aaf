// What is true of every operator in a file that is wrong: it is refused, and the sentence is about
// the part that is at fault.

#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include "tests/runtime/operators/listed.h"

namespace {

using namespace fovea;
using namespace fovea::test;

// The file is refused, and the sentence is about this part of the tested operator.
void check_refused(Case& c, const Listed& listed, fovea_code code, fovea_field field,
                   uint32_t slot) {
  fovea_error error = {};
  CHECK(open_code(c, &error) == code);
  CAPTURE(sentence(error));
  CHECK(error.table == FOVEA_TABLE_OPERATOR);
  CHECK(error.index == index_of(c, listed.definition));
  CHECK(error.field == field);
  CHECK(error.slot == slot);
}

struct List {
  fovea_field field;
  Arity arity;
  std::vector<int32_t> schema::OperatorT::*operands;
};

std::vector<List> lists_of(const fovea_operator& op) {
  return {{FOVEA_FIELD_INPUT, op.inputs, &schema::OperatorT::inputs},
          {FOVEA_FIELD_OUTPUT, op.outputs, &schema::OperatorT::outputs},
          {FOVEA_FIELD_WEIGHT, op.weights, &schema::OperatorT::weights},
          {FOVEA_FIELD_STATE, op.states, &schema::OperatorT::states}};
}

TEST_CASE("operators: operands that are missing, too many or nowhere are refused") {
  for_each_case([](const Listed& listed, const auto& make) {
    for (const List& list : lists_of(listed.definition)) {
      CAPTURE(list.field);
      const auto refuse = [&](uint32_t slot, const auto& change) {
        Case c = make();
        change(tested(c, listed).*list.operands);
        // Without its output an operator leaves a tensor that nobody writes, which shows before.
        const bool output = list.field == FOVEA_FIELD_OUTPUT;
        if (output) CHECK(open_code(c, nullptr) != FOVEA_OK);
        if (!output) check_refused(c, listed, FOVEA_BAD_VALUE, list.field, slot);
      };
      Case plain = make();
      const size_t size = (tested(plain, listed).*list.operands).size();
      const bool states = list.field == FOVEA_FIELD_STATE;
      refuse(0, [&](auto& operands) { operands.resize(list.arity.most + 1u, 0); });
      if (list.arity.least > 0) {
        refuse(0, [&](auto& operands) { operands.resize(list.arity.least - 1u); });
      }
      if (states && size > 0) refuse(0, [](auto& operands) { operands.pop_back(); });
      for (uint32_t slot = 0; slot < size; ++slot) {
        refuse(slot, [&](auto& operands) { operands[slot] = 1000; });
        const bool needed = slot < list.arity.least || states || list.field == FOVEA_FIELD_OUTPUT;
        if (needed) refuse(slot, [&](auto& operands) { operands[slot] = -1; });
      }
    }
  });
}

TEST_CASE("operators: operands of another element type are refused") {
  for_each_case([](const Listed& listed, const auto& make) {
    const auto other = [](schema::DType type) {
      return type == schema::DType::Int32 ? schema::DType::Float32 : schema::DType::Int32;
    };
    Case plain = make();
    const schema::OperatorT op = tested(plain, listed);
    for (uint32_t slot = 0; slot < op.inputs.size(); ++slot) {
      if (op.inputs[slot] < 0) continue;
      Case c = make();
      schema::OperatorT& changed = tested(c, listed);
      const schema::TensorT& like = *c.method().tensors[static_cast<size_t>(op.inputs[slot])];
      changed.inputs[slot] = c.input(like.extents, like.dims, other(like.dtype));
      check_refused(c, listed, FOVEA_BAD_VALUE, FOVEA_FIELD_INPUT, slot);
    }
    for (uint32_t slot = 0; slot < op.outputs.size(); ++slot) {
      if (!op.inputs.empty() && op.outputs[slot] == op.inputs[0]) continue;
      Case c = make();
      auto& type = c.method().tensors[static_cast<size_t>(op.outputs[slot])]->dtype;
      type = other(type);
      check_refused(c, listed, FOVEA_BAD_VALUE, FOVEA_FIELD_OUTPUT, slot);
    }
  });
}

TEST_CASE("operators: pixels are no outputs, and no views are of them") {
  fovea_error error = {};
  Case output = cases_pixel_patches()[0];
  output.output(0);
  CHECK(open_code(output, &error) == FOVEA_BAD_PLAN);
  Case view = cases_pixel_patches()[0];
  const schema::TensorT pixels = *view.method().tensors[0];
  const int32_t part = view.tensor(pixels.extents, pixels.dims, pixels.dtype);
  view.method().tensors.back()->storage = schema::Storage::View;
  view.method().tensors.back()->base = 0;
  view.method().operators[0]->inputs[0] = part;
  CHECK(open_code(view, &error) == FOVEA_BAD_SHAPE);
  CHECK(error.table == FOVEA_TABLE_TENSOR);
}

TEST_CASE("operators: a spectrum's size has no prime factor above 61") {
  for (const uint32_t size : {2u * 61, 2u * 67, 67u * 67}) {
    CAPTURE(size);
    fovea_error error = {};
    Case c = cases_spectrum()[0];
    schema::OperatorT& op = *c.method().operators.back();
    op.attributes.AsSpectrum()->size = size;
    op.weights[1] = c.weight(schema::Layout::Plain, {size, 2});
    CHECK(open_code(c, &error) == (size == 122 ? FOVEA_OK : FOVEA_BAD_VALUE));
    if (size != 122) CHECK(sentence(error).find("size") != std::string::npos);
  }
}

TEST_CASE("operators: an input of another width is refused, and no other input is blamed") {
  for_each_case([](const Listed& listed, const auto& make) {
    if (listed.definition.kind == schema::Attributes::Filters)
      return;  // any rows that reach so far
    Case plain = make();
    const schema::OperatorT op = tested(plain, listed);
    for (uint32_t slot = 0; slot < op.inputs.size(); ++slot) {
      if (op.inputs[slot] < 0) continue;
      // Statistics may be of as many columns as there are.
      if (listed.definition.kind == schema::Attributes::InverseGroupNorm && slot == 1) continue;
      CAPTURE(slot);
      Case c = make();
      const schema::TensorT& like = *c.method().tensors[static_cast<size_t>(op.inputs[slot])];
      std::vector<uint32_t> extents = like.extents;
      extents.back() += 7;
      const int32_t other = c.input(extents, like.dims, like.dtype);
      for (auto* list : {&tested(c, listed).inputs, &tested(c, listed).outputs}) {
        std::replace(list->begin(), list->end(), op.inputs[slot], other);
      }
      fovea_error error = {};
      CHECK(open_code(c, &error) != FOVEA_OK);
      CAPTURE(sentence(error));
      CHECK(error.table == FOVEA_TABLE_OPERATOR);
      CHECK(error.index == index_of(c, listed.definition));
      CHECK((error.field != FOVEA_FIELD_INPUT || error.slot == slot));
    }
  });
}

TEST_CASE("operators: attributes that do not fit are refused") {
  for_each_case([](const Listed& listed, const auto& make) {
    Case plain = make();
    for (size_t i = 0; i < plain.wrong.size(); ++i) {
      CAPTURE(plain.wrong[i].what);
      Case c = make();
      plain.wrong[i].change(tested(c, listed));
      fovea_error error = {};
      CHECK(open_code(c, &error) != FOVEA_OK);
      CHECK(error.table == FOVEA_TABLE_OPERATOR);
      CHECK(error.index == index_of(c, listed.definition));
      const std::string line = sentence(error);
      CAPTURE(line);
      if (!plain.wrong[i].named.empty()) {
        CHECK(line.find(", " + plain.wrong[i].named + ")") != std::string::npos);
      }
      if (error.field != FOVEA_FIELD_ATTRIBUTE) continue;
      CHECK((error.slot >> 16) == static_cast<uint32_t>(listed.definition.kind));
      CHECK(line.find(", value)") == std::string::npos);
    }
  });
}

}  // namespace
