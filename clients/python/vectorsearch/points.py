"""The points of one collection."""

from __future__ import annotations

import uuid
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Sequence, Union

import numpy as np

from . import columns, errors, messages, payload as payloads_, queries, wire
from .columns import IdList, Ids
from .ingest import Ingest
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
        #: For each query its groups, as (value, number of answers); the answers of a group stand together, in this order.
        self.groups = queries.groups(reply.message)
        self.space_id: str = reply.message.context.space_id
        self.generation: int = reply.message.context.generation
        self.lsn: int = reply.message.context.lsn
        #: If the vectors were of the space before and were mapped: the recall that was measured of this map.
        self.bridge_recall: Optional[float] = (
            reply.message.context.bridge_recall if reply.message.context.HasField("bridge_recall") else None)
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

    It learns the collection's space from the first answer and names it in every call with vectors after that, so that
    vectors of another space are refused instead of compared; calls without vectors go on when the collection comes to
    answer in another space. It reads its own writes: each read asks for at least the newest write that this object was
    acknowledged.
    """

    def __init__(self, transport: Transport, collection: str, space_id: str, max_message_bytes: int):
        self.collection = collection
        self.space_id = space_id
        self._named = space_id
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
                context=self._context(request_id=uuid.uuid4().hex, vectors=rows is not None), collection=self.collection,
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
               filter: Optional[Any] = None, timeout: Optional[float] = None) -> Iterator[Found]:
        """All points, page by page, in no particular order. Points written meanwhile may or may not be seen.

        page_size: points fetched in one call; 0 leaves it to the server. filter: only points that it lets through.
        timeout: for each page.
        """
        request = messages.points.ScrollRequest(context=self._context(reads=True), collection=self.collection,
                                                limit=page_size, with_payload=with_payload, with_vectors=with_vectors,
                                                filter=queries.read_filter(filter))
        while True:
            page = self._columns("Scroll", request, messages.points.ScrollReply, [], timeout)
            yield _found(page, with_payload)
            request.page_token = page.message.next_page_token
            if not request.page_token:
                return

    def delete(self, ids: Optional[IdList] = None, *, filter: Optional[Any] = None, durability: Optional[str] = None,
               timeout: Optional[float] = None) -> int:
        """Deletes points, named or filtered, and returns how many were there."""
        request = messages.points.DeleteRequest(durability=_DURABILITIES[durability])
        return self._change("Delete", request, messages.points.DeleteReply, ids, filter, timeout).deleted

    def update_payload(self, ids: Optional[IdList] = None, *, filter: Optional[Any] = None, set: Optional[Payload] = None,
                       replace: Optional[Payload] = None, remove: Optional[Sequence[str]] = None,
                       durability: Optional[str] = None, timeout: Optional[float] = None) -> int:
        """Changes the payloads of points, named or filtered, and returns how many were there.

        set: these fields, the others stay. replace: the whole payload; {} clears it. remove: names of fields.
        """
        if sum(change is not None for change in (set, replace, remove)) != 1:
            raise ValueError("update_payload: give set, replace or remove, one of them")
        request = messages.points.UpdatePayloadRequest(durability=_DURABILITIES[durability])
        if set is not None:
            request.set.CopyFrom(payloads_.write(set))
        elif replace is not None:
            request.replace.CopyFrom(payloads_.write(replace))
        else:
            request.remove.SetInParent()
            request.remove.names.extend(remove or [])
        return self._change("UpdatePayload", request, messages.points.UpdatePayloadReply, ids, filter, timeout).updated

    def count(self, *, filter: Optional[Any] = None, timeout: Optional[float] = None) -> int:
        """How many points there are, or how many a filter lets through."""
        request = messages.points.CountRequest(context=self._context(reads=True), collection=self.collection,
                                               filter=queries.read_filter(filter))
        return self._call("Count", request, messages.points.CountReply, [], timeout).points

    def facet(self, field: str, *, limit: int = 0, filter: Optional[Any] = None, timeout: Optional[float] = None) -> List[tuple]:
        """The values of a payload field with the number of points that have each, most frequent first."""
        request = messages.points.FacetRequest(context=self._context(reads=True), collection=self.collection, field=field,
                                               limit=limit, filter=queries.read_filter(filter))
        return queries.facets(self._call("Facet", request, messages.points.FacetReply, [], timeout))

    def query(self, vectors: Any = None, *, timeout: Optional[float] = None, **parts: Any) -> QueryResult:
        """The nearest points for one or more queries.

        By vectors (rows × dimension), ids of points ("more like this"; a point is not its own answer), features that the
        collection's model encodes, examples (``vectorsearch.examples``, one per query), histories (lists of ids that the
        model encodes), or fusion (the k of reciprocal rank fusion; 0 for its default) of prefetches.

        limit: answers per query, 1 to 10,000; 0 means 10. ef: candidates kept during the walk; 0 means the collection's
        default. exact: compare with every point. target_recall: in the place of ef. filter: which points may answer, as
        ``vectorsearch.all_of(…)`` or a dict in JSON form. score_threshold: only answers this near. group: a payload field,
        or (field, size). diversify: 0 to 1, or (strength, candidates). prefetch: ``vectorsearch.prefetch(…)`` messages.
        with_payload, payload_fields, with_vectors: what comes with each answer. exclude_history: as the protos say.
        """
        request, extra = self._query(vectors, **parts)
        return QueryResult(self._columns("Query", request, messages.queries.QueryReply, extra, timeout), request.with_payload)

    def explain(self, vectors: Any = None, *, timeout: Optional[float] = None, **parts: Any) -> Dict[str, Any]:
        """Runs a query and tells how: plan, cost, seconds of each phase, recall."""
        request, extra = self._query(vectors, **parts)
        request.MergeFromString(b"".join(extra))
        explain = messages.queries.ExplainRequest(query=request)
        return queries.explained(self._transport.unary(
            _SERVICE + "Explain", explain, messages.queries.ExplainReply.FromString, [], timeout))

    def estimate_recall(self, *, samples: int = 0, limit: int = 0, ef: int = 0, exact: bool = False, target_recall: float = 0.0,
                        filter: Optional[Any] = None, timeout: Optional[float] = None) -> Any:
        """Measures recall on queries of late and points of the collection: the EstimateRecallReply message."""
        request = messages.queries.EstimateRecallRequest(
            context=self._context(reads=True), collection=self.collection, samples=samples, limit=limit,
            options=queries.options(ef, exact, target_recall), filter=queries.read_filter(filter))
        return self._call("EstimateRecall", request, messages.queries.EstimateRecallReply, [], timeout)

    def ingest(self, *, session: Optional[str] = None, durability: Optional[str] = None) -> Ingest:
        """Opens a stream of writes: the fast way in. session: one that was used before goes on behind what was done."""
        return Ingest(self._transport, self.collection, session, messages.common.RequestContext(space_id=self.space_id),
                      _DURABILITIES[durability], self._ingest_batches, self._acknowledge)

    def _query(self, vectors: Any, *, ids: Optional[IdList] = None, features: Optional[Sequence[Any]] = None,
               examples: Optional[Sequence[Any]] = None, histories: Optional[Sequence[IdList]] = None, fusion: Optional[int] = None,
               limit: int = 0, ef: int = 0, exact: bool = False, target_recall: float = 0.0, filter: Optional[Any] = None,
               score_threshold: Optional[float] = None, group: Any = None, diversify: Any = None, prefetch: Sequence[Any] = (),
               with_payload: bool = False, payload_fields: Sequence[str] = (), with_vectors: bool = False,
               exclude_history: bool = False) -> tuple:
        if sum(by is not None for by in (vectors, ids, features, examples, histories, fusion)) != 1:
            raise ValueError("query: give vectors, ids, features, examples, histories or fusion, one of them")
        has_vectors = vectors is not None or _have_vectors(examples) or any(map(_prefetches_vectors, prefetch))
        request = messages.queries.QueryRequest(
            context=self._context(reads=True, vectors=has_vectors), collection=self.collection, limit=limit, with_payload=with_payload,
            with_vectors=with_vectors, exclude_history=exclude_history, options=queries.options(ef, exact, target_recall),
            filter=queries.read_filter(filter), score_threshold=score_threshold, group=queries.grouping(group),
            diversify=queries.diversity(diversify), prefetch=prefetch, payload_fields=payload_fields)
        if vectors is not None:
            return request, columns.matrix_parts(_QUERY["vectors"].number, columns.matrix(vectors))
        if ids is not None:
            return request, Ids(ids).parts(_QUERY["ids"].number)
        queries.form(request, features, examples, histories, fusion)
        return request, []

    def _change(self, method: str, request: Any, reply: Any, ids: Optional[IdList], filter: Optional[Any],
                timeout: Optional[float]) -> Any:
        if (ids is None) == (filter is None):
            raise ValueError(f"{method}: give ids or a filter, one of them")
        request.context.CopyFrom(self._context(request_id=uuid.uuid4().hex))
        request.collection = self.collection
        if filter is not None:
            request.filter.CopyFrom(queries.read_filter(filter))
        number = request.DESCRIPTOR.fields_by_name["ids"].number
        answer = self._call(method, request, reply, [] if ids is None else Ids(ids).parts(number), timeout)
        self.lsn = max(self.lsn, answer.context.lsn)
        return answer

    def _ingest_batches(self, ids: IdList, vectors: Any, features: Optional[Sequence[Any]],
                        payloads: Optional[Sequence[Optional[Payload]]]) -> Iterator[Any]:
        column = Ids(ids)
        rows = None if vectors is None else columns.matrix(vectors)
        if (rows is None) == (features is None):
            raise ValueError("ingest: give vectors or features, one of them")
        if len(features if rows is None else rows) != len(column):
            raise ValueError(f"ingest: {len(features if rows is None else rows)} rows came for {len(column)} ids")
        bodies = None if payloads is None else [payloads_.write(payload) for payload in payloads]
        for part in self._pieces(column, rows, features, bodies):
            batch = messages.points.IngestBatch(ids=queries.id_column(column[part].values))
            if rows is not None:
                batch.vectors.CopyFrom(queries.matrix(rows[part]))
            else:
                batch.features.rows.extend((features or [])[part])
            if bodies is not None:
                batch.payloads.extend(bodies[part])
            yield batch

    def _acknowledge(self, context: Any) -> None:
        self.space_id = self.space_id or context.space_id
        self.lsn = max(self.lsn, context.lsn)

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

    def _context(self, request_id: str = "", reads: bool = False, vectors: bool = False) -> Any:
        return messages.common.RequestContext(
            space_id=self.space_id if vectors else self._named, request_id=request_id, min_lsn=self.lsn if reads else 0)

    def _call(self, method: str, request: Any, reply: Any, parts: List[wire.Buffer], timeout: Optional[float]) -> Any:
        answer = self._transport.unary(_SERVICE + method, request, reply.FromString, parts, timeout)
        self.space_id = self.space_id or answer.context.space_id
        return answer

    def _columns(self, method: str, request: Any, reply: Any, parts: List[wire.Buffer], timeout: Optional[float]) -> columns.Columns:
        answer = self._transport.unary(_SERVICE + method, request, lambda data: columns.read(data, reply), parts, timeout)
        self.space_id = self.space_id or answer.message.context.space_id
        return answer


def _have_vectors(examples: Optional[Sequence[Any]]) -> bool:
    return any(one.HasField("positive_vectors") or one.HasField("negative_vectors") for one in examples or ())


def _prefetches_vectors(prefetch: Any) -> bool:
    return (prefetch.HasField("vectors") or _have_vectors(prefetch.examples.rows if prefetch.HasField("examples") else None)
            or any(map(_prefetches_vectors, prefetch.prefetch)))
