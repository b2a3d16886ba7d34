"""A client of a VectorSearch server: collections, models and points."""

from __future__ import annotations

import os
from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Tuple

import grpc
import numpy as np

from . import messages
from .generations import Generations
from .points import Points
from .transport import RetryPolicy, Transport

_METRICS = {
    "squared_euclidean": messages.common.METRIC_SQUARED_EUCLIDEAN,
    "cosine": messages.common.METRIC_COSINE,
    "inner_product": messages.common.METRIC_INNER_PRODUCT,
}
_ID_KINDS = {"number": messages.common.ID_KIND_NUMBER, "string": messages.common.ID_KIND_STRING}
_INDEXES = {"hnsw": messages.collections.INDEX_KIND_HNSW, "exact": messages.collections.INDEX_KIND_EXACT,
            "sealed": messages.collections.INDEX_KIND_SEALED}
_DURABILITIES = {"committed": messages.collections.DURABILITY_COMMITTED, "applied": messages.collections.DURABILITY_APPLIED}
_CHUNK_BYTES = 1 << 20


class Collection(NamedTuple):
    """A collection as the server describes it; ``message`` has everything, such as the status."""

    name: str
    dimension: int
    metric: str
    id_kind: str
    space_id: str
    points: int
    message: Any


class Client:
    """Speaks to one server. Make one and keep it; it is safe for concurrent use.

    target: "host:port" of the server's gRPC port. timeout: seconds for a whole call, retries included, unless the call says
    otherwise. max_message_bytes: the server's limit; larger upserts go in pieces. credentials: for TLS. metadata: sent with
    every call, such as an API key.
    """

    def __init__(self, target: str = "127.0.0.1:6410", *, timeout: float = 30.0, retry: RetryPolicy = RetryPolicy(),
                 max_message_bytes: int = 4 << 20, credentials: Optional[grpc.ChannelCredentials] = None,
                 metadata: Sequence[Tuple[str, str]] = ()):
        self._transport = Transport(target, timeout=timeout, retry=retry, credentials=credentials, metadata=list(metadata))
        self._max_message_bytes = max_message_bytes
        self.collections = Collections(self._transport)
        self.models = Models(self._transport)
        self.generations = Generations(self._transport)

    def points(self, collection: str, *, space_id: str = "") -> Points:
        """The points of a collection. space_id: the space that the caller means; learned from the first answer if empty."""
        return Points(self._transport, collection, space_id, self._max_message_bytes)

    def close(self) -> None:
        """Ends the connections."""
        self._transport.channel.close()

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()


class Collections:
    """Creates, describes, lists and deletes collections."""

    def __init__(self, transport: Transport):
        self._transport = transport

    def create(self, name: str, *, dimension: int, metric: str, id_kind: str, space_id: str,
               hnsw: Optional[Dict[str, int]] = None, index: str = "hnsw", model: str = "", question: str = "",
               timeout: Optional[float] = None) -> Collection:
        """Creates a collection.

        metric: "squared_euclidean", "cosine" or "inner_product". id_kind: "number" or "string". space_id: "client:name@version"
        for vectors of your own, "sha256:…" for a model's. hnsw: any of m, ef_construction, ef, seed. index: "hnsw", "exact" or "sealed".
        """
        message = messages.collections.Collection(
            name=name, dimension=dimension, metric=_choose("metric", metric, _METRICS),
            id_kind=_choose("id_kind", id_kind, _ID_KINDS), space_id=space_id, model=model, question=question,
            hnsw=messages.collections.HnswConfig(**(hnsw or {})), index=_choose("index", index, _INDEXES))
        request = messages.collections.CreateCollectionRequest(collection=message)
        return _collection(self._call("CreateCollection", request, messages.collections.CreateCollectionReply, timeout).collection)

    def get(self, name: str, *, timeout: Optional[float] = None) -> Collection:
        """Describes a collection. NotFound names the near ones."""
        request = messages.collections.GetCollectionRequest(name=name)
        return _collection(self._call("GetCollection", request, messages.collections.GetCollectionReply, timeout).collection)

    def list(self, *, timeout: Optional[float] = None) -> List[Collection]:
        """Every collection."""
        request = messages.collections.ListCollectionsRequest()
        reply = self._call("ListCollections", request, messages.collections.ListCollectionsReply, timeout)
        return [_collection(collection) for collection in reply.collections]

    def delete(self, name: str, *, timeout: Optional[float] = None) -> None:
        """Deletes a collection and its files."""
        request = messages.collections.DeleteCollectionRequest(name=name)
        self._call("DeleteCollection", request, messages.collections.DeleteCollectionReply, timeout)

    def update(self, name: str, *, ef: Optional[int] = None, durability: Optional[str] = None, timeout: Optional[float] = None) -> Collection:
        """Changes what may change after creation: the beam and the durability that hold where a call says nothing."""
        request = messages.collections.UpdateCollectionRequest(collection=messages.collections.Collection(name=name))
        if ef is not None:
            request.collection.hnsw.ef = ef
            request.update_mask.paths.append("hnsw.ef")
        if durability is not None:
            request.collection.durability = _choose("durability", durability, _DURABILITIES)
            request.update_mask.paths.append("durability")
        return _collection(self._call("UpdateCollection", request, messages.collections.UpdateCollectionReply, timeout).collection)

    def statistics(self, name: str, *, timeout: Optional[float] = None) -> Any:
        """Counts and sizes: the CollectionStatistics message."""
        request = messages.collections.GetStatisticsRequest(name=name)
        return self._call("GetStatistics", request, messages.collections.GetStatisticsReply, timeout).statistics

    def snapshot(self, name: str, *, timeout: Optional[float] = None) -> Any:
        """Writes a snapshot, and returns the Operation message once it has ended or the server's wait is over."""
        request = messages.collections.SnapshotCollectionRequest(name=name)
        operation = self._call("SnapshotCollection", request, messages.collections.SnapshotCollectionReply, timeout).operation
        wait = messages.operations.WaitOperationRequest(name=operation.name)
        read = messages.operations.WaitOperationReply.FromString
        return self._transport.unary("/vectorsearch.v1.Operations/WaitOperation", wait, read, timeout=timeout).operation

    def set_aliases(self, aliases: Dict[str, str], *, timeout: Optional[float] = None) -> None:
        """Makes aliases or moves them, all at one moment: alias to collection."""
        request = messages.collections.UpdateAliasesRequest()
        for alias, collection in aliases.items():
            request.actions.add(set=messages.collections.Alias(name=alias, collection=collection))
        self._call("UpdateAliases", request, messages.collections.UpdateAliasesReply, timeout)

    def remove_alias(self, alias: str, *, timeout: Optional[float] = None) -> None:
        """Removes an alias; its collection stays."""
        request = messages.collections.UpdateAliasesRequest()
        request.actions.add(remove=alias)
        self._call("UpdateAliases", request, messages.collections.UpdateAliasesReply, timeout)

    def aliases(self, *, timeout: Optional[float] = None) -> Dict[str, str]:
        """All aliases, and the collections that they mean."""
        reply = self._call("ListAliases", messages.collections.ListAliasesRequest(), messages.collections.ListAliasesReply, timeout)
        return {alias.name: alias.collection for alias in reply.aliases}

    def _call(self, method: str, request: Any, reply: Any, timeout: Optional[float]) -> Any:
        return self._transport.unary(f"/vectorsearch.v1.Collections/{method}", request, reply.FromString, timeout=timeout)


