import time
import unittest

import grpc
import numpy as np

import vectorsearch
from vectorsearch import messages, wire

from .scripted_server import ScriptedServer

POINTS, COMMON = messages.points, messages.common
UPSERT, QUERY, COUNT = (f"/vectorsearch.v1.Points/{name}" for name in ("Upsert", "Query", "Count"))
QUICK = vectorsearch.RetryPolicy(first_pause_s=0.01)


def count_reply(points=3, **context):
    return POINTS.CountReply(points=points, context=COMMON.ReplyContext(**context)).SerializeToString()


def failing(times, code, details="busy", trailers=()):
    """A Count method that fails some times before it answers."""
    left = [times]

    def answer(_, context):
        if left[0] > 0:
            left[0] -= 1
            context.set_trailing_metadata(trailers)
            context.abort(code, details)
        return count_reply()

    return answer


def retry_info(seconds, nanos):
    duration = wire.varint(1 << 3) + wire.varint(seconds) + wire.varint(2 << 3) + wire.varint(nanos)
    info = b"".join(wire.length_delimited(1, [duration]))
    any_ = b"".join(wire.length_delimited(1, [b"type.googleapis.com/google.rpc.RetryInfo"]) + wire.length_delimited(2, [info]))
    return (("grpc-status-details-bin", b"".join(wire.length_delimited(3, [any_]))),)


class Ended(grpc.RpcError):
    """How a call ended."""

    def __init__(self, code, trailers=()):
        super().__init__()
        self._code, self._trailers = code, trailers

    def code(self):
        return self._code

    def trailing_metadata(self):
        return self._trailers


