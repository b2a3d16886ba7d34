"""Generations of collections: how a retrained model comes into use without a call that fails."""

from __future__ import annotations

import time
from typing import Any, Callable, Dict, Iterator, List, Mapping, NamedTuple, Optional, Sequence, Tuple

import grpc

from . import errors, messages, queries
from .columns import IdList
from .transport import Transport

_GENERATIONS = "/vectorsearch.v1.Generations/"
_OPERATIONS = "/vectorsearch.v1.Operations/"
_DECISIONS = {
    "gate": messages.generations.RebuildRequest.DECISION_GATE,
    "promote": messages.generations.RebuildRequest.DECISION_PROMOTE,
    "hold": messages.generations.RebuildRequest.DECISION_HOLD,
}
_INDEXES = {"": messages.collections.INDEX_KIND_UNSPECIFIED, "hnsw": messages.collections.INDEX_KIND_HNSW, "exact": messages.collections.INDEX_KIND_EXACT,
            "sealed": messages.collections.INDEX_KIND_SEALED}
_RUNNING = messages.operations.Operation.STATE_RUNNING
_SUCCEEDED = messages.operations.Operation.STATE_SUCCEEDED
_FAILED = messages.operations.Operation.STATE_FAILED
_GLANCE_S = 0.2


class Rebuilt(NamedTuple):
    """What came out of a rebuild. ``verdict``: promote, canary or refuse; ``message`` has the report with every measure."""

    generation: int
    promoted: bool
    verdict: str
    reasons: List[str]
    message: Any


