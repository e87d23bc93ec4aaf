#include "tools/graph/equalize.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <utility>

#include "tools/graph/uses.h"

namespace fovea::tools {
namespace {

using schema::Attributes;
using schema::Function;
using schema::MethodT;
using schema::OperatorT;

bool is_norm(const OperatorT& op) {
  const auto* rms = op.attributes.AsRmsNorm();
  const auto* layer = op.attributes.AsLayerNorm();
  return (rms != nullptr && rms->groups == 1) || (layer != nullptr && layer->groups == 1);
}

// Whether a scaled output of the second half (of a gated weight), or of all, is scaled in the end.
bool is_scalable_linear(const OperatorT& op) {
  if (op.attributes.type == Attributes::GatedLinear) return true;
  const auto* linear = op.attributes.AsLinear();
  return linear != nullptr && input_at(op, 1) < 0 &&
         (linear->function == Function::None || linear->function == Function::Relu);
}

bool multiplies(const OperatorT& op) {
  return op.attributes.type == Attributes::Linear || op.attributes.type == Attributes::GatedLinear;
}

uint32_t numbers_of(const schema::WeightT& weight) {
  return weight.shape.empty() ? 0 : weight.shape.back();
}

ScalableRows rows_of(const Graph& graph, const OperatorT& op) {
  ScalableRows rows;
  for (size_t slot = 0; slot < op.weights.size(); ++slot) {
    if (op.weights[slot] >= 0) rows.makers.push_back(op.weights[slot]);
  }
  const schema::WeightT& weight = *graph.model.weights[op.weights[0]];
  rows.columns = is_norm(op) ? numbers_of(weight) : weight.shape[weight.shape.size() - 2];
  if (op.attributes.type == Attributes::GatedLinear) rows.first = rows.columns;
  return rows;
}

// What operators of all methods do with weights.
class Readers {
 public:
  explicit Readers(const Graph& graph) : graph_(graph), uses_(graph.sources.size()) {
    for (const auto& method : graph.model.methods) {
      for (const auto& op : method->operators) {
        for (const int32_t weight : op->weights) {
          if (weight >= 0) ++uses_[static_cast<size_t>(weight)];
        }
        if (op->attributes.type == Attributes::Embedding) ++lookups_[op->weights[0]];
      }
    }
  }

  // Adds what an operator makes to the rows, of which these are number `index`.
  void look(const MethodT& method, const OperatorT& maker, size_t index, ScalableRows& rows) {
    for (const int32_t weight : rows.makers) ++made_[{index, weight}];
    const int32_t made = maker.outputs[0];
    size_t matrices = 0;
    for (const auto& op : method.operators) {
      if (!multiplies(*op) || op->inputs[0] != made) continue;
      ++matrices;
      const int32_t weight = op->weights[0];
      ++read_[{index, weight}];
      if (std::find(rows.readers.begin(), rows.readers.end(), weight) == rows.readers.end()) {
        rows.readers.push_back(weight);
      }
    }
    rows.apart |= matrices != count_uses(method, made);
  }

  // Whether the rows can be scaled, without what has other uses.
  bool finish(size_t index, ScalableRows& rows) const {
    const auto others = std::erase_if(rows.readers, [&](int32_t weight) {
      return read_.at({index, weight}) + lookups(weight) != uses_[static_cast<size_t>(weight)] ||
             rows.columns != numbers_of(*graph_.model.weights[weight]);
    });
    for (const int32_t weight : rows.readers) {
      if (lookups(weight) > 0) rows.tables.push_back(weight);
    }
    for (const int32_t weight : rows.makers) {
      rows.apart |= made_.at({index, weight}) != uses_[static_cast<size_t>(weight)];
    }
    rows.apart |= others > 0;
    return !rows.readers.empty();
  }

 private:
  size_t lookups(int32_t weight) const {
    const auto found = lookups_.find(weight);
    return found == lookups_.end() ? 0 : found->second;
  }