class RetryTest(unittest.TestCase):
    def test_an_unavailable_server_is_asked_again(self):
        with ScriptedServer({COUNT: failing(2, grpc.StatusCode.UNAVAILABLE)}) as server:
            with vectorsearch.Client(server.target, retry=QUICK) as client:
                self.assertEqual(client.points("a").count(), 3)
            self.assertEqual(len(server.calls[COUNT]), 3)

    def test_the_policy_gives_up_and_says_what_to_do(self):
        with ScriptedServer({COUNT: failing(99, grpc.StatusCode.UNAVAILABLE)}) as server:
            with vectorsearch.Client(server.target, retry=vectorsearch.RetryPolicy(attempts=3, first_pause_s=0.01)) as client:
                with self.assertRaisesRegex(vectorsearch.Unavailable, f"3 attempts.*{server.target}.*vectorsearch serve"):
                    client.points("a").count()
            self.assertEqual(len(server.calls[COUNT]), 3)

    def test_exhausted_resources_are_asked_again_when_the_server_says_when(self):
        trailers = retry_info(0, 20_000_000)
        with ScriptedServer({COUNT: failing(1, grpc.StatusCode.RESOURCE_EXHAUSTED, trailers=trailers)}) as server:
            with vectorsearch.Client(server.target, retry=QUICK) as client:
                self.assertEqual(client.points("a").count(), 3)
            self.assertEqual(len(server.calls[COUNT]), 2)

    def test_the_pause_is_the_servers_where_it_asks_for_one_and_grows_where_not(self):
        policy = vectorsearch.RetryPolicy(attempts=9, first_pause_s=1, max_pause_s=3)
        told = retry_info(7, 250_000_000)
        self.assertEqual(policy.pause(1, Ended(grpc.StatusCode.RESOURCE_EXHAUSTED, told)), 7.25)
        self.assertEqual(policy.pause(1, Ended(grpc.StatusCode.UNAVAILABLE, told)), 7.25)
        self.assertIsNone(policy.pause(1, Ended(grpc.StatusCode.INTERNAL, told)))
        self.assertIsNone(policy.pause(9, Ended(grpc.StatusCode.UNAVAILABLE, told)))
        for attempt, least, most in [(1, 0.5, 1), (2, 1, 2), (8, 1.5, 3)]:
            pause = policy.pause(attempt, Ended(grpc.StatusCode.UNAVAILABLE))
            self.assertTrue(least <= pause <= most, pause)

    def test_exhausted_resources_without_a_hint_and_other_faults_are_not_repeated(self):
        for code, kind in [(grpc.StatusCode.RESOURCE_EXHAUSTED, vectorsearch.ResourceExhausted),
                           (grpc.StatusCode.INVALID_ARGUMENT, vectorsearch.InvalidArgument),
                           (grpc.StatusCode.NOT_FOUND, vectorsearch.NotFound),
                           (grpc.StatusCode.INTERNAL, vectorsearch.VectorSearchError)]:
            with ScriptedServer({COUNT: failing(1, code, "field 'x'")}) as server, vectorsearch.Client(server.target) as client:
                with self.assertRaisesRegex(kind, "field 'x'") as caught:
                    client.points("a").count()
                self.assertEqual(caught.exception.code, code)
                self.assertEqual(len(server.calls[COUNT]), 1)

    def test_a_damaged_hint_is_no_hint(self):
        trailers = (("grpc-status-details-bin", b"\xff\xff\xff"),)
        with ScriptedServer({COUNT: failing(1, grpc.StatusCode.RESOURCE_EXHAUSTED, trailers=trailers)}) as server:
            with vectorsearch.Client(server.target) as client, self.assertRaises(vectorsearch.ResourceExhausted):
                client.points("a").count()

    def test_a_late_answer_ends_with_the_deadline(self):
        def never(_, context):
            while context.is_active():
                time.sleep(0.01)
            return count_reply()

        with ScriptedServer({COUNT: never}) as server, vectorsearch.Client(server.target) as client:
            with self.assertRaisesRegex(vectorsearch.DeadlineExceeded, "0.2 s"):
                client.points("a").count(timeout=0.2)

    def test_a_repeated_write_has_the_same_request_id(self):
        failures = [1]

        def upsert(request, context):
            if failures[0]:
                failures[0] -= 1
                context.abort(grpc.StatusCode.UNAVAILABLE, "restarting")
            return POINTS.UpsertReply(upserted=1).SerializeToString()

        with ScriptedServer({UPSERT: upsert}) as server, vectorsearch.Client(server.target, retry=QUICK) as client:
            client.points("a").upsert([1], [[1.0]])
            client.points("a").upsert([1], [[1.0]])
            first, again, other = (POINTS.UpsertRequest.FromString(call).context.request_id for call in server.calls[UPSERT])
        self.assertTrue(first)
        self.assertEqual(first, again)
        self.assertNotEqual(first, other)


class ContextTest(unittest.TestCase):
    def test_the_space_is_learned_from_the_first_answer_and_sent_with_vectors_from_then_on(self):
        upserted = POINTS.UpsertReply(upserted=1).SerializeToString()
        with ScriptedServer({COUNT: lambda *_: count_reply(space_id="client:a@1"), UPSERT: lambda *_: upserted}) as server:
            with vectorsearch.Client(server.target) as client:
                points = client.points("a")
                points.count()
                points.count()
                points.upsert([1], [[1.0]])
                points.upsert([1], features=[vectorsearch.text("a")])
                client.points("a", space_id="client:named@1").count()
                counts = [POINTS.CountRequest.FromString(call).context.space_id for call in server.calls[COUNT]]
                upserts = [POINTS.UpsertRequest.FromString(call).context.space_id for call in server.calls[UPSERT]]
        self.assertEqual(counts, ["", "", "client:named@1"])
        self.assertEqual(upserts, ["client:a@1", ""])
        self.assertEqual(points.space_id, "client:a@1")

    def test_reads_ask_for_the_newest_write_of_their_own(self):
        upserted = POINTS.UpsertReply(upserted=1, context=COMMON.ReplyContext(lsn=41)).SerializeToString()
        with ScriptedServer({UPSERT: lambda *_: upserted, COUNT: lambda *_: count_reply()}) as server:
            with vectorsearch.Client(server.target) as client:
                points = client.points("a")
                points.upsert([1], [[1.0]])
                points.count()
                self.assertEqual(POINTS.CountRequest.FromString(server.calls[COUNT][0]).context.min_lsn, 41)


