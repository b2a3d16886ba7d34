"""The points of one collection."""

from __future__ import annotations

import uuid
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Sequence, Union

import numpy as np

from . import columns, errors, messages, payload as payloads_, wire
from .columns import IdList, Ids
from .payload import Payload
from .transport import Transport

_SERVICE = "/vectorsearch.v1.Points/"
_UPSERT = messages.points.UpsertRequest.DESCRIPTOR.fields_by_name
_QUERY = messages.queries.QueryRequest.DESCRIPTOR.fields_by_name

_DURABILITIES = {
    None: messages.collections.DURABILITY_UNSPECIFIED,
    "committed": messages.collections.DURABILITY_COMMITTED,
    "applied": messages.collections.DURABILITY_APPLIED,
}

#: Bytes of a request beside its rows: contexts, names, lengths.
_HEAD_BYTES = 4096
#: Bytes of a row beside its vector, features, payload and the text of its id.
_ROW_BYTES = 16


class Hit(NamedTuple):
    """One answer. ``score``: similarity (greatest first) for cosine and inner product, squared distance for Euclidean."""

    id: Union[int, str]
    score: float
    payload: Optional[Dict[str, Any]]
    vector: Optional[np.ndarray]


class QueryResult:
    """Answers in columns: those of query 0, then those of query 1, …; ``counts`` says how many each has.

    ``ids`` is a uint64 array or a list of strings, ``scores`` a float32 array, ``vectors`` a float32 matrix. The arrays
    are views of the received bytes: read-only, and not copied.
    """

    def __init__(self, reply: columns.Columns, with_payload: bool):
        self.counts: List[int] = list(reply.message.counts)
        self.ids = reply.ids.values
        self.scores = reply.scores
        self.vectors = reply.vectors
        self.payloads = [payloads_.read(payload) for payload in reply.message.payloads] if with_payload else None
        self.space_id: str = reply.message.context.space_id
        self.generation: int = reply.message.context.generation
        self.lsn: int = reply.message.context.lsn
        self.distances: int = reply.message.cost.distances
        self._bounds = columns.split(self.counts)

    def __len__(self) -> int:
        return len(self.counts)

    def __getitem__(self, query: int) -> List[Hit]:
        start, end = self._bounds[query]
        return [Hit(id=self.ids[i] if isinstance(self.ids, list) else int(self.ids[i]),
                    score=float(self.scores[i]),
                    payload=None if self.payloads is None else self.payloads[i],
                    vector=None if self.vectors is None else self.vectors[i]) for i in range(start, end)]

    def __iter__(self) -> Iterator[List[Hit]]:
        return (self[query] for query in range(len(self)))


class Found(NamedTuple):
    """Points in columns. The arrays are views of the received bytes: read-only, and not copied."""

    ids: Union[np.ndarray, List[str]]
    vectors: Optional[np.ndarray]
    payloads: Optional[List[Dict[str, Any]]]


def _found(reply: columns.Columns, with_payload: bool) -> Found:
    payloads = [payloads_.read(payload) for payload in reply.message.payloads] if with_payload else None
    return Found(reply.ids.values, reply.vectors, payloads)


def history(items: Sequence[Union[str, int]], weights: Optional[Sequence[float]] = None) -> Any:
    """Features: items of the model's vocabulary that go together, such as what a person watched."""
    return messages.common.Features(history=messages.common.History(items=[str(item) for item in items], weights=weights or []))


def sparse(values: Dict[str, float]) -> Any:
    """Features: named values, such as words with their counts."""
    return messages.common.Features(sparse=messages.common.SparseFeatures(names=list(values), values=list(values.values())))


def text(value: str) -> Any:
    """Features: a text."""
    return messages.common.Features(text=value)


def media(data: bytes, content_type: str) -> Any:
    """Features: the bytes of a sound or an image."""
    return messages.common.Features(media=messages.common.Media(data=data, content_type=content_type))


