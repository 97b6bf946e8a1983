"""BlazePose from TensorFlow Lite to ONNX: the dozen operators it has, half-precision weights made full, unused heads cut off.

General converters fail on these files (sparse half-precision weights). TensorFlow keeps channels last, ONNX first: every
four-dimensional tensor inside the net is channels first here, and turned back at the outputs and before a reshape.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import onnx
import tflite
from onnx import TensorProto, helper, numpy_helper

from models.errors import BuildFailed
from models.tflite_file import Operator, TfliteFile

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from numpy.typing import NDArray

OPSET: Final = 13
IR_VERSION: Final = 8
FIRST: Final = (0, 3, 1, 2)
LAST: Final = (0, 2, 3, 1)
NONE, RELU, RELU6 = 0, 1, 3
SAME: Final = 0


def convert(data: bytes, outputs: Collection[str]) -> bytes:
    """An ONNX model with the input `input` (float32, N×H×W×3) and the named outputs.

    Raises:
        BuildFailed: the file has an operator that this converter does not know.
    """
    built: bytes = _Converter(TfliteFile(data)).model(outputs).SerializeToString()
    return built


class _Converter:
    def __init__(self, file: TfliteFile) -> None:
        self._file = file
        self._constants = file.constants
        self._nodes: list[Any] = []
        self._initial: list[Any] = []
        self._kinds: dict[str, Callable[[Operator], None]] = {
            "CONV_2D": self._convolution,
            "DEPTHWISE_CONV_2D": self._convolution,
            "ADD": self._add,
            "PAD": self._pad,
            "MAX_POOL_2D": self._pool,
            "RESIZE_BILINEAR": self._resize,
            "DEPTH_TO_SPACE": self._depth_to_space,
            "RESHAPE": self._reshape,
            "CONCATENATION": self._concatenate,
            "LOGISTIC": self._logistic,
        }

    def model(self, outputs: Collection[str]) -> Any:
        file = self._file
        self._node("Transpose", ["input"], _name(file.input), perm=FIRST)
        for operator in file.operators():
            if operator.kind in {"DEQUANTIZE", "DENSIFY"}:
                self._constants[operator.output] = self._constants[operator.inputs[0]]
            elif operator.kind in self._kinds:
                self._kinds[operator.kind](operator)
            else:
                raise BuildFailed(f"the model has an operator that is not known here: {operator.kind}")
        results = [self._result(number) for number in file.outputs if file.name(number) in outputs]
        return self._pruned(results)

    def _result(self, number: int) -> Any:
        name, shape = self._file.name(number), self._file.shape(number)
        if len(shape) == 4:
            self._node("Transpose", [_name(number)], name, perm=LAST)
        else:
            self._node("Identity", [_name(number)], name)
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", *shape[1:]])

    def _pruned(self, results: list[Any]) -> Any:
        """The graph with what the results need, and no more."""
        needed = {result.name for result in results}
        kept = []
        for node in reversed(self._nodes):
            if needed.intersection(node.output):
                kept.append(node)
                needed.update(node.input)
        shape: list[str | int | None] = ["N", *self._file.shape(self._file.input)[1:]]
        graph = helper.make_graph(
            kept[::-1],
            "blazepose",
            [helper.make_tensor_value_info("input", TensorProto.FLOAT, shape)],
            results,
            [value for value in self._initial if value.name in needed],
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
        onnx.checker.check_model(model)
        return model

    # --- operators ------------------------------------------------------------------------------------------------------

    def _convolution(self, op: Operator) -> None:
        deep = op.kind == "DEPTHWISE_CONV_2D"
        options = op.options(tflite.DepthwiseConv2DOptions if deep else tflite.Conv2DOptions)
        weights = self._constants[op.inputs[1]].astype(np.float32)
        kernel, strides = weights.shape[1:3], (options.StrideH(), options.StrideW())
        dilations = (options.DilationHFactor(), options.DilationWFactor())
        shape = self._file.shape(op.inputs[0])
        pads = _same_pads(shape[1:3], kernel, strides, dilations) if options.Padding() == SAME else [0, 0, 0, 0]
        turned = weights.transpose(3, 0, 1, 2) if deep else weights.transpose(0, 3, 1, 2)
        inputs = [
            _name(op.inputs[0]),
            self._constant(f"w{op.output}", turned),
            self._constant(f"b{op.output}", self._constants[op.inputs[2]].astype(np.float32)),
        ]
        self._activated(
            "Conv", inputs, op.output, options.FusedActivationFunction(),
            kernel_shape=kernel, strides=strides, dilations=dilations, pads=pads, group=shape[3] if deep else 1,
        )  # fmt: skip

    def _add(self, op: Operator) -> None:
        inputs = []
        for number in op.inputs:
            if number in self._constants:
                value = self._constants[number].astype(np.float32)
                turned = value.transpose(FIRST) if value.ndim == 4 else value.reshape(1, -1, 1, 1)
                inputs.append(self._constant(f"a{op.output}_{number}", turned))
            else:
                inputs.append(_name(number))
        self._activated("Add", inputs, op.output, op.options(tflite.AddOptions).FusedActivationFunction())

    def _pad(self, op: Operator) -> None:
        before_after = self._constants[op.inputs[1]].reshape(-1, 2)[list(FIRST)]
        pads = self._constant(f"p{op.output}", before_after.T.reshape(-1).astype(np.int64))
        self._node("Pad", [_name(op.inputs[0]), pads], _name(op.output))

    def _pool(self, op: Operator) -> None:
        options = op.options(tflite.Pool2DOptions)
        self._node(
            "MaxPool", [_name(op.inputs[0])], _name(op.output),
            kernel_shape=(options.FilterHeight(), options.FilterWidth()), strides=(options.StrideH(), options.StrideW()),
            auto_pad="SAME_UPPER" if options.Padding() == SAME else "VALID",
        )  # fmt: skip

    def _resize(self, op: Operator) -> None:
        options = op.options(tflite.ResizeBilinearOptions)
        before, after = self._file.shape(op.inputs[0]), self._file.shape(op.output)
        scales = np.array([1, 1, after[1] / before[1], after[2] / before[2]], dtype=np.float32)
        mode = "align_corners" if options.AlignCorners() else "half_pixel" if options.HalfPixelCenters() else "asymmetric"
        inputs = [_name(op.inputs[0]), "", self._constant(f"s{op.output}", scales)]
        self._node("Resize", inputs, _name(op.output), mode="linear", coordinate_transformation_mode=mode)

    def _depth_to_space(self, op: Operator) -> None:
        size = op.options(tflite.DepthToSpaceOptions).BlockSize()
        self._node("DepthToSpace", [_name(op.inputs[0])], _name(op.output), blocksize=size, mode="DCR")

    def _reshape(self, op: Operator) -> None:
        source, before = _name(op.inputs[0]), self._file.shape(op.inputs[0])
        if len(before) == 4 and (before[1], before[2]) != (1, 1):
            source = self._node("Transpose", [source], f"{_name(op.output)}_last", perm=LAST)
        shape = np.array([-1, *self._file.shape(op.output)[1:]], dtype=np.int64)
        self._node("Reshape", [source, self._constant(f"r{op.output}", shape)], _name(op.output))

    def _concatenate(self, op: Operator) -> None:
        axis = op.options(tflite.ConcatenationOptions).Axis()
        self._node("Concat", [_name(number) for number in op.inputs], _name(op.output), axis=axis)

    def _logistic(self, op: Operator) -> None:
        self._node("Sigmoid", [_name(op.inputs[0])], _name(op.output))

    # --- parts ----------------------------------------------------------------------------------------------------------

    def _activated(self, kind: str, inputs: list[str], output: int, activation: int, **attributes: Any) -> None:
        name = _name(output)
        if activation == NONE:
            self._node(kind, inputs, name, **attributes)
            return
        before = self._node(kind, inputs, f"{name}_before", **attributes)
        if activation == RELU:
            self._node("Relu", [before], name)
        elif activation == RELU6:
            low, high = (self._constant(f"clip{bound}", np.float32(bound)) for bound in (0, 6))
            self._node("Clip", [before, low, high], name)
        else:
            raise BuildFailed(f"the model has an activation that is not known here: {activation}")

    def _node(self, kind: str, inputs: list[str], output: str, **attributes: Any) -> str:
        self._nodes.append(helper.make_node(kind, inputs, [output], **attributes))
        return output

    def _constant(self, name: str, value: NDArray[Any] | np.float32) -> str:
        if not any(known.name == name for known in self._initial):
            self._initial.append(numpy_helper.from_array(np.array(value, order="C"), name))
        return name


def _name(number: int) -> str:
    return f"t{number}"


def _same_pads(size: list[int], kernel: tuple[int, ...], strides: tuple[int, int], dilations: tuple[int, int]) -> list[int]:
    """TensorFlow's SAME padding: top, left, bottom, right."""
    before, after = [], []
    for length, width, stride, dilation in zip(size, kernel, strides, dilations, strict=True):
        total = max((-(-length // stride) - 1) * stride + (width - 1) * dilation + 1 - length, 0)
        before.append(total // 2)
        after.append(total - total // 2)
    return before + after