class Models:
    """Uploads, describes and lists models. Each is the Model message of the protos."""

    def __init__(self, transport: Transport):
        self._transport = transport

    def put(self, path: "os.PathLike[str] | str", *, timeout: Optional[float] = None) -> Any:
        """Uploads a model file in pieces. The same model twice is no error."""
        def requests() -> Any:
            with open(path, "rb") as file:
                while chunk := file.read(_CHUNK_BYTES):
                    yield messages.models.PutModelRequest(chunk=chunk)

        path_ = "/vectorsearch.v1.Models/PutModel"
        return self._transport.client_stream(path_, requests, messages.models.PutModelReply.FromString, timeout).model

    def get(self, digest: str, *, timeout: Optional[float] = None) -> Any:
        """A model by its digest, sha256:…"""
        request = messages.models.GetModelRequest(digest=digest)
        return self._transport.unary("/vectorsearch.v1.Models/GetModel", request, messages.models.GetModelReply.FromString, timeout=timeout).model

    def list(self, *, timeout: Optional[float] = None) -> List[Any]:
        """Every model."""
        request = messages.models.ListModelsRequest()
        read = messages.models.ListModelsReply.FromString
        return list(self._transport.unary("/vectorsearch.v1.Models/ListModels", request, read, timeout=timeout).models)


    def delete(self, digest: str, *, timeout: Optional[float] = None) -> None:
        """Deletes a model that no collection needs."""
        request = messages.models.DeleteModelRequest(digest=digest)
        self._transport.unary("/vectorsearch.v1.Models/DeleteModel", request, messages.models.DeleteModelReply.FromString, timeout=timeout)

    def encode(self, collection: str, features: Sequence[Any], *, timeout: Optional[float] = None) -> Tuple[np.ndarray, str]:
        """The vectors that a collection's model makes of features, and the space that they are in."""
        request = messages.models.EncodeRequest(collection=collection)
        request.features.SetInParent()
        request.features.rows.extend(features)
        reply = self._transport.unary("/vectorsearch.v1.Encoders/Encode", request, messages.models.EncodeReply.FromString, timeout=timeout)
        rows = np.frombuffer(reply.vectors.data, dtype="<f4").reshape(reply.vectors.rows, reply.vectors.dim)
        return rows, reply.context.space_id


def _choose(field: str, value: str, choices: Dict[str, int]) -> int:
    if value not in choices:
        raise ValueError(f"{field}: {value!r} came, expected one of {', '.join(choices)}")
    return choices[value]


def _collection(message: Any) -> Collection:
    metric = next((name for name, number in _METRICS.items() if number == message.metric), "")
    id_kind = next((name for name, number in _ID_KINDS.items() if number == message.id_kind), "")
    return Collection(message.name, message.dimension, metric, id_kind, message.space_id, message.status.points, message)
