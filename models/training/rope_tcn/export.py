"""The trained network as ONNX, for onnxruntime."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from models.training.rope_tcn.crops import STRIDE
from models.training.rope_tcn.net import ANSWERS, INPUTS, padding

if TYPE_CHECKING:
    from models.training.rope_tcn.net import Layer, Shape, Weights

OPSET: Final = 17
IR: Final = 9


def to_onnx(weights: Weights, shape: Shape) -> bytes:
    """The network as a file of `Conv`, `Relu` and `Add`.

    Its input `motion` is float32[batch, 4, samples] (axes first, as ONNX has it), its output `answers`
    float32[batch, 4, samples / 2]. The same weights give the same bytes.
    """
    nodes: list[onnx.NodeProto] = []
    kept: list[onnx.TensorProto] = []

    def convolve(layer: Layer, name: str, source: str, room: tuple[int, int], stride: int, dilation: int) -> str:
        weight = np.ascontiguousarray(np.transpose(np.asarray(layer.weight, dtype=np.float32), (2, 1, 0)))
        bias = np.asarray(layer.bias, dtype=np.float32)
        kept.extend([numpy_helper.from_array(weight, f"{name}.weight"), numpy_helper.from_array(bias, f"{name}.bias")])
        inputs = [source, f"{name}.weight", f"{name}.bias"]
        nodes.append(
            helper.make_node(
                "Conv",
                inputs,
                [name],
                name,
                pads=list(room),
                strides=[stride],
                dilations=[dilation],
                kernel_shape=[weight.shape[2]],
            )
        )
        return name

    def bent(source: str) -> str:
        nodes.append(helper.make_node("Relu", [source], [f"{source}.relu"], name=f"{source}.relu"))
        return f"{source}.relu"

    x = bent(convolve(weights[0], "stem", "motion", padding(shape.stem - STRIDE, causal=shape.causal), STRIDE, 1))
    for number, (layer, dilation) in enumerate(zip(weights[1:-1], shape.dilations, strict=True)):
        room = padding(dilation * (shape.taps - 1), causal=shape.causal)
        branch = bent(convolve(layer, f"block{number}", x, room, 1, dilation))
        nodes.append(helper.make_node("Add", [x, branch], [f"sum{number}"], name=f"sum{number}"))
        x = f"sum{number}"
    convolve(weights[-1], "answers", x, (0, 0), 1, 1)
    graph = helper.make_graph(
        nodes,
        "rope_tcn",
        [helper.make_tensor_value_info("motion", TensorProto.FLOAT, ["batch", INPUTS, "samples"])],
        [helper.make_tensor_value_info("answers", TensorProto.FLOAT, ["batch", ANSWERS, "frames"])],
        kept,
    )
    model = helper.make_model(graph, producer_name="touchline", opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR)
    onnx.checker.check_model(model)
    result: bytes = model.SerializeToString(deterministic=True)
    return result
