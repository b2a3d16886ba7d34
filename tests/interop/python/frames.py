"""The four compression cases at the level of frames: python3-h2 sends and reads the bytes, no gRPC library between.

Usage: frames.py PORT. Prints one line for each case.
"""

import gzip
import os
import socket
import struct
import sys

import grpc
import h2.config
import h2.connection
import h2.events

# The generated code shares the package name of the library.
grpc.__path__.append(os.path.join(os.environ["INTEROP_GENERATED"], "grpc"))
from grpc.testing import messages_pb2  # noqa: E402

OK, INVALID_ARGUMENT = "0", "3"
TIMEOUT_S = 30


def frame(message, compressed):
    body = message.SerializeToString()
    if compressed:
        body = gzip.compress(body)
    return struct.pack(">BI", compressed, len(body)) + body


def split(data):
    """The flag and the bytes of each message of a body."""
    messages = []
    while data:
        flag, length = struct.unpack(">BI", data[:5])
        messages.append((flag, data[5 : 5 + length]))
        data = data[5 + length :]
    return messages


def call(port, method, body, headers=()):
    """Sends a body, gives headers, body and trailers."""
    connection = h2.connection.H2Connection(h2.config.H2Configuration(client_side=True, header_encoding="utf-8"))
    with socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT_S) as wire:
        connection.initiate_connection()
        connection.increment_flow_control_window(1 << 24)
        connection.send_headers(
            1,
            [
                (":method", "POST"),
                (":scheme", "http"),
                (":path", f"/grpc.testing.TestService/{method}"),
                (":authority", f"127.0.0.1:{port}"),
                ("te", "trailers"),
                ("content-type", "application/grpc"),
                *headers,
            ],
        )
        connection.increment_flow_control_window(1 << 24, 1)
        answer, received, trailers, ended, sent = {}, b"", {}, False, 0
        while not ended:
            while sent < len(body):
                room = min(connection.local_flow_control_window(1), connection.max_outbound_frame_size, len(body) - sent)
                if room <= 0:
                    break
                connection.send_data(1, body[sent : sent + room], end_stream=sent + room == len(body))
                sent += room
            wire.sendall(connection.data_to_send())
            data = wire.recv(65536)
            if not data:
                raise AssertionError("the server closed the connection")
            for event in connection.receive_data(data):
                if isinstance(event, h2.events.ResponseReceived):
                    answer = dict(event.headers)
                elif isinstance(event, h2.events.TrailersReceived):
                    trailers = dict(event.headers)
                elif isinstance(event, h2.events.DataReceived):
                    received += event.data
                elif isinstance(event, (h2.events.StreamEnded, h2.events.StreamReset)):
                    ended = True
        return answer, received, trailers or answer


def check(actual, expected):
    if actual != expected:
        raise AssertionError(f"expected {expected!r}, got {actual!r}")


def unary_request(**fields):
    return messages_pb2.SimpleRequest(response_size=314159, payload=messages_pb2.Payload(body=bytes(271828)), **fields)


def input_request(size, compressed):
    return messages_pb2.StreamingInputCallRequest(
        payload=messages_pb2.Payload(body=bytes(size)), expect_compressed=messages_pb2.BoolValue(value=compressed)
    )


def client_compressed_unary(port):
    encoding = [("grpc-encoding", "gzip")]
    claims = unary_request(expect_compressed=messages_pb2.BoolValue(value=True))
    check(call(port, "UnaryCall", frame(claims, False), encoding)[2]["grpc-status"], INVALID_ARGUMENT)
    check(call(port, "UnaryCall", frame(claims, True), encoding)[2]["grpc-status"], OK)
    honest = unary_request(expect_compressed=messages_pb2.BoolValue(value=False))
    check(call(port, "UnaryCall", frame(honest, False), encoding)[2]["grpc-status"], OK)


def server_compressed_unary(port):
    for compressed in (True, False):
        request = unary_request(response_compressed=messages_pb2.BoolValue(value=compressed))
        headers, body, trailers = call(port, "UnaryCall", frame(request, False), [("grpc-accept-encoding", "identity,gzip")])
        check(trailers["grpc-status"], OK)
        check(headers.get("grpc-encoding"), "gzip" if compressed else None)
        ((flag, message),) = split(body)
        check(flag, int(compressed))
        message = gzip.decompress(message) if flag else message
        check(len(messages_pb2.SimpleResponse.FromString(message).payload.body), 314159)


def client_compressed_streaming(port):
    encoding = [("grpc-encoding", "gzip")]
    probe = frame(input_request(27182, True), False)
    check(call(port, "StreamingInputCall", probe, encoding)[2]["grpc-status"], INVALID_ARGUMENT)
    body = frame(input_request(27182, True), True) + frame(input_request(45904, False), False)
    _, answer, trailers = call(port, "StreamingInputCall", body, encoding)
    check(trailers["grpc-status"], OK)
    ((_, message),) = split(answer)
    check(messages_pb2.StreamingInputCallResponse.FromString(message).aggregated_payload_size, 73086)


def server_compressed_streaming(port):
    request = messages_pb2.StreamingOutputCallRequest(
        response_parameters=[
            messages_pb2.ResponseParameters(size=31415, compressed=messages_pb2.BoolValue(value=True)),
            messages_pb2.ResponseParameters(size=92653, compressed=messages_pb2.BoolValue(value=False)),
        ]
    )
    _, body, trailers = call(port, "StreamingOutputCall", frame(request, False), [("grpc-accept-encoding", "gzip")])
    check(trailers["grpc-status"], OK)
    messages = split(body)
    check([flag for flag, _ in messages], [1, 0])
    plain = [gzip.decompress(message) if flag else message for flag, message in messages]
    check([len(messages_pb2.StreamingOutputCallResponse.FromString(message).payload.body) for message in plain], [31415, 92653])


def main(port):
    for case in (client_compressed_unary, server_compressed_unary, client_compressed_streaming, server_compressed_streaming):
        try:
            case(port)
            print(case.__name__, "ok", flush=True)
        except Exception as error:  # whatever fails is one line of the table
            print(case.__name__, "FAIL", repr(error).replace("\n", " "), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]))
