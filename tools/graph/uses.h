// Questions about who makes and who reads the tensors of a method.

#ifndef FOVEA_TOOLS_GRAPH_USES_H_
#define FOVEA_TOOLS_GRAPH_USES_H_

#include <cstddef>
#include <cstdint>

#include "runtime/schema.h"

namespace fovea::tools {

// Operators that read a tensor, times it is an output of the method, and views of it.
size_t count_uses(const schema::MethodT& method, int32_t tensor);

// The index of the only operator that writes a tensor; -1 where none or several do.
int32_t producer(const schema::MethodT& method, int32_t tensor);

// Whether an operator after `index` reads or writes the tensor, or the method gives it out.
bool used_after(const schema::MethodT& method, int32_t tensor, size_t index);

bool is_input(const schema::MethodT& method, int32_t tensor);
bool is_output(const schema::MethodT& method, int32_t tensor);
bool has_views(const schema::MethodT& method, int32_t tensor);

// Input or weight `slot` of an operator, or -1.
int32_t input_at(const schema::OperatorT& op, size_t slot);
int32_t weight_at(const schema::OperatorT& op, size_t slot);

// Whether an Attention looks at keys that another method stored, or of other tokens than its
// queries.
bool is_cross(const schema::ModelT& model, const schema::MethodT& method,
              const schema::OperatorT& op);

// A Linear with neither activation nor residual.
bool is_plain_linear(const schema::OperatorT& op);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_GRAPH_USES_H_