  const Graph& graph_;
  std::vector<size_t> uses_;
  std::map<int32_t, size_t> lookups_;
  std::map<std::pair<size_t, int32_t>, size_t> made_, read_;  // by rows and weight
};

void multiply(std::shared_ptr<const std::vector<float>>& factors, size_t count, size_t first,
              const std::vector<int>& exponents, int sign) {
  auto made = factors == nullptr ? std::vector<float>(count, 1.0f) : *factors;
  for (size_t i = 0; i < exponents.size(); ++i) {
    made[first + i] = std::ldexp(made[first + i], sign * exponents[i]);
  }
  factors = std::make_shared<const std::vector<float>>(std::move(made));
}

size_t outputs_of(const schema::WeightT& weight) {
  const Matrices matrices = matrices_of(weight);
  return size_t{matrices.experts} * matrices.group * matrices.outputs;
}

// The same numbers under another name, for rows of their own.
int32_t repeated(Graph& graph, int32_t weight) {
  schema::WeightT copy = *graph.model.weights[weight];
  copy.name += " of codes";
  Source source = graph.sources[weight];
  source.again = true;
  return add_weight(graph, std::move(copy), std::move(source));
}

// Norms that read what those of the rows read, for the matrices alone.
void repeat_norms(const ScalableRows& rows, const std::vector<int32_t>& makers, MethodT& method) {
  for (size_t i = 0; i < method.operators.size(); ++i) {
    const OperatorT& norm = *method.operators[i];
    if (!is_norm(norm) || norm.weights != rows.makers) continue;
    const int32_t made = norm.outputs[0], own = static_cast<int32_t>(method.tensors.size());
    bool used = false;
    for (auto& op : method.operators) {
      const bool reads =
          multiplies(*op) && op->inputs[0] == made &&
          std::find(rows.readers.begin(), rows.readers.end(), op->weights[0]) != rows.readers.end();
      if (reads) op->inputs[0] = own;
      used |= reads;
    }
    if (!used) continue;
    auto tensor = std::make_unique<schema::TensorT>(*method.tensors[made]);
    tensor->name.clear();
    method.tensors.push_back(std::move(tensor));
    auto op = std::make_unique<OperatorT>(norm);
    op->outputs = {own};
    op->weights = makers;
    method.operators.insert(method.operators.begin() + static_cast<ptrdiff_t>(i++), std::move(op));
  }
}

// One number of each column, times its factor.
schema::FiltersT factors_of_columns(uint32_t columns) {
  schema::FiltersT filters;
  for (uint32_t i = 0; i < columns; ++i) filters.firsts.push_back(i);
  filters.counts.assign(columns, 1);
  return filters;
}

// Rows that are looked up in a scaled table become what they were.
void scale_lookups(Graph& graph, int32_t table, const std::vector<int>& exponents) {
  const auto columns = static_cast<uint32_t>(exponents.size());
  schema::WeightT weight;
  weight.name = graph.model.weights[table]->name + " factors";
  weight.layout = schema::Layout::Plain;
  weight.shape = {columns};
  Part part;
  part.outputs = columns;
  for (const int exponent : exponents) part.constants.push_back(std::ldexp(1.0f, -exponent));
  const int32_t factors = add_weight(graph, std::move(weight), {{std::move(part)}});
  for (auto& method : graph.model.methods) {
    for (size_t i = 0; i < method->operators.size(); ++i) {
      OperatorT& lookup = *method->operators[i];
      const bool is_lookup = lookup.attributes.type == Attributes::Embedding;
      if (!is_lookup || lookup.weights[0] != table) continue;
      auto tensor = std::make_unique<schema::TensorT>(*method->tensors[lookup.outputs[0]]);
      tensor->name.clear();
      auto op = std::make_unique<OperatorT>();
      op->attributes.Set(factors_of_columns(columns));
      op->inputs = {static_cast<int32_t>(method->tensors.size())};
      op->outputs = std::exchange(lookup.outputs, op->inputs);
      op->weights = {factors};
      method->tensors.push_back(std::move(tensor));
      method->operators.insert(method->operators.begin() + static_cast<ptrdiff_t>(++i),
                               std::move(op));
    }
  }
}

}  // namespace

std::vector<ScalableRows> scalable_rows(const Graph& graph) {
  std::vector<ScalableRows> found;
  Readers readers(graph);
  for (const auto& method : graph.model.methods) {
    for (const auto& op : method->operators) {
      if (!is_norm(*op) && !is_scalable_linear(*op)) continue;
      ScalableRows rows = rows_of(graph, *op);
      const auto same = [&](const ScalableRows& other) { return other.makers == rows.makers; };
      auto at = std::find_if(found.begin(), found.end(), same);
      if (at == found.end()) at = found.insert(found.end(), std::move(rows));
      readers.look(*method, *op, static_cast<size_t>(at - found.begin()), *at);
    }
  }
  std::vector<ScalableRows> usable;
  for (size_t i = 0; i < found.size(); ++i) {
    if (!readers.finish(i, found[i])) continue;
    const schema::WeightT& maker = *graph.model.weights[found[i].makers[0]];
    if (found[i].apart && maker.layout != schema::Layout::Row16) continue;
    usable.push_back(std::move(found[i]));
  }
  return usable;
}

void scale_rows(Graph& graph, const ScalableRows& rows, const std::vector<int>& exponents) {
  std::vector<int32_t> makers = rows.makers;
  if (rows.apart) {
    for (int32_t& weight : makers) weight = repeated(graph, weight);
    for (auto& method : graph.model.methods) repeat_norms(rows, makers, *method);
  }
  for (const int32_t weight : makers) {
    multiply(graph.sources[weight].rows, outputs_of(*graph.model.weights[weight]), rows.first,
             exponents, -1);
  }
  for (const int32_t table : rows.tables) scale_lookups(graph, table, exponents);
  for (const int32_t weight : rows.readers) {
    multiply(graph.sources[weight].columns, rows.columns, 0, exponents, 1);
  }
}

}  // namespace fovea::tools
