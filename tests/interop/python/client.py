"""gRPC's interop cases with grpcio, unmodified, against the interop server.

Usage: client.py PORT. Prints one line for each case: its name, then ok, FAIL or n/a and why.
"""

import os
import sys

import grpc

# The generated code shares the package name of the library.
grpc.__path__.append(os.path.join(os.environ["INTEROP_GENERATED"], "grpc"))
from grpc.testing import empty_pb2, messages_pb2, test_pb2_grpc  # noqa: E402

ECHO_INITIAL = "x-grpc-test-echo-initial"
ECHO_TRAILING = "x-grpc-test-echo-trailing-bin"
SPECIAL_MESSAGE = "\t\ntest with whitespace\r\nand Unicode BMP ☺ and non-BMP 😈\t\n"
PING_PONG = [(31415, 27182), (9, 8), (2653, 1828), (58979, 45904)]
TIMEOUT_S = 30


class NotExpressible(Exception):
    """The library has no means for the case."""


def check(actual, expected):
    if actual != expected:
        raise AssertionError(f"expected {expected!r}, got {actual!r}")


def payload(size):
    return messages_pb2.Payload(body=bytes(size))


def flag(value):
    return messages_pb2.BoolValue(value=value)


def output_request(size, body):
    return messages_pb2.StreamingOutputCallRequest(
        response_parameters=[messages_pb2.ResponseParameters(size=size)], payload=payload(body)
    )


def fails_with(code, call):
    try:
        call()
    except grpc.RpcError as error:
        check(error.code(), code)
        return error
    raise AssertionError(f"expected {code}, the call ended well")


class OneAtATime:
    """Requests for a duplex call, given when asked for."""

    def __init__(self):
        import queue

        self._queue = queue.Queue()

    def send(self, request):
        self._queue.put(request)

    def complete(self):
        self._queue.put(None)

    def __iter__(self):
        return iter(self._queue.get, None)


def empty_unary(stub, _):
    check(stub.EmptyCall(empty_pb2.Empty(), timeout=TIMEOUT_S), empty_pb2.Empty())


def large_unary(stub, _):
    reply = stub.UnaryCall(messages_pb2.SimpleRequest(response_size=314159, payload=payload(271828)), timeout=TIMEOUT_S)
    check(len(reply.payload.body), 314159)


def client_compressed_unary(stub, _):
    def call(expect, compression):
        request = messages_pb2.SimpleRequest(
            response_size=314159, payload=payload(271828), expect_compressed=flag(expect)
        )
        return stub.UnaryCall(request, compression=compression, timeout=TIMEOUT_S)

    fails_with(grpc.StatusCode.INVALID_ARGUMENT, lambda: call(True, grpc.Compression.NoCompression))
    check(len(call(True, grpc.Compression.Gzip).payload.body), 314159)
    check(len(call(False, grpc.Compression.NoCompression).payload.body), 314159)


def server_compressed_unary(stub, _):
    for compressed in (True, False):
        request = messages_pb2.SimpleRequest(
            response_size=314159, payload=payload(271828), response_compressed=flag(compressed)
        )
        check(len(stub.UnaryCall(request, timeout=TIMEOUT_S).payload.body), 314159)


def client_streaming(stub, _):
    requests = (messages_pb2.StreamingInputCallRequest(payload=payload(size)) for size in (27182, 8, 1828, 45904))
    check(stub.StreamingInputCall(requests, timeout=TIMEOUT_S).aggregated_payload_size, 74922)


def client_compressed_streaming(stub, _):
    raise NotExpressible("grpcio compresses a stream as a whole")


def server_streaming(stub, _):
    sizes = [31415, 9, 2653, 58979]
    request = messages_pb2.StreamingOutputCallRequest(
        response_parameters=[messages_pb2.ResponseParameters(size=size) for size in sizes]
    )
    check([len(reply.payload.body) for reply in stub.StreamingOutputCall(request, timeout=TIMEOUT_S)], sizes)


def server_compressed_streaming(stub, _):
    request = messages_pb2.StreamingOutputCallRequest(
        response_parameters=[
            messages_pb2.ResponseParameters(size=31415, compressed=flag(True)),
            messages_pb2.ResponseParameters(size=92653, compressed=flag(False)),
        ]
    )
    check([len(reply.payload.body) for reply in stub.StreamingOutputCall(request, timeout=TIMEOUT_S)], [31415, 92653])


def ping_pong(stub, _):
    requests = OneAtATime()
    replies = stub.FullDuplexCall(iter(requests), timeout=TIMEOUT_S)
    for size, body in PING_PONG:
        requests.send(output_request(size, body))
        check(len(next(replies).payload.body), size)
    requests.complete()
    check(list(replies), [])


