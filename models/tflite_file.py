"""Reading a TensorFlow Lite file: its tensors, constants (also sparse ones) and operators."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import tflite

if TYPE_CHECKING:
    from numpy.typing import NDArray

DTYPES: Final = {0: np.float32, 1: np.float16, 2: np.int32, 3: np.uint8, 4: np.int64, 9: np.int8}
OPERATORS: Final = {value: name for name, value in vars(tflite.BuiltinOperator).items() if isinstance(value, int)}
INDEX_VECTORS: Final = {1: tflite.Int32Vector, 2: tflite.Uint16Vector, 3: tflite.Uint8Vector}


@dataclass(frozen=True, slots=True)
class Operator:
    """One node: its kind, tensor numbers, and the library's object to read options from."""

    kind: str
    inputs: tuple[int, ...]
    output: int
    raw: Any

    def options(self, of: Any) -> Any:
        """The options, as the given class of the library."""
        options, table = of(), self.raw.BuiltinOptions()
        options.Init(table.Bytes, table.Pos)
        return options


class TfliteFile:
    """The first graph of a file."""

    def __init__(self, data: bytes) -> None:
        self._model = tflite.Model.GetRootAsModel(data, 0)
        self._graph = self._model.Subgraphs(0)
        self._tensors = [self._graph.Tensors(i) for i in range(self._graph.TensorsLength())]
        self.constants: dict[int, NDArray[Any]] = {}
        for number, tensor in enumerate(self._tensors):
            values = self._values(tensor)
            if values is not None:
                self.constants[number] = values

    @property
    def input(self) -> int:
        """The tensor that takes the picture."""
        return int(self._graph.Inputs(0))

    @property
    def outputs(self) -> list[int]:
        """The tensors that are results."""
        return [int(self._graph.Outputs(i)) for i in range(self._graph.OutputsLength())]

    def name(self, number: int) -> str:
        """The name of a tensor."""
        name: bytes = self._tensors[number].Name()
        return name.decode()

    def shape(self, number: int) -> list[int]:
        """The shape of a tensor, channels last."""
        shape: list[int] = self._tensors[number].ShapeAsNumpy().tolist()
        return shape

    def operators(self) -> list[Operator]:
        """All nodes, in the order they run."""
        found = []
        for index in range(self._graph.OperatorsLength()):
            raw = self._graph.Operators(index)
            code = self._model.OperatorCodes(raw.OpcodeIndex())
            kind = OPERATORS[max(code.BuiltinCode(), code.DeprecatedBuiltinCode())]
            inputs = tuple(int(raw.Inputs(i)) for i in range(raw.InputsLength()))
            found.append(Operator(kind, inputs, int(raw.Outputs(0)), raw))
        return found

    def _values(self, tensor: Any) -> NDArray[Any] | None:
        buffer = self._model.Buffers(tensor.Buffer())
        if not buffer.DataLength():
            return None
        values = np.frombuffer(buffer.DataAsNumpy().tobytes(), DTYPES[tensor.Type()])
        if tensor.Sparsity() is not None:
            return _dense(tensor, values)
        return values.reshape(tensor.ShapeAsNumpy() if tensor.ShapeLength() else ())


def _dense(tensor: Any, values: NDArray[Any]) -> NDArray[Any]:
    """A tensor from its non-zero values: levels of dense or compressed indices, the last of them inside blocks (TACO)."""
    sparsity, shape = tensor.Sparsity(), tensor.ShapeAsNumpy().tolist()
    order = [int(sparsity.TraversalOrder(i)) for i in range(sparsity.TraversalOrderLength())]
    blocked = [int(sparsity.BlockMap(i)) for i in range(sparsity.BlockMapLength())]
    levels = [_level(sparsity.DimMetadata(i)) for i in range(sparsity.DimMetadataLength())]
    rank = len(shape)
    block = {dim: levels[order.index(rank + k)].size for k, dim in enumerate(blocked)}
    coordinates = np.zeros((1, len(order)), dtype=np.int64)
    segments = np.zeros(1, dtype=np.int64)
    for depth, level in enumerate(levels):
        parents, indices, segments = level.expand(segments)
        coordinates = coordinates[parents]
        coordinates[:, depth] = indices
    full = np.zeros((len(coordinates), rank), dtype=np.int64)
    for depth, dim in enumerate(order):
        if dim < rank:
            full[:, dim] += coordinates[:, depth] * block.get(dim, 1)
        else:
            full[:, blocked[dim - rank]] += coordinates[:, depth]
    dense = np.zeros(shape, values.dtype)
    dense[tuple(full.T)] = values
    return dense


@dataclass(frozen=True, slots=True)
class _Level:
    """One level of indices: dense with `size` of them, or compressed with its own lists."""

    size: int
    starts: NDArray[np.int64] | None = None
    indices: NDArray[np.int64] | None = None

    def expand(self, segments: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """For each entry of the level above: its children's parent, index, and own segment."""
        if self.starts is None or self.indices is None:
            parents = np.repeat(np.arange(len(segments)), self.size)
            indices = np.tile(np.arange(self.size), len(segments))
            return parents, indices, segments[parents] * self.size + indices
        counts = self.starts[segments + 1] - self.starts[segments]
        parents = np.repeat(np.arange(len(segments)), counts)
        ranges = [np.arange(self.starts[s], self.starts[s + 1]) for s in segments]
        children = np.concatenate(ranges) if ranges else np.zeros(0, dtype=np.int64)
        return parents, self.indices[children], children


def _level(metadata: Any) -> _Level:
    if metadata.Format() == 0:
        return _Level(int(metadata.DenseSize()))
    starts = _vector(metadata.ArraySegmentsType(), metadata.ArraySegments())
    return _Level(0, starts, _vector(metadata.ArrayIndicesType(), metadata.ArrayIndices()))


def _vector(kind: int, table: Any) -> NDArray[np.int64]:
    vector = INDEX_VECTORS[kind]()
    vector.Init(table.Bytes, table.Pos)
    result: NDArray[np.int64] = vector.ValuesAsNumpy().astype(np.int64)
    return result
