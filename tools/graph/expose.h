// Attention weights as outputs, for those who want to see what a model looked at.

#ifndef FOVEA_TOOLS_GRAPH_EXPOSE_H_
#define FOVEA_TOOLS_GRAPH_EXPOSE_H_

#include "tools/graph/graph.h"

namespace fovea::tools {

// Gives every attention of every method its weights as a further output of the method, f32
// [batch, heads, tokens, keys]: "cross_attention.N" where the method only reads the keys' cache,
// "attention.N" otherwise, N counting each kind from 0.
void expose_attention(schema::ModelT& model);

// Sets the width of exposed weights to what their keys have room for; planning calls it after a
// change of maxima.
void resize_attention_weights(const schema::ModelT& model, schema::MethodT& method);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_GRAPH_EXPOSE_H_