class Generations:
    """Rebuilds collections with other models, and promotes, compares and takes back what was rebuilt.

    What is not said otherwise is a message of protos/vectorsearch/v1/generations.proto.
    """

    def __init__(self, transport: Transport):
        self._transport = transport

    def list(self, collection: str, *, timeout: Optional[float] = None) -> List[Any]:
        """All generations of a collection, the newest first."""
        request = messages.generations.ListGenerationsRequest(collection=collection)
        return list(self._call("ListGenerations", request, messages.generations.ListGenerationsReply, timeout).generations)

    def get(self, collection: str, number: int = 0, *, timeout: Optional[float] = None) -> Any:
        """A generation; 0 for the one that answers."""
        request = messages.generations.GetGenerationRequest(collection=collection, number=number)
        return self._call("GetGeneration", request, messages.generations.GetGenerationReply, timeout).generation

    def plan(self, collection: str, *, model: str = "", question: str = "", timeout: Optional[float] = None) -> Any:
        """Where the vectors of a new generation would come from; nothing is done."""
        request = messages.generations.RebuildRequest(collection=collection, model=model, question=question, validate_only=True)
        return self._call("Rebuild", request, messages.generations.RebuildReply, timeout).plan

    def rebuild(self, collection: str, *, model: str = "", question: str = "", index: str = "", hnsw: Optional[Dict[str, int]] = None,
                decision: str = "gate", rules: Optional[Mapping[str, float]] = None, judgements: Sequence[Tuple[Any, IdList]] = (),
                bridge: bool = False, bridge_s: float = 0.0, carry_by_bridge: bool = False, cpu_percent: int = 0, memory_bytes: int = 0,
                progress: Optional[Callable[[Any], None]] = None, timeout: Optional[float] = None) -> Rebuilt:
        """Builds the next generation, lets the gate judge it, and waits for what becomes of it.

        model: digest of a model that was put; "" keeps the one in use. index: "hnsw", "exact" or "sealed"; "" as before. decision: "gate", "promote" (whatever the gate says) or
        "hold". judgements: pairs of features and the ids of their right answers. bridge: let queries send vectors of the old
        space, for bridge_s seconds (0: until switched off). carry_by_bridge: carry points over it that nothing else carries. progress: called with the Operation message whenever it changes.
        timeout: for the whole rebuild; without one it is waited for as long as it takes.
        """
        for field, value, choices in (("decision", decision, _DECISIONS), ("index", index, _INDEXES)):
            if value not in choices:
                raise ValueError(f"{field}: {value!r} came, expected one of {', '.join(filter(None, choices))}")
        request = messages.generations.RebuildRequest(
            collection=collection, model=model, question=question, index=_INDEXES[index], decision=_DECISIONS[decision],
            hnsw=messages.collections.HnswConfig(**(hnsw or {})), bridge=bridge, carry_by_bridge=carry_by_bridge, cpu_percent=cpu_percent, memory_bytes=memory_bytes)
        if rules:
            request.rules.CopyFrom(messages.gate.GateRules(**rules))
        if bridge_s:
            request.bridge_time.FromMilliseconds(round(bridge_s * 1000))
        for features, relevant in judgements:
            request.judgements.add(query=features, relevant=queries.id_column(relevant))
        operation = self._call("Rebuild", request, messages.generations.RebuildReply, timeout).operation
        for operation in self.watch(operation.name, timeout=timeout):
            if progress is not None:
                progress(operation)
        if operation.state == _FAILED:
            raise errors.of(_code(operation.fault.code), operation.fault.message, self._transport.target, timeout or 0.0, 1)
        if operation.state != _SUCCEEDED:
            raise errors.of(grpc.StatusCode.CANCELLED, f"the rebuild {operation.name} is not done: it was cancelled, or the time was over", self._transport.target, timeout or 0.0, 1)
        result = operation.rebuild
        verdict = messages.gate.Verdict.Name(result.report.verdict).replace("VERDICT_", "").lower()
        return Rebuilt(result.generation, result.promoted, verdict, list(result.report.reasons), result)

    def watch(self, operation: str, *, timeout: Optional[float] = None) -> Iterator[Any]:
        """An operation now, then whenever it changes, and last when it has ended. A restart of the server is only a pause."""
        deadline = None if timeout is None else time.monotonic() + timeout
        request = messages.operations.WaitOperationRequest(name=operation)
        request.timeout.FromMilliseconds(round(_GLANCE_S * 1000))
        told = None
        while deadline is None or time.monotonic() < deadline:
            read = messages.operations.WaitOperationReply.FromString
            now = self._transport.unary(f"{_OPERATIONS}WaitOperation", request, read).operation
            if now != told:
                yield now
            if now.state != _RUNNING:
                return
            told = now

    def cancel(self, operation: str, *, timeout: Optional[float] = None) -> Any:
        """Asks an operation to stop."""
        request = messages.operations.CancelOperationRequest(name=operation)
        read = messages.operations.CancelOperationReply.FromString
        return self._transport.unary(f"{_OPERATIONS}CancelOperation", request, read, timeout=timeout).operation

    def promote(self, collection: str, number: int = 0, *, accept_missing: bool = False, timeout: Optional[float] = None) -> Any:
        """Lets a generation answer that was built and does not; 0 for the newest such."""
        request = messages.generations.PromoteGenerationRequest(collection=collection, number=number, accept_missing=accept_missing)
        return self._call("PromoteGeneration", request, messages.generations.PromoteGenerationReply, timeout).generation

    def rollback(self, collection: str, *, accept_missing: bool = False, timeout: Optional[float] = None) -> Any:
        """Lets the generation answer again that answered before, and returns it."""
        request = messages.generations.RollbackGenerationRequest(collection=collection, accept_missing=accept_missing)
        return self._call("RollbackGeneration", request, messages.generations.RollbackGenerationReply, timeout).generation

    def retire(self, collection: str, number: int, *, timeout: Optional[float] = None) -> Any:
        """Gives up a generation that does not answer; its record and report stay."""
        request = messages.generations.RetireGenerationRequest(collection=collection, number=number)
        return self._call("RetireGeneration", request, messages.generations.RetireGenerationReply, timeout).generation

    def diff(self, collection: str, from_: int = 0, to: int = 0, *, examples: int = 0, timeout: Optional[float] = None) -> Any:
        """Compares two generations as the gate does, and shows what changed the most: the DiffGenerationsReply message."""
        request = messages.generations.DiffGenerationsRequest(collection=collection, to=to, examples=examples, **{"from": from_})
        return self._call("DiffGenerations", request, messages.generations.DiffGenerationsReply, timeout)

    def update_bridge(self, collection: str, enabled: bool, *, time_s: float = 0.0, timeout: Optional[float] = None) -> Any:
        """Whether queries may still send vectors of the space before, for time_s seconds (0: until switched off)."""
        request = messages.generations.UpdateBridgeRequest(collection=collection, enabled=enabled)
        if time_s:
            request.time.FromMilliseconds(round(time_s * 1000))
        return self._call("UpdateBridge", request, messages.generations.UpdateBridgeReply, timeout).bridge

    def _call(self, method: str, request: Any, reply: Any, timeout: Optional[float]) -> Any:
        return self._transport.unary(_GENERATIONS + method, request, reply.FromString, timeout=timeout)


def _code(number: int) -> grpc.StatusCode:
    return next((code for code in grpc.StatusCode if code.value[0] == number), grpc.StatusCode.UNKNOWN)
