"""A model folder as an ONNX graph with the products of its matrices in 8 bits."""

import json

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic
from safetensors.numpy import load_file

ONNX_SET, CONTRIBUTED = 20, "com.microsoft"
HEAD = "sentiment"


class Graph:
    """Nodes and weights, added one behind another."""

    def __init__(self):
        self.nodes, self.weights = [], []

    def add(self, operation, *inputs, **attributes):
        """The name of what the operation gives."""
        result = f"{operation}{len(self.nodes)}"
        self.nodes.append(helper.make_node(operation, list(inputs), [result], **attributes))
        return result

    def weight(self, name, values):
        self.weights.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name


def matrices(folder):
    """The folder's tensors as float32; a matrix of bytes has a scale for each row."""
    tensors = load_file(folder / "model.safetensors")
    made = {}
    for name, values in tensors.items():
        if not name.endswith("_scale"):
            scale = tensors.get(f"{name}_scale")
            made[name] = values.astype(np.float32) * (1 if scale is None else scale[:, None])
    return made


def linear(graph, tensors, name, x, shown):
    """x times the transposed matrix and the bias; `shown` names the weights in the graph."""
    weight = graph.weight(f"{shown}.weight", tensors[f"{name}.weight"].T)
    return graph.add("Add", graph.add("MatMul", x, weight), graph.weight(f"{shown}.bias", tensors[f"{name}.bias"]))


def norm(graph, tensors, name, x, epsilon):
    gain, bias = (graph.weight(f"{name}.{part}", tensors[f"{name}.{part}"]) for part in ("weight", "bias"))
    return graph.add("LayerNormalization", x, gain, bias, axis=-1, epsilon=epsilon)


def fused_attention(graph, parts, heads, _width):
    """ONNX Runtime's own operator."""
    return graph.add("MultiHeadAttention", *parts, "", "mask", domain=CONTRIBUTED, num_heads=heads)


def plain_attention(graph, parts, heads, width):
    """Step by step, as exporters write it."""
    def shape(*sizes):
        return graph.weight(f"shape{len(graph.weights)}", np.array(sizes, np.int64))

    query, key, value = (graph.add("Reshape", part, shape(0, 0, heads, width // heads)) for part in parts)
    query, value = (graph.add("Transpose", part, perm=[0, 2, 1, 3]) for part in (query, value))
    scores = graph.add("MatMul", query, graph.add("Transpose", key, perm=[0, 2, 3, 1]))
    root = graph.weight(f"root{len(graph.weights)}", np.array((width / heads) ** 0.5, np.float32))
    hidden = graph.add("Unsqueeze", graph.add("Cast", "mask", to=TensorProto.FLOAT), shape(1, 2))
    least = graph.weight(f"least{len(graph.weights)}", np.array(1e4, np.float32))
    one = graph.weight(f"one{len(graph.weights)}", np.array(1, np.float32))
    hidden = graph.add("Mul", graph.add("Sub", hidden, one), least)
    chances = graph.add("Softmax", graph.add("Add", graph.add("Div", scores, root), hidden), axis=-1)
    attended = graph.add("Transpose", graph.add("MatMul", chances, value), perm=[0, 2, 1, 3])
    return graph.add("Reshape", attended, shape(0, 0, width))


ATTENTION = {"fused": fused_attention, "plain": plain_attention}


def build(folder, attention):
    """ids, shapes, mask (1 a piece, 0 behind the last) and the pieces' number of each text -> logits of `sentiment`."""
    shape = json.loads((folder / "config.json").read_text())
    tensors, graph, epsilon = matrices(folder), Graph(), shape["layer_norm_eps"]
    embedded = graph.add("Gather", graph.weight("words", tensors["embeddings.word_embeddings.weight"]), "ids")
    shapes = graph.add("Gather", graph.weight("shapes", tensors["embeddings.token_type_embeddings.weight"]), "types")
    places = graph.add("Gather", graph.weight("places", tensors["embeddings.position_embeddings.weight"]), "at")
    x = norm(
        graph, tensors, "embeddings.LayerNorm", graph.add("Add", graph.add("Add", embedded, shapes), places), epsilon)
    for number in range(shape["num_hidden_layers"]):
        layer = f"encoder.layer.{number}"
        parts = [
            linear(graph, tensors, f"{layer}.attention.self.{part}", x, f"{part}{number}")
            for part in ("query", "key", "value")]
        attended = ATTENTION[attention](graph, parts, shape["num_attention_heads"], shape["hidden_size"])
        mixed = linear(graph, tensors, f"{layer}.attention.output.dense", attended, f"mixed{number}")
        x = norm(graph, tensors, f"{layer}.attention.output.LayerNorm", graph.add("Add", x, mixed), epsilon)
        inner = graph.add("Gelu", linear(graph, tensors, f"{layer}.intermediate.dense", x, f"inner{number}"))
        made = linear(graph, tensors, f"{layer}.output.dense", inner, f"outer{number}")
        x = norm(graph, tensors, f"{layer}.output.LayerNorm", graph.add("Add", x, made), epsilon)
    present = graph.add("Cast", "mask", to=TensorProto.FLOAT)
    present = graph.add("Unsqueeze", present, graph.weight("last", np.array([2])))
    total = graph.add("ReduceSum", graph.add("Mul", x, present), graph.weight("middle", np.array([1])), keepdims=0)
    mean = graph.add("Div", total, "lengths")
    logits = linear(graph, tensors, f"heads.{HEAD}", mean, HEAD)

    def integers(name, *dimensions):
        return helper.make_tensor_value_info(name, TensorProto.INT32, dimensions)

    inputs = [
        integers("ids", "texts", "pieces"), integers("types", "texts", "pieces"), integers("at", "pieces"),
        integers("mask", "texts", "pieces"),
        helper.make_tensor_value_info("lengths", TensorProto.FLOAT, ["texts", 1])]
    made = helper.make_graph(
        graph.nodes, "encoder", inputs, [helper.make_tensor_value_info(logits, TensorProto.FLOAT, ["texts", None])],
        graph.weights)
    sets = [helper.make_opsetid("", ONNX_SET), helper.make_opsetid(CONTRIBUTED, 1)]
    return helper.make_model(made, opset_imports=sets, ir_version=10)


def write(folder, attention, whole, small):
    """Writes the graph in float32 and with its matrix products in 8 bits."""
    onnx.save(build(folder, attention), whole)
    quantize_dynamic(
        whole, small, op_types_to_quantize=["MatMul"], weight_type=QuantType.QInt8, per_channel=True,
        extra_options={"MatMulConstBOnly": True, "DefaultTensorType": TensorProto.FLOAT})
