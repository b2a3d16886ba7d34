"""Ids, vectors and scores as numpy arrays, into and out of messages."""

from __future__ import annotations

from typing import Any, List, NamedTuple, Optional, Sequence, Tuple, Union

import numpy as np

from . import messages, wire

IdList = Union[Sequence[int], Sequence[str], np.ndarray]

# Field numbers of vectorsearch.v1, from the generated descriptors.
_MATRIX = messages.common.Matrix.DESCRIPTOR.fields_by_name
_IDS = messages.common.IdColumn.DESCRIPTOR.fields_by_name


class Ids:
    """A column of ids, all numbers or all strings.

    Numbers are a uint64 array that is not copied when it comes as one; strings a list.
    """

    def __init__(self, values: Union[IdList, "Ids", int, str]):
        self.numbers: Optional[np.ndarray] = None
        self.strings: List[str] = []
        if isinstance(values, Ids):
            self.numbers, self.strings = values.numbers, values.strings
            return
        if isinstance(values, (int, str, np.integer)):
            values = [values]  # type: ignore[list-item]
        if isinstance(values, np.ndarray) and values.dtype.kind in "ui":
            if values.ndim != 1:
                raise ValueError(f"ids: an array of {values.ndim} dimensions came, expected 1")
            if values.dtype.kind == "i" and values.size and values.min() < 0:
                raise ValueError(f"ids: {values.min()} came, expected 0 or more")
            self.numbers = np.ascontiguousarray(values, dtype="<u8")
            return
        listed = list(values)
        if all(isinstance(value, str) for value in listed) and listed:
            self.strings = [str(value) for value in listed]
        elif all(isinstance(value, (int, np.integer)) and not isinstance(value, bool) for value in listed):
            for value in listed:
                if not 0 <= int(value) < 1 << 64:
                    raise ValueError(f"ids: {value} came, expected 0 to 2^64 - 1")
            self.numbers = np.array([int(value) for value in listed], dtype="<u8")
        else:
            kinds = sorted({type(value).__name__ for value in listed})
            raise TypeError(f"ids: {', '.join(kinds)} came, expected all integers or all strings")

    def __len__(self) -> int:
        return len(self.strings) if self.numbers is None else len(self.numbers)

    def __getitem__(self, rows: slice) -> "Ids":
        part = Ids.__new__(Ids)
        part.numbers = None if self.numbers is None else self.numbers[rows]
        part.strings = self.strings[rows]
        return part

    @property
    def values(self) -> Union[np.ndarray, List[str]]:
        """The numbers or the strings."""
        return self.strings if self.numbers is None else self.numbers

    def parts(self, number: int) -> List[wire.Buffer]:
        """The IdColumn field ``number``."""
        if self.numbers is not None:
            return wire.length_delimited(number, wire.length_delimited(_IDS["numbers"].number, [_bytes(self.numbers)]))
        column = messages.common.IdColumn(strings=self.strings)
        return wire.length_delimited(number, [column.SerializeToString()])


def matrix(vectors: Any) -> np.ndarray:
    """Vectors as rows of little-endian float32: a view if they already are that. One vector becomes one row."""
    rows = np.ascontiguousarray(vectors, dtype="<f4")
    if rows.ndim == 1:
        rows = rows.reshape(1, -1)
    if rows.ndim != 2:
        raise ValueError(f"vectors: an array of {rows.ndim} dimensions came, expected rows × dimension")
    return rows


def matrix_parts(number: int, rows: np.ndarray) -> List[wire.Buffer]:
    """The Matrix field ``number``."""
    head = messages.common.Matrix(type=messages.common.ELEMENT_TYPE_FLOAT32, dim=rows.shape[1], rows=rows.shape[0])
    data = wire.length_delimited(_MATRIX["data"].number, [_bytes(rows)])
    return wire.length_delimited(number, [head.SerializeToString(), *data])


class Columns(NamedTuple):
    """A reply in columns: what protobuf read, and arrays that are views of the bytes as they came (read-only)."""

    message: Any
    ids: Ids
    vectors: Optional[np.ndarray]
    scores: Optional[np.ndarray]


def read(data: bytes, kind: Any) -> Columns:
    """Reads a GetReply, ScrollReply or QueryReply."""
    numbers = {field.number: name for name, field in kind.DESCRIPTOR.fields_by_name.items()}
    found: dict = {}
    rest: List[memoryview] = []
    for number, wire_type, content, whole in wire.fields(memoryview(data)):
        name = numbers.get(number)
        column = _views(name, content) if wire_type == wire.LENGTH_DELIMITED and name not in found else None
        if column is None:
            rest.append(whole)
        else:
            found[name] = column
    message = kind.FromString(b"".join(rest))
    # A column may also come in another encoding that protobuf allows (a field in two pieces, numbers unpacked).
    if _is_split(message, found):
        message, found = kind.FromString(data), {}

    ids = Ids(found["ids"]) if "ids" in found else _ids_of(message.ids)
    vectors = _array_of(*found["vectors"]) if "vectors" in found else _vectors_of(message)
    scores = found.get("scores")
    if scores is None and hasattr(message, "scores"):
        scores = np.array(message.scores, dtype="<f4")
    return Columns(message, ids, vectors, scores)


def _views(name: Optional[str], content: Any) -> Any:
    if name == "scores":
        return np.frombuffer(content, dtype="<f4")
    if name == "ids":
        inner = list(wire.fields(content))
        if len(inner) == 1 and inner[0][0] == _IDS["numbers"].number and inner[0][1] == wire.LENGTH_DELIMITED:
            return np.frombuffer(inner[0][2], dtype="<u8")
    if name == "vectors":
        inner_fields = {number: value for number, _, value, _ in wire.fields(content)}
        kind = inner_fields.get(_MATRIX["type"].number, 0)
        data = inner_fields.get(_MATRIX["data"].number, memoryview(b""))
        if kind == messages.common.ELEMENT_TYPE_FLOAT32 and isinstance(data, memoryview):
            return data, inner_fields.get(_MATRIX["rows"].number, 0), inner_fields.get(_MATRIX["dim"].number, 0)
    return None


def _is_split(message: Any, found: dict) -> bool:
    present = {field.name for field, _ in message.ListFields()}
    return any(name in present for name in found)


def _ids_of(column: Any) -> Ids:
    return Ids(list(column.strings)) if column.strings else Ids(np.array(column.numbers, dtype="<u8"))


def _vectors_of(message: Any) -> Optional[np.ndarray]:
    if not message.HasField("vectors"):
        return None
    return _array_of(message.vectors.data, message.vectors.rows, message.vectors.dim)


def _array_of(data: wire.Buffer, rows: int, dim: int) -> np.ndarray:
    return np.frombuffer(data, dtype="<f4").reshape(rows, dim)


def _bytes(array: np.ndarray) -> wire.Buffer:
    # A memoryview with an empty dimension cannot be cast.
    return memoryview(array).cast("B") if array.size else b""


def split(counts: Sequence[int]) -> List[Tuple[int, int]]:
    """Where each query's answers start and end in the columns."""
    ends = np.cumsum(counts).tolist()
    return list(zip([0, *ends[:-1]], ends)) if ends else []
