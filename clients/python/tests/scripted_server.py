"""A stock gRPC server on a free port whose methods are functions given by a test."""

from __future__ import annotations

from concurrent import futures
from typing import Any, Callable, Dict, Iterator, List

import grpc

Handler = Callable[[bytes, grpc.ServicerContext], bytes]
StreamHandler = Callable[[Iterator[bytes], grpc.ServicerContext], Iterator[bytes]]


class ScriptedServer(grpc.GenericRpcHandler):
    """``methods``: full method name → function of the request's bytes. ``calls`` keeps each request, by method.

    ``streams``: full method name → function of an iterator of the requests' bytes, which yields the replies.
    """

    def __init__(self, methods: Dict[str, Handler], streams: Dict[str, StreamHandler] = {}):
        self.calls: Dict[str, List[bytes]] = {name: [] for name in methods}
        self._methods = methods
        self._streams = streams
        self._server = grpc.server(futures.ThreadPoolExecutor(max_workers=4))
        self._server.add_generic_rpc_handlers((self,))
        self.target = f"127.0.0.1:{self._server.add_insecure_port('127.0.0.1:0')}"

    def service(self, details: Any) -> Any:
        stream = self._streams.get(details.method)
        if stream is not None:
            return grpc.stream_stream_rpc_method_handler(stream)
        handler = self._methods.get(details.method)
        if handler is None:
            return None

        def answer(request: bytes, context: grpc.ServicerContext) -> bytes:
            self.calls[details.method].append(request)
            return handler(request, context)

        return grpc.unary_unary_rpc_method_handler(answer)

    def __enter__(self) -> "ScriptedServer":
        self._server.start()
        return self

    def __exit__(self, *_: Any) -> None:
        self._server.stop(None).wait()
