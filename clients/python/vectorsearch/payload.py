"""Payload values between Python and messages. Integers are 64 bits and exact; nothing is silently made a float."""

from __future__ import annotations

import datetime
from typing import Any, Dict, Mapping, NamedTuple, Optional

import numpy as np

from . import messages

Payload = Mapping[str, Any]

_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
_MICROSECOND = datetime.timedelta(microseconds=1)


class GeoPoint(NamedTuple):
    """A place on Earth, in degrees."""

    latitude: float
    longitude: float


def write(payload: Optional[Payload]) -> Any:
    """A Payload message. TypeError or ValueError names the field that has no form in it."""
    message = messages.common.Payload()
    for name, value in (payload or {}).items():
        _write(message.fields[name], value, name)
    return message


def read(message: Any) -> Dict[str, Any]:
    """A dict of None, bool, int, float, str, bytes, list, GeoPoint and datetime (with its time zone, UTC)."""
    return {name: _read(value) for name, value in message.fields.items()}


def read_value(message: Any) -> Any:
    """The content of one Value message."""
    return _read(message)


def _write(message: Any, value: Any, name: str) -> None:
    if value is None:
        message.null = messages.common.NULL_VALUE
    elif isinstance(value, (bool, np.bool_)):
        message.boolean = bool(value)
    elif isinstance(value, (int, np.integer)):
        if not -(1 << 63) <= int(value) < 1 << 63:
            raise ValueError(f"payload field '{name}': {value} does not fit 64 bits")
        message.integer = int(value)
    elif isinstance(value, (float, np.floating)):
        message.number = float(value)
    elif isinstance(value, str):
        message.text = value
    elif isinstance(value, (bytes, bytearray, memoryview)):
        message.binary = bytes(value)
    elif isinstance(value, GeoPoint):
        message.geo.latitude, message.geo.longitude = value
    elif isinstance(value, datetime.datetime):
        if value.tzinfo is None:
            raise ValueError(f"payload field '{name}': {value} has no time zone; give it one, such as datetime.timezone.utc")
        message.datetime = (value - _EPOCH) // _MICROSECOND
    elif isinstance(value, (list, tuple, np.ndarray)):
        message.list.SetInParent()
        for item in value:
            _write(message.list.values.add(), item, name)
    else:
        raise TypeError(f"payload field '{name}': {type(value).__name__} came, expected None, bool, int, float, str, bytes, "
                        "list, GeoPoint or datetime")


def _read(value: Any) -> Any:
    kind = value.WhichOneof("kind")
    if kind is None or kind == "null":
        return None
    if kind == "list":
        return [_read(item) for item in value.list.values]
    if kind == "geo":
        return GeoPoint(value.geo.latitude, value.geo.longitude)
    if kind == "datetime":
        return _EPOCH + value.datetime * _MICROSECOND
    return getattr(value, kind)
