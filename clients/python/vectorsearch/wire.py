"""The protobuf wire format, as far as large columns need it.

A protobuf runtime copies a bytes field two or three times on its way in and out. Vectors, ids and scores are most of
every large message, so they go around it: on the way out they are joined to the serialised rest (fields may come in any
order), on the way in they are views of the received bytes.
"""

from __future__ import annotations

from typing import Iterator, List, Tuple, Union

VARINT, FIXED64, LENGTH_DELIMITED, FIXED32 = 0, 1, 2, 5

Buffer = Union[bytes, memoryview]


def varint(value: int) -> bytes:
    """``value`` >= 0 in groups of seven bits, least first."""
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def length_delimited(number: int, parts: List[Buffer]) -> List[Buffer]:
    """The field ``number`` whose content is ``parts``, as parts to be joined."""
    length = sum(len(part) for part in parts)
    return [varint(number << 3 | LENGTH_DELIMITED), varint(length), *parts]


def read_varint(view: memoryview, at: int) -> Tuple[int, int]:
    """The number at ``at`` and where the next thing starts. ValueError if it does not end."""
    value = shift = 0
    while shift < 70 and at < len(view):
        byte = view[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
    raise ValueError("a varint does not end")


def fields(view: memoryview) -> Iterator[Tuple[int, int, Union[int, memoryview], memoryview]]:
    """Number, wire type, content and whole bytes of each field, in order. ValueError if the message is damaged."""
    at = 0
    while at < len(view):
        start = at
        key, at = read_varint(view, at)
        number, kind = key >> 3, key & 7
        content: Union[int, memoryview]
        if kind == VARINT:
            content, at = read_varint(view, at)
        elif kind in (FIXED64, FIXED32, LENGTH_DELIMITED):
            length = 8 if kind == FIXED64 else 4
            if kind == LENGTH_DELIMITED:
                length, at = read_varint(view, at)
            if length > len(view) - at:
                raise ValueError(f"field {number} says {length} bytes, {len(view) - at} are left")
            content, at = view[at:at + length], at + length
        else:
            raise ValueError(f"field {number} has wire type {kind}")
        yield number, kind, content, view[start:at]
