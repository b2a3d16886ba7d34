"""A stream of writes that is acknowledged, held back, and resumed after a broken connection."""

from __future__ import annotations

import collections
import queue
import threading
import uuid
from typing import Any, Callable, Deque, Iterator, List, NamedTuple, Optional

import grpc

from . import errors, messages
from .transport import Transport

_PATH = "/vectorsearch.v1.Points/Ingest"


class Refused(NamedTuple):
    """A batch that changed nothing because something in it is wrong."""

    ids: List[Any]
    code: int
    message: str


class Ingest:
    """Batches are done in the order in which they are given, each whole or not at all, and never twice.

    A write waits only while as many batches are under way as the server allows. When the connection breaks, the stream is
    opened again by the client's retry policy and goes on behind what the server has done. The same if the server does not
    take the stream up within the client's timeout. One caller at a time; a thread of its own receives. ``close`` (or leaving
    ``with``) waits until everything is acknowledged; ``cancel`` (or leaving ``with`` by an exception) does not.
    """

    def __init__(self, transport: Transport, collection: str, session: Optional[str], context: Any, durability: int,
                 batches: Callable[..., Iterator[Any]], learn: Callable[[Any], None]):
        self.session = session or uuid.uuid4().hex
        #: Rows of batches that were done.
        self.rows = 0
        #: Batches that were refused, each by itself.
        self.refused: List[Refused] = []
        #: Connections that broke and were made again.
        self.reconnections = 0
        self._transport, self._batches, self._learn = transport, batches, learn
        self._start = messages.points.IngestRequest(start=messages.points.IngestStart(
            context=context, collection=collection, session=self.session, durability=durability))
        self._change = threading.Condition()
        self._open: Deque[Any] = collections.deque()
        self._outbox: "queue.SimpleQueue[Any]" = queue.SimpleQueue()
        self._sequence = 0
        self._most = 0
        self._complete = False
        self._call: Any = None
        self._given_up = False
        self._fault: Optional[BaseException] = None
        self._done = False
        self._thread = threading.Thread(target=self._run, name=f"ingest {collection}", daemon=True)
        self._thread.start()

    def write(self, ids: Any, vectors: Any = None, *, features: Any = None, payloads: Any = None) -> None:
        """Inserts or replaces points, as ``Points.upsert`` does; more than fits in a message goes in several batches."""
        for batch in self._batches(ids, vectors, features, payloads):
            self._add(batch)

    def delete(self, ids: Any) -> None:
        """Deletes points, after the writes given before and before those given later."""
        from .queries import id_column
        self._add(messages.points.IngestBatch(ids=id_column(ids), delete=True))

    def close(self) -> None:
        """Waits until every batch is acknowledged or refused, and ends the stream."""
        with self._change:
            self._complete = True
            self._outbox.put(None)
            self._change.wait_for(lambda: self._done)
        if self._fault is not None:
            raise self._fault

    def cancel(self) -> None:
        """Ends the stream without waiting for what is under way, which the server may still do."""
        with self._change:
            self._complete = self._given_up = True
            if self._call is not None:
                self._call.cancel()
            self._change.notify_all()
        self._thread.join()

    def __enter__(self) -> "Ingest":
        return self

    def __exit__(self, kind: Any, *_: Any) -> None:
        if kind is None:
            self.close()
        else:
            self.cancel()

    def _add(self, batch: Any) -> None:
        with self._change:
            self._change.wait_for(lambda: self._done or len(self._open) < self._most)
            if self._fault is not None:
                raise self._fault
            if self._complete:
                raise ValueError("ingest: the stream was closed before")
            self._sequence += 1
            batch.sequence = self._sequence
            self._open.append(batch)
            self._outbox.put(batch)

    def _run(self) -> None:
        attempt = 0
        try:
            while True:
                before = self._open[0].sequence if self._open else 0
                try:
                    self._connect()
                    return
                except grpc.RpcError as error:
                    attempt = 1 if (self._open[0].sequence if self._open else 0) != before else attempt + 1
                    pause = None if self._given_up else self._transport.retry.pause(attempt, error)
                    if pause is None:
                        raise errors.of(error.code(), error.details(), self._transport.target, self._transport.timeout, attempt) from error
                with self._change:
                    self._change.wait_for(lambda: self._given_up, pause)
                self.reconnections += 1
        except BaseException as fault:  # handed to whoever waits
            self._fault = fault
        finally:
            with self._change:
                self._done = True
                self._change.notify_all()

    def _connect(self) -> None:
        outbox: "queue.SimpleQueue[Any]" = queue.SimpleQueue()
        is_late = threading.Event()
        with self._change:
            if self._given_up:
                return
            call = self._call = self._transport.duplex(_PATH, self._requests(outbox), messages.points.IngestReply.FromString)

        def end_late() -> None:
            is_late.set()
            call.cancel()

        limit = threading.Timer(self._transport.timeout, end_late)
        limit.daemon = True
        limit.start()
        try:
            for reply in call:
                limit.cancel()
                with self._change:
                    self._take(reply, outbox)
                    self._change.notify_all()
                self._learn(reply.context)
        except grpc.RpcError as error:
            if is_late.is_set():
                raise _Broken(f"The server did not take the stream up within {self._transport.timeout:g} s.") from error
            raise
        finally:
            limit.cancel()
            outbox.put(None)
            call.cancel()
        with self._change:
            if self._open or not self._complete:
                raise _Broken("The server ended the stream before everything was acknowledged.")

    def _requests(self, outbox: "queue.SimpleQueue[Any]") -> Iterator[Any]:
        yield self._start
        while (batch := outbox.get()) is not None:
            yield messages.points.IngestRequest(batch=batch)

    def _take(self, reply: Any, outbox: "queue.SimpleQueue[Any]") -> None:
        step = reply.WhichOneof("step")
        if step == "started":
            missing = set(reply.started.missing)
            self._remove(lambda batch: batch.sequence <= reply.started.acknowledged_through and batch.sequence not in missing)
            for batch in self._open:
                outbox.put(batch)
            if self._complete:
                outbox.put(None)
            self._outbox = outbox
            self._most = max(1, reply.started.max_unacknowledged)
        elif step == "acknowledged":
            self._remove(lambda batch: batch.sequence <= reply.acknowledged.through)
        elif step == "refused":
            for batch in self._open:
                if batch.sequence == reply.refused.sequence:
                    self.refused.append(Refused([*batch.ids.numbers, *batch.ids.strings], reply.refused.code, reply.refused.message))
                    self.rows -= len(batch.ids.numbers) + len(batch.ids.strings)
            self._remove(lambda batch: batch.sequence == reply.refused.sequence)

    def _remove(self, over: Callable[[Any], bool]) -> None:
        kept: Deque[Any] = collections.deque()
        for batch in self._open:
            if over(batch):
                self.rows += len(batch.ids.numbers) + len(batch.ids.strings)
            else:
                kept.append(batch)
        self._open = kept


class _Broken(grpc.RpcError):
    """A stream that ended, without a status of the server, before everything was acknowledged."""

    def __init__(self, details: str):
        super().__init__(details)
        self._details = details

    def code(self) -> grpc.StatusCode:
        return grpc.StatusCode.UNAVAILABLE

    def details(self) -> str:
        return self._details

    def trailing_metadata(self) -> tuple:
        return ()
