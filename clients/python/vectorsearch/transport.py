"""One channel, and the policy by which its calls are repeated."""

from __future__ import annotations

import dataclasses
import random
import time
from typing import Any, Callable, List, Optional

import grpc

from . import errors, wire

#: A reply is as large as what was asked for; the server bounds it.
_MAX_REPLY_BYTES = 256 << 20

_STATUS_DETAILS = "grpc-status-details-bin"
_RETRY_INFO = "type.googleapis.com/google.rpc.RetryInfo"


@dataclasses.dataclass(frozen=True)
class RetryPolicy:
    """When a call is repeated, and after what pause.

    UNAVAILABLE is repeated after ``first_pause_s``, doubled each time up to ``max_pause_s``, each pause with a random part
    so that many clients don't come back at once. RESOURCE_EXHAUSTED is repeated only if the server says when (RetryInfo).
    A write carries its request id again, so that the server does it once. All of it stays within the call's timeout.
    """

    attempts: int = 5
    first_pause_s: float = 0.1
    max_pause_s: float = 5.0

    def pause(self, attempt: int, error: grpc.RpcError) -> Optional[float]:
        """Seconds to wait before the next attempt; None to give up. ``attempt`` counts from 1."""
        if attempt >= self.attempts:
            return None
        told = retry_delay(error)
        if told is not None and error.code() in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.RESOURCE_EXHAUSTED):
            return told
        if error.code() is not grpc.StatusCode.UNAVAILABLE:
            return None
        return min(self.max_pause_s, self.first_pause_s * 2 ** (attempt - 1)) * random.uniform(0.5, 1.0)


class Transport:
    """A channel to a server. Safe for concurrent use."""

    def __init__(self, target: str, *, timeout: float, retry: RetryPolicy, credentials: Optional[grpc.ChannelCredentials],
                 metadata: List[tuple]):
        options = [("grpc.max_receive_message_length", _MAX_REPLY_BYTES), ("grpc.max_send_message_length", -1),
                   ("grpc.initial_reconnect_backoff_ms", 100), ("grpc.max_reconnect_backoff_ms", 2000)]
        self.target, self.timeout, self.retry, self._metadata = target, timeout, retry, metadata
        self.channel = (grpc.secure_channel(target, credentials, options) if credentials is not None
                        else grpc.insecure_channel(target, options))

    def unary(self, path: str, request: Any, read: Callable[[bytes], Any], parts: Optional[List[wire.Buffer]] = None,
              timeout: Optional[float] = None) -> Any:
        """Calls ``path`` with the message ``request``, and ``parts`` joined to it, until it ends well or the policy gives up."""
        data = b"".join([request.SerializeToString(), *(parts or [])])
        call = self.channel.unary_unary(path, request_serializer=None, response_deserializer=read)
        return self._attempts(lambda remaining: call(data, timeout=remaining, metadata=self._metadata), timeout)

    def client_stream(self, path: str, requests: Callable[[], Any], read: Callable[[bytes], Any],
                      timeout: Optional[float] = None) -> Any:
        """As ``unary``; ``requests`` makes the messages anew for each attempt."""
        call = self.channel.stream_unary(path, request_serializer=lambda message: message.SerializeToString(),
                                         response_deserializer=read)
        return self._attempts(lambda remaining: call(requests(), timeout=remaining, metadata=self._metadata), timeout)

    def duplex(self, path: str, requests: Any, read: Callable[[bytes], Any]) -> Any:
        """Opens a stream each way, which lasts as long as its caller wants."""
        call = self.channel.stream_stream(path, request_serializer=lambda message: message.SerializeToString(),
                                          response_deserializer=read)
        return call(requests, metadata=self._metadata)

    def _attempts(self, call: Callable[[float], Any], timeout: Optional[float]) -> Any:
        timeout = self.timeout if timeout is None else timeout
        deadline = time.monotonic() + timeout
        attempt = 1
        while True:
            try:
                return call(max(deadline - time.monotonic(), 0.001))
            except grpc.RpcError as error:
                pause = self.retry.pause(attempt, error)
                if pause is None or time.monotonic() + pause >= deadline:
                    raise errors.of(error.code(), error.details(), self.target, timeout, attempt) from error
            time.sleep(pause)
            attempt += 1


def retry_delay(error: grpc.RpcError) -> Optional[float]:
    """Seconds that the server asks to wait (google.rpc.RetryInfo in the status details); None if it says nothing."""
    for name, value in error.trailing_metadata() or ():
        if name != _STATUS_DETAILS:
            continue
        try:
            # google.rpc.Status: 3 details; Any: 1 type_url, 2 value; RetryInfo: 1 retry_delay; Duration: 1 seconds, 2 nanos.
            for any_ in _all(memoryview(value), 3):
                type_url, delay = _all(any_, 1), _all(any_, 2)
                if type_url and bytes(type_url[0]).decode() == _RETRY_INFO:
                    seconds, nanos = 0, 0
                    for duration in _all(delay[0], 1) if delay else ():
                        seconds, nanos = sum(_all(duration, 1)), sum(_all(duration, 2))
                    return seconds + nanos / 1e9
        except (ValueError, TypeError, UnicodeDecodeError):
            # The details are only a hint; the status stands without them.
            return None
    return None


def _all(view: memoryview, number: int) -> list:
    return [content for found, _, content, _ in wire.fields(view) if found == number]
