"""What a call can end with. Every message says what came, what was expected, and what to do."""

from __future__ import annotations

import grpc


class VectorSearchError(Exception):
    """A call that did not end well; ``code`` is its gRPC status."""

    def __init__(self, code: grpc.StatusCode, message: str):
        super().__init__(message)
        self.code = code
        #: Of an upsert in several pieces: how many rows were acknowledged before this error.
        self.upserted = 0


class InvalidArgument(VectorSearchError):
    """The request itself is wrong; the message names the field."""


class NotFound(VectorSearchError):
    """No such collection, id or model."""


class AlreadyExists(VectorSearchError):
    """The name is taken."""


class FailedPrecondition(VectorSearchError):
    """The collection is not in a state for this call: most often, its space is not the one that the caller means."""


class Unavailable(VectorSearchError):
    """No server answered, also after retries."""


class DeadlineExceeded(VectorSearchError):
    """The answer did not come in time."""


class ResourceExhausted(VectorSearchError):
    """A limit was passed: message size, quota or load."""


_CLASSES = {
    grpc.StatusCode.INVALID_ARGUMENT: InvalidArgument,
    grpc.StatusCode.OUT_OF_RANGE: InvalidArgument,
    grpc.StatusCode.NOT_FOUND: NotFound,
    grpc.StatusCode.ALREADY_EXISTS: AlreadyExists,
    grpc.StatusCode.FAILED_PRECONDITION: FailedPrecondition,
    grpc.StatusCode.UNAVAILABLE: Unavailable,
    grpc.StatusCode.DEADLINE_EXCEEDED: DeadlineExceeded,
    grpc.StatusCode.RESOURCE_EXHAUSTED: ResourceExhausted,
}


def of(code: grpc.StatusCode, details: str, target: str, timeout: float, attempts: int) -> VectorSearchError:
    """The exception for a status, with the advice that only the caller's side can give."""
    message = details or code.name
    if code is grpc.StatusCode.UNAVAILABLE:
        message += (f" ({attempts} attempts). Does a server run at {target}? Start one with 'vectorsearch serve', and give "
                    "its gRPC port, not its HTTP port.")
    elif code is grpc.StatusCode.DEADLINE_EXCEEDED:
        message += f" after {timeout:g} s and {attempts} attempt(s). Give the call a greater timeout, or ask for less at once."
    elif code is grpc.StatusCode.FAILED_PRECONDITION and "context.space_id" in message:
        message += " If the collection was made anew or rebuilt, take client.points(name) again: it learns the space that is there now."
    return _CLASSES.get(code, VectorSearchError)(code, message)
