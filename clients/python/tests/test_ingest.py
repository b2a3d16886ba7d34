"""A stream of writes: over connections that are cut (needs the server at TEST_SERVER), and to servers that do not answer."""

from __future__ import annotations

import os
import socket
import struct
import threading
import unittest
import uuid

import numpy as np

import vectorsearch
from vectorsearch import messages

from .scripted_server import ScriptedServer

INGEST = "/vectorsearch.v1.Points/Ingest"


class CuttableProxy:
    """Passes bytes to a server, and cuts each connection after so many from the client, as a network does that fails."""

    def __init__(self, target, cut_after):
        host, port = target.split(":")
        self.server, self.cut_after, self.cuts = (host, int(port)), cut_after, 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.target = f"127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            server = socket.create_connection(self.server)
            threading.Thread(target=self._pass, args=(client, server, self.cut_after), daemon=True).start()
            threading.Thread(target=self._pass, args=(server, client, 0), daemon=True).start()

    def _pass(self, source, target, cut_after):
        passed = 0
        try:
            while data := source.recv(4096):
                target.sendall(data)
                passed += len(data)
                if cut_after and passed >= cut_after:
                    self.cuts += 1
                    for end in (source, target):
                        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                        end.shutdown(socket.SHUT_RDWR)
                        end.close()
                    return
        except OSError:
            return


@unittest.skipUnless("TEST_SERVER" in os.environ, "needs a server; clients/run.sh starts one")
class CutIngestTest(unittest.TestCase):
    def test_a_stream_whose_connections_are_cut_writes_everything_once(self):
        name = f"py-cut-{uuid.uuid4().hex[:8]}"
        with vectorsearch.Client(os.environ["TEST_SERVER"]) as client:
            client.collections.create(name, dimension=2, metric="squared_euclidean", id_kind="number", space_id="client:cut@1")
            proxy = CuttableProxy(os.environ["TEST_SERVER"], 30_000)
            retry = vectorsearch.RetryPolicy(attempts=50, first_pause_s=0.01, max_pause_s=0.1)
            with vectorsearch.Client(proxy.target, retry=retry) as cut:
                with cut.points(name).ingest() as stream:
                    for i in range(60):
                        ids = np.append(np.arange(100, dtype=np.uint64), np.uint64(1000 + i))
                        stream.write(ids, np.stack([ids, np.full(101, i)], axis=1).astype(np.float32))
                    stream.delete([0])
            proxy.listener.close()
            self.assertGreater(proxy.cuts, 2)
            self.assertGreater(stream.reconnections, 1)
            self.assertEqual((stream.rows, stream.refused), (60 * 101 + 1, []))
            points = client.points(name)
            self.assertEqual(points.count(), 159)
            np.testing.assert_array_equal(points.get(range(1, 100), with_vectors=True).vectors[:, 1], np.full(99, 59, dtype=np.float32))


class UnansweredIngestTest(unittest.TestCase):
    """Each server lets the first so many streams wait until their caller goes, and serves the others."""

    def setUp(self):
        self.streams = 0
        self.gone = threading.Semaphore(0)

    def _server(self, unanswered):
        def serve(requests, context):
            # Before the stream is counted, so that whoever ends it then is heard.
            context.add_callback(self.gone.release)
            self.streams += 1
            if self.streams <= unanswered:
                next(requests, None)
                next(requests, None)
                return
            next(requests)
            yield reply(started=messages.points.IngestStarted(max_unacknowledged=1))
            for request in requests:
                batch = messages.points.IngestRequest.FromString(request).batch
                yield reply(acknowledged=messages.points.IngestAcknowledged(through=batch.sequence, points=1))

        def reply(**step):
            return messages.points.IngestReply(**step).SerializeToString()

        return ScriptedServer({}, {INGEST: serve})

    def test_a_server_that_does_not_take_the_stream_up_is_asked_again(self):
        retry = vectorsearch.RetryPolicy(attempts=50, first_pause_s=0.001)
        with self._server(1) as server, vectorsearch.Client(server.target, timeout=0.5, retry=retry) as client:
            with client.points("c").ingest() as stream:
                stream.delete([7])
            self.assertEqual(stream.rows, 1)
            self.assertGreaterEqual(stream.reconnections, 1)

    def test_one_that_never_does_is_given_up(self):
        retry = vectorsearch.RetryPolicy(attempts=2, first_pause_s=0.001)
        with self._server(1000) as server, vectorsearch.Client(server.target, timeout=0.05, retry=retry) as client:
            stream = client.points("c").ingest()
            with self.assertRaisesRegex(vectorsearch.Unavailable, r"did not take the stream up within 0\.05 s.*2 attempts"):
                stream.delete([7])
            with self.assertRaises(vectorsearch.Unavailable):
                stream.close()
            self.assertEqual(stream.reconnections, 1)

    def test_who_leaves_by_an_exception_leaves_no_stream_behind(self):
        with self._server(1) as server, vectorsearch.Client(server.target) as client:
            with self.assertRaises(KeyError), client.points("c").ingest():
                while self.streams == 0:
                    threading.Event().wait(0.01)
                raise KeyError("the caller's own")
            self.assertTrue(self.gone.acquire(timeout=600))


if __name__ == "__main__":
    unittest.main()