class PiecesTest(unittest.TestCase):
    LIMIT = 64 << 10

    def upsert(self, count, dim, fail_at=None, **arguments):
        requests = []

        def answer(data, context):
            self.assertLessEqual(len(data), self.LIMIT)
            requests.append(POINTS.UpsertRequest.FromString(data))
            if len(requests) == fail_at:
                context.abort(grpc.StatusCode.INVALID_ARGUMENT, "vectors: row 0 is NaN")
            rows = len(requests[-1].ids.numbers) + len(requests[-1].ids.strings)
            return POINTS.UpsertReply(upserted=rows).SerializeToString()

        vectors = np.arange(count * dim, dtype=np.float32).reshape(count, dim)
        ids = arguments.pop("ids", np.arange(count, dtype=np.uint64))
        with ScriptedServer({UPSERT: answer}) as server:
            with vectorsearch.Client(server.target, max_message_bytes=self.LIMIT) as client:
                upserted = client.points("a").upsert(ids, vectors, **arguments)
        sent = b"".join(request.vectors.data for request in requests)
        np.testing.assert_array_equal(np.frombuffer(sent, "<f4").reshape(count, dim), vectors)
        self.assertEqual(len({request.context.request_id for request in requests}), len(requests))
        return upserted, requests

    def test_a_large_upsert_goes_in_pieces_and_in_order(self):
        upserted, requests = self.upsert(1000, 100)
        self.assertEqual(upserted, 1000)
        self.assertGreater(len(requests), 6)
        self.assertEqual([number for request in requests for number in request.ids.numbers], list(range(1000)))

    def test_payloads_and_the_text_of_ids_count(self):
        ids = [f"{number:0500d}" for number in range(300)]
        payloads = [{"n": number, "text": "x" * 1000} for number in range(300)]
        upserted, requests = self.upsert(300, 2, ids=ids, payloads=payloads)
        self.assertEqual(upserted, 300)
        self.assertEqual([text for request in requests for text in request.ids.strings], ids)
        self.assertEqual([body.fields["n"].integer for request in requests for body in request.payloads], list(range(300)))

    def test_a_failure_says_how_many_rows_went_before(self):
        with self.assertRaises(vectorsearch.InvalidArgument) as caught:
            self.upsert(1000, 100, fail_at=3)
        self.assertGreater(caught.exception.upserted, 200)
        self.assertLess(caught.exception.upserted, 400)

    def test_rows_that_do_not_fit_their_ids_are_refused_before_anything_is_sent(self):
        points = vectorsearch.Client("127.0.0.1:1").points("a")
        for arguments in (dict(ids=[1, 2], vectors=[[1.0]]), dict(ids=[1], vectors=[[1.0]], payloads=[{}, {}]), dict(ids=[1]),
                          dict(ids=[1], vectors=[[1.0]], features=[vectorsearch.text("a")]),
                          dict(ids=[1], vectors=[[1.0]], durability="soon")):
            with self.assertRaises(ValueError):
                points.upsert(**arguments)


class FeaturesTest(unittest.TestCase):
    def test_features_are_sent_in_their_kind(self):
        rows = [vectorsearch.history([1, "tt2"], [1.0, 0.5]), vectorsearch.sparse({"cheap": 2.0}), vectorsearch.text("a b"),
                vectorsearch.media(b"\x00", "audio/wav")]
        with ScriptedServer({QUERY: lambda *_: messages.queries.QueryReply(counts=[0] * 4).SerializeToString()}) as server:
            with vectorsearch.Client(server.target) as client:
                self.assertEqual(len(client.points("a").query(features=rows, limit=3, exclude_history=True)), 4)
            request = messages.queries.QueryRequest.FromString(server.calls[QUERY][0])
        self.assertEqual([row.WhichOneof("kind") for row in request.features.rows], ["history", "sparse", "text", "media"])
        self.assertEqual(list(request.features.rows[0].history.items), ["1", "tt2"])
        self.assertTrue(request.exclude_history)


if __name__ == "__main__":
    unittest.main()
