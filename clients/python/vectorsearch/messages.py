"""The generated protobuf messages under short names."""

from . import generate

if not generate.is_current():
    generate.messages()

from .v1 import collections_pb2 as collections  # noqa: E402
from .v1 import common_pb2 as common  # noqa: E402
from .v1 import filters_pb2 as filters  # noqa: E402
from .v1 import gate_pb2 as gate  # noqa: E402
from .v1 import generations_pb2 as generations  # noqa: E402
from .v1 import models_pb2 as models  # noqa: E402
from .v1 import operations_pb2 as operations  # noqa: E402
from .v1 import points_pb2 as points  # noqa: E402
from .v1 import queries_pb2 as queries  # noqa: E402

__all__ = ["collections", "common", "filters", "gate", "generations", "models", "operations", "points", "queries"]
