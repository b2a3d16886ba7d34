"""Client for the VectorSearch embedding search engine: numpy in, numpy out, over stock grpcio.

>>> import vectorsearch
>>> client = vectorsearch.Client("127.0.0.1:6410")
>>> client.collections.create("films", dimension=2, metric="cosine", id_kind="number", space_id="client:mine@1")
>>> films = client.points("films")
>>> films.upsert([1, 2], numpy.eye(2, dtype="float32"), payloads=[{"title": "Heat"}, {"title": "Ran"}])
>>> films.query([0.9, 0.1], limit=1, with_payload=True)[0]
"""

from . import messages
from .client import Client, Collection, Collections, Models
from .errors import (AlreadyExists, DeadlineExceeded, InvalidArgument, NotFound, ResourceExhausted, FailedPrecondition,
                     Unavailable, VectorSearchError)
from .generations import Generations, Rebuilt
from .ingest import Ingest, Refused
from .payload import GeoPoint
from .points import Found, Hit, Points, QueryResult, history, media, sparse, text
from .queries import (all_of, any_of, between, examples, has_id, has_words, is_, is_empty, near, nested, none_of, prefetch)
from .transport import RetryPolicy

__version__ = "0.1.0"

__all__ = [
    "AlreadyExists", "Client", "Collection", "Collections", "DeadlineExceeded", "Found", "Generations", "GeoPoint", "Hit",
    "Ingest", "InvalidArgument", "Models", "NotFound", "Points", "QueryResult", "Rebuilt", "Refused", "ResourceExhausted", "RetryPolicy", "FailedPrecondition",
    "Unavailable", "VectorSearchError", "all_of", "any_of", "between", "examples", "has_id", "has_words", "history",
    "is_", "is_empty", "media", "near", "nested", "none_of", "prefetch", "sparse", "text",
]