def empty_stream(stub, _):
    check(list(stub.FullDuplexCall(iter([]), timeout=TIMEOUT_S)), [])


def custom_metadata(stub, _):
    metadata = ((ECHO_INITIAL, "test_initial_metadata_value"), (ECHO_TRAILING, b"\xab\xab\xab"))

    def check_metadata(call):
        check(dict(call.initial_metadata()).get(ECHO_INITIAL), "test_initial_metadata_value")
        check(dict(call.trailing_metadata()).get(ECHO_TRAILING), b"\xab\xab\xab")

    request = messages_pb2.SimpleRequest(response_size=314159, payload=payload(271828))
    reply, call = stub.UnaryCall.with_call(request, metadata=metadata, timeout=TIMEOUT_S)
    check(len(reply.payload.body), 314159)
    check_metadata(call)
    replies = stub.FullDuplexCall(iter([output_request(314159, 271828)]), metadata=metadata, timeout=TIMEOUT_S)
    check([len(reply.payload.body) for reply in replies], [314159])
    check_metadata(replies)


def status_code_and_message(stub, _):
    status = messages_pb2.EchoStatus(code=2, message="test status message")
    unary = fails_with(
        grpc.StatusCode.UNKNOWN,
        lambda: stub.UnaryCall(messages_pb2.SimpleRequest(response_status=status), timeout=TIMEOUT_S),
    )
    check(unary.details(), "test status message")
    request = messages_pb2.StreamingOutputCallRequest(response_status=status)
    duplex = fails_with(
        grpc.StatusCode.UNKNOWN, lambda: list(stub.FullDuplexCall(iter([request]), timeout=TIMEOUT_S))
    )
    check(duplex.details(), "test status message")


def special_status_message(stub, _):
    status = messages_pb2.EchoStatus(code=2, message=SPECIAL_MESSAGE)
    error = fails_with(
        grpc.StatusCode.UNKNOWN,
        lambda: stub.UnaryCall(messages_pb2.SimpleRequest(response_status=status), timeout=TIMEOUT_S),
    )
    check(error.details(), SPECIAL_MESSAGE)


def unimplemented_method(stub, _):
    fails_with(grpc.StatusCode.UNIMPLEMENTED, lambda: stub.UnimplementedCall(empty_pb2.Empty(), timeout=TIMEOUT_S))


def unimplemented_service(_, channel):
    stub = test_pb2_grpc.UnimplementedServiceStub(channel)
    fails_with(grpc.StatusCode.UNIMPLEMENTED, lambda: stub.UnimplementedCall(empty_pb2.Empty(), timeout=TIMEOUT_S))


def cancel_after_begin(stub, _):
    requests = OneAtATime()
    future = stub.StreamingInputCall.future(iter(requests), timeout=TIMEOUT_S)
    future.cancel()
    check(future.cancelled(), True)
    check(future.code(), grpc.StatusCode.CANCELLED)
    requests.complete()


def cancel_after_first_response(stub, _):
    requests = OneAtATime()
    replies = stub.FullDuplexCall(iter(requests), timeout=TIMEOUT_S)
    requests.send(output_request(*PING_PONG[0]))
    check(len(next(replies).payload.body), PING_PONG[0][0])
    replies.cancel()
    fails_with(grpc.StatusCode.CANCELLED, lambda: next(replies))
    requests.complete()


def timeout_on_sleeping_server(stub, _):
    requests = OneAtATime()
    requests.send(messages_pb2.StreamingOutputCallRequest(payload=payload(27182)))
    fails_with(grpc.StatusCode.DEADLINE_EXCEEDED, lambda: next(stub.FullDuplexCall(iter(requests), timeout=0.001)))
    requests.complete()


CASES = [
    empty_unary,
    large_unary,
    client_compressed_unary,
    server_compressed_unary,
    client_streaming,
    client_compressed_streaming,
    server_streaming,
    server_compressed_streaming,
    ping_pong,
    empty_stream,
    custom_metadata,
    status_code_and_message,
    special_status_message,
    unimplemented_method,
    unimplemented_service,
    cancel_after_begin,
    cancel_after_first_response,
    timeout_on_sleeping_server,
]


def main(port):
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        stub = test_pb2_grpc.TestServiceStub(channel)
        for case in CASES:
            try:
                case(stub, channel)
                print(case.__name__, "ok", flush=True)
            except NotExpressible as why:
                print(case.__name__, "n/a", why, flush=True)
            except Exception as error:  # whatever fails is one line of the table
                print(case.__name__, "FAIL", repr(error).replace("\n", " "), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]))