class Points:
    """The points of one collection.

    It learns the collection's space from the first answer and names it in every call after that, so that vectors of
    another space are refused instead of compared. It reads its own writes: each read asks for at least the newest write
    that this object was acknowledged.
    """

    def __init__(self, transport: Transport, collection: str, space_id: str, max_message_bytes: int):
        self.collection = collection
        self.space_id = space_id
        self.lsn = 0
        self._transport = transport
        self._max_message_bytes = max_message_bytes

    def upsert(self, ids: IdList, vectors: Any = None, *, features: Optional[Sequence[Any]] = None,
               payloads: Optional[Sequence[Optional[Payload]]] = None, durability: Optional[str] = None,
               timeout: Optional[float] = None) -> int:
        """Inserts or replaces points, and returns how many.

        vectors: rows × dimension; a contiguous float32 array is sent as it lies. features: instead of vectors, one per id,
        for the collection's model (``history``, ``sparse``, ``text``, ``media``). payloads: none, or one dict per id.
        durability: "committed" (on disk and findable) or "applied" (findable); None as the collection says.

        More than fits in a message goes in several calls, each of which is done whole or not at all. If one fails, the
        error's ``upserted`` says how many rows, from the first, were acknowledged before.
        """
        column = Ids(ids)
        rows = None if vectors is None else columns.matrix(vectors)
        if (rows is None) == (features is None):
            raise ValueError("upsert: give vectors or features, one of them")
        source: Any = features if rows is None else rows
        if len(source) != len(column):
            raise ValueError(f"upsert: {len(source)} rows came for {len(column)} ids")
        if payloads is not None and len(payloads) != len(column):
            raise ValueError(f"payloads: {len(payloads)} came, expected none or one for each of the {len(column)} ids")
        if durability not in _DURABILITIES:
            raise ValueError(f"durability: {durability!r} came, expected 'committed', 'applied' or None")

        bodies = None if payloads is None else [payloads_.write(payload) for payload in payloads]
        upserted = 0
        for part in self._pieces(column, rows, features, bodies):
            request = messages.points.UpsertRequest(
                context=self._context(request_id=uuid.uuid4().hex), collection=self.collection,
                durability=_DURABILITIES[durability])
            if bodies is not None:
                request.payloads.extend(bodies[part])
            extra = column[part].parts(_UPSERT["ids"].number)
            if rows is not None:
                extra += columns.matrix_parts(_UPSERT["vectors"].number, rows[part])
            else:
                request.features.rows.extend(source[part])
            try:
                reply = self._call("Upsert", request, messages.points.UpsertReply, extra, timeout)
            except errors.VectorSearchError as error:
                error.upserted = upserted
                raise
            upserted += reply.upserted
            self.lsn = max(self.lsn, reply.context.lsn)
        return upserted

    def get(self, ids: IdList, *, with_payload: bool = True, with_vectors: bool = False, skip_missing: bool = False,
            timeout: Optional[float] = None) -> Found:
        """Points by their ids, in the order asked for. NotFound names the first that is missing, unless ``skip_missing``."""
        request = messages.points.GetRequest(context=self._context(reads=True), collection=self.collection,
                                             with_payload=with_payload, with_vectors=with_vectors, skip_missing=skip_missing)
        number = messages.points.GetRequest.DESCRIPTOR.fields_by_name["ids"].number
        return _found(self._columns("Get", request, messages.points.GetReply, Ids(ids).parts(number), timeout), with_payload)

    def scroll(self, *, with_payload: bool = True, with_vectors: bool = False, page_size: int = 0,
               timeout: Optional[float] = None) -> Iterator[Found]:
        """All points, page by page, in no particular order. Points written meanwhile may or may not be seen.

        page_size: points fetched in one call; 0 leaves it to the server. timeout: for each page.
        """
        request = messages.points.ScrollRequest(context=self._context(reads=True), collection=self.collection,
                                                limit=page_size, with_payload=with_payload, with_vectors=with_vectors)
        while True:
            page = self._columns("Scroll", request, messages.points.ScrollReply, [], timeout)
            yield _found(page, with_payload)
            request.page_token = page.message.next_page_token
            if not request.page_token:
                return

    def delete(self, ids: IdList, *, durability: Optional[str] = None, timeout: Optional[float] = None) -> int:
        """Deletes points, and returns how many were there."""
        request = messages.points.DeleteRequest(context=self._context(request_id=uuid.uuid4().hex),
                                                collection=self.collection, durability=_DURABILITIES[durability])
        number = messages.points.DeleteRequest.DESCRIPTOR.fields_by_name["ids"].number
        reply = self._call("Delete", request, messages.points.DeleteReply, Ids(ids).parts(number), timeout)
        self.lsn = max(self.lsn, reply.context.lsn)
        return reply.deleted

    def count(self, *, timeout: Optional[float] = None) -> int:
        """How many points there are."""
        request = messages.points.CountRequest(context=self._context(reads=True), collection=self.collection)
        return self._call("Count", request, messages.points.CountReply, [], timeout).points

    def query(self, vectors: Any = None, *, ids: Optional[IdList] = None, features: Optional[Sequence[Any]] = None,
              limit: int = 0, ef: int = 0, exact: bool = False, with_payload: bool = False, with_vectors: bool = False,
              exclude_history: bool = False, timeout: Optional[float] = None) -> QueryResult:
        """The nearest points for one or more queries.

        By vectors (rows × dimension), by ids of points ("more like this"; a point is not its own answer), or by features
        that the collection's model encodes. limit: answers per query, 1 to 10,000; 0 means 10. ef: candidates kept during
        the walk; 0 means the collection's default. exact: compare with every point.
        """
        if sum(by is not None for by in (vectors, ids, features)) != 1:
            raise ValueError("query: give vectors, ids or features, one of them")
        request = messages.queries.QueryRequest(
            context=self._context(reads=True), collection=self.collection, limit=limit, with_payload=with_payload,
            with_vectors=with_vectors, exclude_history=exclude_history,
            options=messages.queries.SearchOptions(ef=ef, exact=exact))
        parts: List[wire.Buffer] = []
        if vectors is not None:
            parts = columns.matrix_parts(_QUERY["vectors"].number, columns.matrix(vectors))
        elif ids is not None:
            parts = Ids(ids).parts(_QUERY["ids"].number)
        else:
            request.features.rows.extend(features or [])
        return QueryResult(self._columns("Query", request, messages.queries.QueryReply, parts, timeout), with_payload)

    def _pieces(self, ids: Ids, rows: Optional[np.ndarray], features: Optional[Sequence[Any]],
                bodies: Optional[list]) -> Iterator[slice]:
        """Slices of rows, each of which fits into a message. A row that is too large for any goes alone, to be refused."""
        if len(ids) == 0:
            return
        sizes = np.full(len(ids), _ROW_BYTES, dtype=np.int64)
        if ids.strings:
            sizes += [len(value.encode()) for value in ids.strings]
        sizes += rows.shape[1] * rows.itemsize if rows is not None else [row.ByteSize() + 8 for row in features or ()]
        if bodies is not None:
            sizes += [body.ByteSize() + 8 for body in bodies]
        budget = self._max_message_bytes - _HEAD_BYTES
        start, total = 0, 0
        for row, size in enumerate(sizes.tolist()):
            if row > start and total + size > budget:
                yield slice(start, row)
                start, total = row, 0
            total += size
        yield slice(start, len(ids))

    def _context(self, request_id: str = "", reads: bool = False) -> Any:
        return messages.common.RequestContext(space_id=self.space_id, request_id=request_id, min_lsn=self.lsn if reads else 0)

    def _call(self, method: str, request: Any, reply: Any, parts: List[wire.Buffer], timeout: Optional[float]) -> Any:
        answer = self._transport.unary(_SERVICE + method, request, reply.FromString, parts, timeout)
        self.space_id = self.space_id or answer.context.space_id
        return answer

    def _columns(self, method: str, request: Any, reply: Any, parts: List[wire.Buffer], timeout: Optional[float]) -> columns.Columns:
        answer = self._transport.unary(_SERVICE + method, request, lambda data: columns.read(data, reply), parts, timeout)
        self.space_id = self.space_id or answer.message.context.space_id
        return answer
