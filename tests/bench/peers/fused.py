"""Graphs with ONNX Runtime's fused operators, as its own transformer optimiser makes them."""
import numpy as np
from onnx import helper, numpy_helper

FUSED = "com.microsoft"


class FusedGraph:
    """Nodes and constants, in order; `weights` by the checkpoint's names."""

    def __init__(self, weights, epsilon):
        self.weights, self.epsilon, self.nodes, self.constants = weights, epsilon, [], []

    def constant(self, array):
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(array), f"c{len(self.constants)}"))
        return self.constants[-1].name

    def node(self, kind, given, domain="", **attributes):
        self.nodes.append(helper.make_node(kind, given, [f"t{len(self.nodes)}"], domain=domain, **attributes))
        return self.nodes[-1].output[0]

    def gains(self, norm):
        return [self.constant(self.weights[norm + end]) for end in (".weight", ".bias")]

    def finish(self, name, inputs, outputs):
        graph = helper.make_graph(self.nodes, name, inputs, outputs, self.constants)
        opsets = [helper.make_opsetid("", 17), helper.make_opsetid(FUSED, 1)]
        return helper.make_model(graph, opset_imports=opsets, ir_version=9)
